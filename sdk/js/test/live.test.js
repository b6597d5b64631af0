// The client against a real server, whose address stands in ZAIBO_URL. Users of the protocol of 2016 are there too.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, connect } from '../index.js';
import { until } from './around.js';
import { newcomer, old, skip, url } from './real.js';

const TRANSPORTS = ['ws', 'sse', 'poll'];
const PATIENCE_MS = 60_000;

/** A host who is live, and a viewer who is connected. */
const onAir = async (t, options) => {
  const [host, viewer] = await Promise.all([newcomer('host'), newcomer('vera')]);
  const { room } = await host.api.create();
  await host.api.goLive(room, { title: 'A live' });
  const watch = async (user) => {
    const connection = connect({ url, token: user.api.token, room, ...options });
    t.after(() => connection.close());
    const byes = [];
    connection.on('bye', (bye) => byes.push(bye));
    await until(() => connection.status === 'live' || connection.status === 'closed');
    assert.equal(connection.status, 'live', JSON.stringify(byes));
    await until(() => connection.state.room);
    return Object.assign(connection, { byes });
  };
  return { host, viewer, room, watch, connection: await watch(viewer) };
};

/** The state has what REST has. */
const agree = async ({ host, room, connection }) => {
  const { inc, seq, ...truth } = await host.api.room(room);
  await until(() => connection.state.position.inc === inc && connection.state.position.seq >= seq);
  const { members, peak, likes, title, state } = connection.state.room;
  assert.deepEqual({ members, peak, likes, title, state }, {
    members: truth.members, peak: truth.peak, likes: truth.likes, title: truth.title, state: truth.state,
  });
  const { items, total } = await host.api.members(room);
  const listed = connection.state.members;
  assert.equal(listed.total, total);
  assert.deepEqual(listed.items.map(({ uid, role }) => ({ uid, role })), items.map(({ uid, role }) => ({ uid, role })));
};

for (const transport of TRANSPORTS) {
  const options = { skip, timeout: PATIENCE_MS };
  test(`${transport}: what users of the protocol of 2016 do is seen, and the end`, options, async (t) => {
    const world = await onAir(t, { transport });
    const { host, room, connection } = world;
    await agree(world);
    const seen = [];
    for (const type of ['member.joined', 'member.left', 'member.role', 'likes', 'room.ended']) connection.on(type, (event) => seen.push(event));
    const is = (type, uid) => () => seen.some((event) => event.type === type && (!uid || event.uid === uid));
    const otto = await newcomer('otto');
    await old(otto, 'live/reportmemid', { id: otto.id, roomnum: room, role: 0, operate: 0 });
    await until(is('member.joined', otto.id));
    await old(otto, 'live/heartbeat', { roomnum: room, role: 2 });
    await until(is('member.role', otto.id));
    await agree(world);
    await old(host, 'live/heartbeat', { roomnum: room, role: 1, thumbup: 7 });
    await until(is('likes'));
    assert.equal(connection.state.room.likes, 7);
    await old(otto, 'live/reportmemid', { id: otto.id, roomnum: room, role: 0, operate: 1 });
    await until(is('member.left', otto.id));
    await agree(world);
    await host.api.goLive(room, { title: 'Another title' });
    await until(() => connection.state.room.title === 'Another title');
    await host.api.end(room);
    await until(() => connection.status === 'closed');
    assert.ok(is('room.ended')());
    assert.equal(connection.state.room.state, 'ended');
    assert.deepEqual(connection.byes.map(({ code, retry }) => ({ code, retry })), [{ code: 1000, retry: false }]);
  });

  test(`${transport}: whose token ends is out, and stays out`, options, async (t) => {
    const { viewer, connection } = await onAir(t, { transport });
    await client({ url }).login(viewer.id, 'secret-1');
    await until(() => connection.status === 'closed');
    assert.deepEqual(connection.byes.map(({ code }) => code), [4401]);
  });

  test(`${transport}: whom the host kicks is out, and stays out`, options, async (t) => {
    const { host, viewer, room, connection } = await onAir(t, { transport });
    try {
      await host.api.request('POST', `rooms/${room}/kick`, { uid: viewer.id });
    } catch ({ reason }) {
      assert.equal(reason, 'no_such_path');
      t.skip('the server has no kick');
      return;
    }
    await until(() => connection.status === 'closed');
    assert.deepEqual(connection.byes.map(({ code }) => code), [4403]);
  });

  test(`${transport}: who enters another room is told so in the first`, options, async (t) => {
    const { viewer, connection } = await onAir(t, { transport });
    const other = await newcomer('other');
    const { room } = await other.api.create();
    await other.api.goLive(room, { title: 'Another live' });
    await viewer.api.enter(room);
    await until(() => connection.status === 'closed');
    assert.ok([4403, 4409].includes(connection.byes[0].code), JSON.stringify(connection.byes));
    assert.equal((await viewer.api.me()).room, room);
  });

  test(`${transport}: who leaves is no longer there`, options, async (t) => {
    const { host, viewer, room, watch, connection } = await onAir(t, { transport });
    const watching = await watch(host);
    assert.equal(watching.state.room.members, 2);
    await connection.leave();
    await until(() => watching.state.room.members === 1);
    assert.equal((await viewer.api.me()).room, null);
    const { items } = await host.api.members(room);
    assert.deepEqual(items.map(({ role }) => role), ['host']);
  });

  test(`${transport}: an operation is done, or refused with its reason`, options, async (t) => {
    const { connection } = await onAir(t, { transport });
    const beaten = await connection.beat();
    // A socket is a sign of life by itself, so no next beat is asked for there.
    assert.ok(transport === 'ws' ? beaten === null : beaten.next_ms > 0);
    await assert.rejects(connection.do('live', { title: 'Not mine' }), { name: 'Problem', status: 403, reason: 'not_your_room' });
  });
}
