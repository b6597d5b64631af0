// The example in a browser, under a policy that allows nothing but what is of the same server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { world } from './around.js';
import { skip, visit } from './page.js';

for (const blocked of [[], ['ws'], ['ws', 'sse']]) {
  const without = blocked.length ? `, without ${blocked.join(' and ')}` : '';
  test(`the example shows viewers, likes and the end as they happen${without}`, { skip }, async (t) => {
    const { server } = await world(t);
    server.blocked = new Set(blocked);
    const page = await visit(t, server);
    await page.enter({ id: 'vera', pwd: 'secret-1', room: '10001' });
    await page.shows('status', 'live');
    await page.shows('title', 'A live');
    await page.shows('members', '2');
    for (const uid of ['zoe', 'yan']) server.room.join(uid);
    server.room.role('zoe', 'linked');
    server.room.flush();
    await page.shows('members', '4');
    await page.shows('list', 'host (host)zoe (linked)verayan');
    await page.run(`document.getElementById('like').click()`);
    await page.shows('likes', '1');
    server.room.leave('yan');
    server.room.flush();
    await page.shows('members', '3');
    await page.picture(`room-${blocked.length}`);
    server.room.end();
    await page.shows('status', 'over: ended');
    const complaints = page.complaints.filter((text) => !text.includes('502'));
    assert.deepEqual(complaints, []);
  });
}
