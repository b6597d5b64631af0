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
  for (const t of ['snapshot', 'events', 'resumed', 'me', 'you', 'bye', 'ok', 'err', 'pong']) assert.ok(kinds.has(t), t);
  const types = new Set(frames.flatMap(({ events = [] }) => events.map(({ type }) => type)));
  const known = 'member.joined member.left member.role members.changed likes mic.on mic.off room.live room.changed stream room.ended you.entered you.role you.left mic.requested mic.granted mic.withdrawn session.ended';
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

test('own events are told once, and behind a gap the caller is told where they are', () => {
  const me = (seq) => ({ t: 'me', inc: 'you.1', seq, me: { uid: 'vera', room: 10001, role: 'viewer' }, why: 'first' });
  const you = (from, to, inc = 'you.1') => ({ t: 'you', inc, from, to, events: [{ seq: to, type: 'you.left' }] });
  const types = (state, frame) => fold(state, frame).events.map(({ type }) => type);
  assert.deepEqual(fold(BLANK, me(1)).events, [{ type: 'me', uid: 'vera', room: 10001, role: 'viewer', why: 'first' }]);
  const { state } = fold(BLANK, me(1));
  assert.deepEqual(types(state, you(2, 2)), ['you.left']);
  assert.deepEqual(types(fold(state, you(2, 2)).state, you(2, 2)), []);
  for (const [at, frame] of [[BLANK, you(1, 1)], [state, you(3, 3)], [state, you(2, 2, 'you.2')]]) {
    const asked = fold(at, frame);
    assert.equal(asked.resync, true);
    assert.deepEqual(asked.events, []);
    assert.equal(asked.state, at);
  }
});
