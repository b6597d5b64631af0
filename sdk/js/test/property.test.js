// Whatever happens to a connection, its reader ends where one ends who never lost it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, fold } from '../fold.js';
import { Room, seeded } from './room.js';

/** Reads a room, and tells how it was when the last snapshot came. */
class Reader {
  state = BLANK;
  reasons = [];

  constructor(room) {
    this.room = room;
    this.listener = (frame) => this.take(frame);
  }

  take(frame) {
    this.reasons.push(frame.why ?? frame.t);
    if (frame.t === 'snapshot') this.snapshot = frame;
    const before = structuredClone(this.state);
    const given = this.state;
    const { state, resync } = fold(given, frame);
    assert.deepEqual(given, before, 'the earlier state is as it was');
    this.state = state;
    if (resync) this.take(this.room.snapshot('gap'));
  }

  connect() {
    const { position, stale } = this.state;
    const since = position && !stale ? `${position.inc}:${position.seq}` : undefined;
    for (const frame of this.room.resume(since)) this.take(frame);
    this.room.listeners.add(this.listener);
  }

  cut() {
    this.room.listeners.delete(this.listener);
  }
}

/** The state that a reader should have. A snapshot has no sample: that is of the events behind it. */
const truth = (room, { snapshot }) => {
  const isTold = snapshot.inc === room.inc && room.sampledAt > snapshot.seq;
  return { ...fold(BLANK, room.snapshot()).state, sample: isTold ? room.sample : [] };
};

const run = (seed) => {
  const random = seeded(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const uids = Array.from({ length: 20 }, (_, at) => `u${at}`);
  const room = new Room({ ring: 1 + Math.floor(random() * 12) });
  const steady = new Reader(room);
  const unsteady = new Reader(room);
  steady.connect();
  unsteady.connect();
  let connected = true;
  // Some rooms fill, some empty: all thresholds are crossed.
  let leaning = random();
  const members = () => [...room.members.keys()].filter((uid) => uid !== 'host');
  for (let step = 0; step < 150; step += 1) {
    const dice = random();
    if (random() < 0.03) leaning = random();
    if (dice < 0.5) {
      if (random() < leaning) room.join(pick(uids));
      else if (members().length) room.leave(pick(members()));
    } else if (dice < 0.62) {
      if (members().length) room.role(pick(members()), pick(['viewer', 'linked']));
    } else if (dice < 0.72) room.like(1 + Math.floor(random() * 5));
    else if (dice < 0.75) room.change(pick([{ title: `t${step}` }, { cover: `c${step}` }, { type: 'other' }]));
    else if (dice < 0.77) room.stream(pick([true, false, null]));
    else if (dice < 0.79) room.other(pick(['mic.on', 'mic.queue', 'of.tomorrow', 'recording.ready', 'toString']));
    else if (dice < 0.795) room.restart({ quietly: random() < 0.5 });
    else if (dice < 0.92) room.flush();
    else {
      if (connected) unsteady.cut();
      else unsteady.connect();
      connected = !connected;
    }
  }
  if (!connected) unsteady.connect();
  // A reader of a room that restarted quietly notices by the next event.
  room.like();
  room.flush();
  for (const reader of [steady, unsteady]) assert.deepEqual(reader.state, truth(room, reader));
  return { reasons: unsteady.reasons, crowd: room.crowd };
};

test('a reader who is cut at random ends in the same state as one who is not, in 1000 runs', () => {
  const seen = new Map();
  let crowds = 0;
  for (let seed = 1; seed <= 1000; seed += 1) {
    try {
      const ran = run(seed);
      crowds += ran.crowd;
      for (const reason of ran.reasons) seen.set(reason, (seen.get(reason) ?? 0) + 1);
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
  // The runs are worth something only if all of this happened in them.
  for (const reason of ['first', 'gap', 'restarted', 'detail', 'resumed']) {
    assert.ok(seen.get(reason) > 100, `${reason}: ${seen.get(reason)}`);
  }
  assert.ok(crowds > 100 && crowds < 900, `${crowds}`);
});
