// The fold does with every case what the protocol says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BLANK, fold } from '../fold.js';

const lines = readFileSync(new URL('../../../docs/push-cases.jsonl', import.meta.url), 'utf8').trim().split('\n');
const cases = lines.map((line) => JSON.parse(line));

const frozen = (value) => {
  if (value && typeof value === 'object' && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

for (const { name, frames, state: expected, resync } of cases) {
  test(name, () => {
    let state = frozen(structuredClone(BLANK));
    for (const frame of frozen(frames)) state = frozen(fold(state, frame).state);
    const { stale, ...rest } = state;
    assert.deepEqual(rest, expected);
    assert.equal(stale, resync, 'whether it waits for a snapshot');
  });
}

test('each case has a name of its own, and every frame and event occurs', () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  const frames = cases.flatMap((one) => one.frames);
  const kinds = new Set(frames.map(({ t }) => t));
  for (const t of ['snapshot', 'events', 'resumed', 'you', 'bye', 'ok', 'err', 'pong']) assert.ok(kinds.has(t), t);
  const types = new Set(frames.flatMap(({ events = [] }) => events.map(({ type }) => type)));
  const known = 'member.joined member.left member.role members.changed likes mic.queue mic.on mic.off room.live room.changed stream recording.ready room.ended you.moved you.left you.session_revoked';
  for (const type of known.split(' ')) assert.ok(types.has(type), type);
});

test('a snapshot is asked for once, however many frames are behind a gap', () => {
  const { frames } = cases.find(({ name }) => name.startsWith('events behind a gap'));
  let state = BLANK;
  const asked = frames.map((frame) => {
    const folded = fold(state, frame);
    state = folded.state;
    return folded.resync;
  });
  assert.deepEqual(asked, [false, true, false, false]);
});

test('new events are told once, and a gap of the own stream too', () => {
  const you = (from, to, more) => ({ t: 'you', inc: 'u.1', from, to, events: [{ seq: to, type: 'you.left' }], ...more });
  const types = (state, frame) => fold(state, frame).events.map(({ type }) => type);
  const { state } = fold(BLANK, you(1, 2));
  assert.deepEqual(types(BLANK, you(1, 2)), ['you.left']);
  assert.deepEqual(types(state, you(1, 2)), []);
  assert.deepEqual(types(state, you(4, 4)), ['you.gap', 'you.left']);
  assert.deepEqual(types(state, you(3, 9, { gap: true, events: [] })), ['you.gap']);
});
