// A connection and a server, over real sockets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, Problem, fold } from '../index.js';
import { ROOM, until, world } from './around.js';
import { seeded } from './room.js';

const TRANSPORTS = ['ws', 'sse', 'poll'];
// The pauses between polls are short; nobody is given up early because this machine is slow.
const BRISK = { setTimeout: (act, ms) => setTimeout(act, ms > 1_000 ? ms : ms / 40), clearTimeout };
const FAST = { setTimeout: (act, ms) => setTimeout(act, ms / 40), clearTimeout };
const ME = `/v2/rooms/${ROOM}/members/me`;

/** The state has what the room has. */
const agree = async (connection, { room }) => {
  room.flush();
  const truth = () => ({ ...fold(BLANK, room.snapshot()).state, sample: connection.state.sample });
  await until(() => connection.state.position?.seq === room.seq && connection.state.position.inc === room.inc, 'it is up to date');
  assert.deepEqual(connection.state, truth());
};

for (const transport of TRANSPORTS) {
  test(`${transport}: a viewer enters, and sees joins, likes, leaves and the end`, async (t) => {
    const { server, live } = await world(t);
    const viewer = await live('vera', { transport, timers: BRISK });
    assert.deepEqual(viewer.heard('status'), ['connecting', 'live']);
    assert.equal(server.count(`PUT ${ME}`), 1);
    server.room.join('zoë');
    server.room.like(3);
    await agree(viewer, server);
    assert.deepEqual(viewer.heard('member.joined').map(({ uid }) => uid), ['zoë']);
    assert.equal(viewer.heard('likes')[0].likes, 3);
    server.room.leave('zoë');
    await agree(viewer, server);
    assert.equal(viewer.heard('member.left')[0].reason, 'leave');
    server.room.end();
    await until(() => viewer.status === 'closed');
    assert.equal(viewer.state.room.state, 'ended');
    assert.deepEqual(viewer.heard('bye'), [{ code: 1000, reason: 'ended', retry: false }]);
    assert.deepEqual(viewer.heard('error'), []);
  });

  test(`${transport}: who is cut off goes on where they were`, async (t) => {
    const { server, live } = await world(t);
    const viewer = await live('vera', { transport, timers: BRISK });
    const { position } = viewer.state;
    server.cut();
    server.room.like();
    await agree(viewer, server);
    const kinds = viewer.heard('frame').map((frame) => frame.t);
    assert.equal(kinds.filter((kind) => kind === 'snapshot').length, 1, `${kinds}`);
    assert.ok(kinds.includes('resumed'));
    const since = `${position.inc}:${position.seq}`;
    const asked = transport === 'ws' ? server.frames.at(-1).since : null;
    if (asked !== null) assert.equal(asked, since);
    else assert.ok(server.count(`GET /v2/rooms/${ROOM}/events?since=${encodeURIComponent(since)}`));
  });

  test(`${transport}: a restarted server is noticed by its inc`, async (t) => {
    const { server, live } = await world(t);
    const viewer = await live('vera', { transport, timers: BRISK });
    server.room.restart({ quietly: true });
    server.room.like();
    await agree(viewer, server);
    assert.notEqual(viewer.heard('frame').filter(({ t: kind }) => kind === 'snapshot').length, 1);
    if (transport === 'ws') assert.deepEqual(server.frames.at(-1), { t: 'resync' });
    if (transport === 'ws') assert.equal(server.count('WS'), 1);
  });

  test(`${transport}: whatever is cut and when, the state is that of the room`, async (t) => {
    const { server, live } = await world(t);
    const random = seeded(7);
    const viewer = await live('vera', { transport, timers: BRISK });
    for (let step = 0; step < 60; step += 1) {
      const uid = `ü${Math.floor(random() * 15)}`;
      if (random() < 0.6) server.room.join(uid);
      else server.room.leave(uid);
      if (random() < 0.4) server.room.like();
      if (random() < 0.5) server.room.flush();
      if (random() < 0.2) server.cut(random() < 0.7);
      if (random() < 0.05) server.bye();
      if (random() < 0.03) server.room.restart({ quietly: random() < 0.5 });
      if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, 30 * random()));
    }
    server.room.like();
    await agree(viewer, server);
    assert.ok(viewer.heard('status').filter((status) => status === 'live').length > 2);
  });
}

test('after two sockets that do not open come Server-Sent Events, after two of those polls', async (t) => {
  const { server, live } = await world(t);
  server.blocked = new Set(['ws', 'sse']);
  const viewer = await live('vera');
  const ways = server.asked.filter((asked) => asked.includes('/events')).map((asked) => asked.split(' ')[0]);
  assert.deepEqual(ways, ['WS', 'WS', 'GET', 'GET', 'GET']);
  server.room.like(5);
  await agree(viewer, server);
  // Where it once came through, it stays.
  server.blocked = new Set();
  server.cut();
  server.room.like(5);
  await agree(viewer, server);
  assert.equal(server.count('WS'), 2);
});

test('a socket that opens and stays silent counts as one that does not open', async (t) => {
  const { server, enter } = await world(t);
  server.blocked = new Set(['frames']);
  const viewer = enter('vera', { timers: FAST });
  await until(() => viewer.status === 'live');
  assert.equal(server.count('WS'), 2);
});

test('a server that cannot be reached is no reason for another transport', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  server.refusals.set('GET /v2/me', 503);
  server.cut();
  await until(() => server.count('GET /v2/me') > 5);
  server.refusals.clear();
  await until(() => viewer.status === 'live');
  assert.equal(server.count('WS'), 2);
  assert.equal(server.count(`GET /v2/rooms/${ROOM}/events`), 0);
});

test('who was silent for too long enters again', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  server.room.leave('vera', 'silent');
  server.bye({ t: 'bye', code: 4408, reason: 'silent', retry: true, after_ms: 0 });
  await until(() => server.count(`PUT ${ME}`) === 2);
  await agree(viewer, server);
  assert.equal(viewer.status, 'live');
});

test('who entered another room meanwhile is not fetched back', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  server.elsewhere.set('vera', 10002);
  server.cut();
  await until(() => viewer.status === 'closed');
  assert.deepEqual(viewer.heard('bye'), [{ code: 4409, reason: 'moved', retry: false }]);
  assert.equal(server.count(`PUT ${ME}`), 1);
});

test('who only watches does not enter', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('host', { enter: false });
  server.cut();
  server.room.like();
  await agree(viewer, server);
  assert.equal(server.count('PUT'), 0);
});

test('leaving ends the membership, also while an entry is under way', async (t) => {
  const { server, enter, live } = await world(t);
  const viewer = await live('vera');
  await viewer.leave();
  assert.equal(viewer.status, 'closed');
  assert.ok(!server.room.members.has('vera'));
  // A request that was sent arrives, whatever happens to who sent it.
  const slow = (url, init) => new Promise((resolve, reject) => {
    setTimeout(() => fetch(url, { ...init, signal: undefined }).then(resolve, reject), init.method === 'PUT' ? 50 : 0);
  });
  const hasty = enter('hans', { fetch: slow });
  await new Promise((resolve) => setTimeout(resolve, 10));
  await hasty.leave();
  await until(() => server.count('PUT') === 2);
  assert.ok(!server.room.members.has('hans'));
  assert.equal(server.count('WS'), 1);
});

test('a closed connection tells nothing any more', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  viewer.on('likes', () => viewer.close());
  server.room.like();
  server.room.flush();
  await until(() => viewer.status === 'closed');
  server.room.like();
  server.room.flush();
  await until(() => server.readers.size === 0, 'the socket is closed');
  assert.equal(viewer.heard('likes').length, 1);
  assert.equal(viewer.heard('status').at(-1), 'closed');
});

test('a handler that is taken off hears nothing', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  const likes = [];
  const off = viewer.on('likes', ({ likes: count }) => likes.push(count));
  server.room.like();
  await agree(viewer, server);
  off();
  server.room.like();
  await agree(viewer, server);
  assert.deepEqual(likes, [1]);
});

test('each state is a new object, and the earlier one stays as it was', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  const before = viewer.state;
  const copy = structuredClone(before);
  server.room.join('zoe');
  await agree(viewer, server);
  assert.notEqual(viewer.state, before);
  assert.deepEqual(before, copy);
});

test('one begins where one has read by REST', async (t) => {
  const { server, live } = await world(t);
  server.room.join('vera');
  server.room.flush();
  const since = server.room.position;
  server.room.like(4);
  server.room.flush();
  const viewer = await live('vera', { since });
  await until(() => viewer.heard('likes').length === 1);
  assert.equal(viewer.state.room.likes, 4);
  assert.ok(!viewer.heard('frame').some(({ t: kind }) => kind === 'snapshot'));
});

for (const transport of ['sse', 'poll']) {
  test(`${transport}: who has no socket beats when the server says`, async (t) => {
    const { server, live } = await world(t);
    server.nextMs = 30;
    await live('vera', { transport });
    await until(() => server.count(`POST /v2/rooms/${ROOM}/beat`) > 3);
  });
}

test('by polls one is live where nothing happens, from a position on', async (t) => {
  const { server, live } = await world(t);
  server.room.join('vera');
  server.room.flush();
  const viewer = await live('vera', { transport: 'poll', since: server.room.position });
  assert.deepEqual(viewer.heard('frame'), []);
});

test('a handler may be called as something of every object', async (t) => {
  const { live } = await world(t);
  const viewer = await live('vera');
  for (const type of ['toString', '__proto__']) viewer.on(type, () => {})();
});

test('a beat that is refused for good ends the connection', async (t) => {
  const { server, enter } = await world(t);
  server.refusals.set(`POST /v2/rooms/${ROOM}/beat`, { status: 401, reason: 'token_unknown' });
  const viewer = enter('vera', { transport: 'sse' });
  await until(() => viewer.status === 'closed');
  assert.deepEqual(viewer.heard('bye'), [{ code: 4401, reason: 'token_unknown', retry: false }]);
});

test('comments of a stream are signs of life', async (t) => {
  const { server, live } = await world(t);
  // Given up after 1 s of silence.
  const quiet = await live('hans', { transport: 'sse', timers: FAST });
  await until(() => quiet.status === 'waiting');
  server.commentMs = 100;
  const viewer = await live('vera', { transport: 'sse', timers: FAST });
  const before = viewer.heard('status').length;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal(viewer.heard('status').length, before);
});

test('a socket needs no beats', async (t) => {
  const { server, live } = await world(t);
  server.nextMs = 10;
  await live('vera');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(server.count(`POST /v2/rooms/${ROOM}/beat`), 0);
  assert.deepEqual(server.frames.map(({ t: kind }) => kind), ['auth']);
});

test('an operation is a request, and a beat goes over the socket where there is one', async (t) => {
  for (const transport of ['ws', 'sse']) {
    const { server, live } = await world(t);
    const viewer = await live('vera', { transport });
    assert.equal((await viewer.do('likes', { count: 2 })).likes, 2);
    await viewer.do('likes', { count: 1 }, { idempotencyKey: 'k' });
    assert.equal(server.count(`POST /v2/rooms/${ROOM}/likes`), 2);
    const refused = viewer.do('nothing', {}, { method: 'PUT' });
    await assert.rejects(refused, (error) => error instanceof Problem && error.reason === 'no_such_path' && error.status === 404);
    const beats = server.count(`POST /v2/rooms/${ROOM}/beat`);
    const beaten = await viewer.beat({ role: 'linked', likes: 3 });
    assert.equal(beaten.told.role, 'linked');
    const frames = server.frames.filter(({ t: kind }) => kind === 'beat').length;
    assert.equal(frames, transport === 'ws' ? 1 : 0);
    if (transport === 'ws') assert.equal(server.count(`POST /v2/rooms/${ROOM}/beat`), beats);
  }
});

test('a beat whose answer was cut off fails, since nobody knows whether it was taken', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  server.blocked.add('frames');
  const answer = viewer.beat({ likes: 1 });
  server.cut();
  await assert.rejects(answer, { name: 'Problem', status: 0, reason: 'cut' });
});

test('likes are sent again under the same key, and refusals are not', async (t) => {
  const { server, live } = await world(t);
  const viewer = await live('vera');
  const path = `POST /v2/rooms/${ROOM}/likes`;
  server.failures = 2;
  assert.equal((await viewer.like(5)).likes, 5);
  assert.equal(server.count(path), 3);
  assert.equal(new Set(server.keys).size, 1);
  server.failures = 3;
  await assert.rejects(viewer.like(5), { status: 503 });
  server.refusals.set(path, { status: 429, reason: 'too_many_requests', retryAfter: 3 });
  const before = server.count(path);
  await assert.rejects(viewer.like(1), { status: 429, reason: 'too_many_requests', retryAfter: 3 });
  assert.equal(server.count(path), before + 1);
});
