// When a connection is opened again, how long it waits before, and when never.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../index.js';
import { Clock, FakeSocket, ROOM } from './around.js';
import { Room } from './room.js';

const answer = (status, body, headers = {}) => new Response(body && JSON.stringify(body), { status, headers });
const refusal = (status, reason, headers) => async () => answer(status, { status, reason }, headers);
const welcome = async (url) => answer(200, `${url}`.endsWith('/me') && url.endsWith('v2/me') ? { room: ROOM } : {});
const unreachable = async () => {
  throw new TypeError('no network');
};

const play = (t, options) => {
  FakeSocket.all = [];
  const clock = new Clock();
  const common = { url: 'http://a.test', token: 'secret', room: ROOM, timers: clock, random: () => 0.5 };
  const connection = connect({ ...common, fetch: welcome, WebSocket: FakeSocket, ...options });
  t.after(() => connection.close());
  const byes = [];
  connection.on('bye', (bye) => byes.push(bye));
  return { connection, clock, byes };
};
const settled = () => sleep(5);
const last = () => FakeSocket.all.at(-1);

test('waits grow from one second to thirty, and chance takes any part of them', async (t) => {
  for (const part of [1, 0.25]) {
    const { clock, connection } = play(t, { fetch: unreachable, random: () => part });
    const waits = [];
    for (let attempt = 0; attempt < 8; attempt += 1) waits.push((await clock.next()) / part);
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    connection.close();
    assert.deepEqual(clock.pending, [], 'a closed connection has no timers');
  }
});

test('waits are short again only after a connection that lasted', async (t) => {
  const { clock, connection } = play(t);
  const open = async () => {
    await settled();
    last().say(new Room().snapshot());
    assert.equal(connection.status, 'live');
  };
  for (const wait of [500, 1000, 2000]) {
    await open();
    last().onclose({ code: 1006 });
    assert.equal(await clock.next(), wait, 'it opened and was cut at once');
  }
  await open();
  assert.equal(await clock.next(), 10_000);
  last().onclose({ code: 1006 });
  assert.equal(await clock.next(), 500);
});

for (const code of [1000, 4400, 4401, 4403, 4404, 4409]) {
  for (const how of ['bye', 'close']) {
    test(`nobody comes back after ${how} ${code}`, async (t) => {
      const { clock, connection, byes } = play(t);
      await settled();
      last().say(new Room().snapshot());
      if (how === 'bye') last().say({ t: 'bye', code, reason: 'why' });
      else last().onclose({ code, reason: 'why' });
      await settled();
      assert.equal(connection.status, 'closed');
      assert.deepEqual(byes, [{ code, reason: 'why', retry: false }]);
      assert.deepEqual(clock.pending, []);
      assert.equal(FakeSocket.all.length, 1);
    });
  }
}

test('nor after a bye of tomorrow that says so', async (t) => {
  const { connection } = play(t);
  await settled();
  last().say({ t: 'bye', code: 4999, reason: 'why', retry: false });
  await settled();
  assert.equal(connection.status, 'closed');
});

for (const code of [1001, 1006, 1011, 4408, 4429, 4503]) {
  test(`after ${code} it comes back, with its position`, async (t) => {
    const { clock, connection } = play(t);
    await settled();
    last().say(new Room().snapshot());
    last().onclose({ code, reason: '' });
    await settled();
    assert.equal(connection.status, 'waiting');
    await clock.next();
    await settled();
    assert.equal(last().sent[0].since, '418.e1:1');
    assert.equal(FakeSocket.all.length, 2);
  });
}

test('who missed something comes back without a position', async (t) => {
  const { clock } = play(t);
  await settled();
  last().say(new Room().snapshot());
  last().say({ t: 'events', inc: '418.e1', from: 9, to: 9, events: [{ seq: 9, type: 'likes', likes: 1 }] });
  assert.deepEqual(last().sent.at(-1), { t: 'resync' });
  last().onclose({ code: 1006 });
  await settled();
  await clock.next();
  await settled();
  assert.deepEqual(last().sent, [{ t: 'auth', token: 'secret', you: '' }]);
});

test('after_ms of a bye is how long one waits at most', async (t) => {
  const { clock } = play(t);
  await settled();
  last().say({ t: 'bye', code: 1001, reason: 'stopping', retry: true, after_ms: 5000 });
  assert.equal(await clock.next(), 2500);
});

test('Retry-After is how long one waits at least, but not for weeks', async (t) => {
  let seconds = 7;
  const fetch = () => refusal(503, 'busy', { 'Retry-After': `${seconds}` })();
  const { clock, connection } = play(t, { fetch });
  assert.equal(await clock.next(), 7500);
  seconds = 1e9;
  await settled();
  assert.equal(await clock.next(), 8000);
  assert.equal(await clock.next(), 600_000);
  assert.notEqual(connection.status, 'closed');
});

test('a refusal of the entry is final if another try cannot change it', async (t) => {
  for (const [status, code] of [[401, 4401], [403, 4403], [404, 4404], [409, 4409], [422, 4422]]) {
    const { connection, byes } = play(t, { fetch: refusal(status, 'why') });
    await settled();
    assert.equal(connection.status, 'closed', `${status}`);
    assert.deepEqual(byes, [{ code, reason: 'why', retry: false }]);
  }
  for (const status of [408, 425, 429, 500, 502, 503]) {
    const { connection } = play(t, { fetch: refusal(status, 'why') });
    await settled();
    assert.equal(connection.status, 'waiting', `${status}`);
  }
});

test('a silent socket is asked for a sign of life, and then given up', async (t) => {
  const { clock, connection } = play(t);
  await settled();
  last().say(new Room().snapshot());
  assert.equal(await clock.next(), 10_000);
  assert.equal(await clock.next(), 10_000);
  assert.deepEqual(last().sent.at(-1), { t: 'ping', id: 0 });
  last().say({ t: 'pong', id: 0 });
  assert.equal(await clock.next(), 20_000);
  assert.equal(await clock.next(), 20_000);
  assert.equal(connection.status, 'waiting');
  assert.equal(last().readyState, 3);
});

test('an entry that is never answered is given up', async (t) => {
  const { clock, connection } = play(t, { fetch: () => new Promise(() => {}) });
  assert.equal(await clock.next(), 20_000);
  assert.equal(connection.status, 'waiting');
});

test('what is no frame ends the attempt, and the next one begins', async (t) => {
  const { connection } = play(t);
  await settled();
  last().onmessage({ data: '<html>' });
  await settled();
  assert.equal(connection.status, 'waiting');
});

test('the token is in the first frame, not in the address', async (t) => {
  play(t);
  await settled();
  assert.equal(last().url, 'ws://a.test/v2/rooms/10001/events');
  assert.equal(last().protocol, 'zaibo.v1');
  assert.deepEqual(last().sent, [{ t: 'auth', token: 'secret', you: '' }]);
});

test('without a WebSocket, there is no transport of that name', () => {
  const options = { url: 'http://a.test', room: ROOM, fetch: welcome };
  assert.throws(() => connect({ ...options, transport: 'pigeons' }), TypeError);
});
