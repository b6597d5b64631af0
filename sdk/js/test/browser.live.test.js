// The example in a browser, at a real server, while apps of 2016 act in the room that it shows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip as skipBrowser, visit } from './page.js';
import { newcomer, old, PASSWORD, skip as skipReal, url } from './real.js';
import { Server } from './server.js';

const skip = skipReal || skipBrowser;

test('the page shows what apps of 2016 do in a room, and never asks for it', { skip }, async (t) => {
  const [host, vera, otto] = await Promise.all(['host', 'vera', 'otto'].map(newcomer));
  const { roomnum } = await old(host, 'live/create', { type: 'live' });
  const announced = { title: 'An evening', type: 'live', roomnum, groupid: `${roomnum}`, cover: '', appid: 1400000000, device: 1, videotype: 0 };
  await old(host, 'live/reportroom', { room: announced });

  const files = await new Server().start();
  t.after(() => files.stop());
  files.connects = [url, url.replace('http', 'ws')];
  const page = await visit(t, files, `?url=${encodeURIComponent(url)}`);
  await page.enter({ id: vera.id, pwd: PASSWORD, room: `${roomnum}` });
  await page.shows('status', 'live');
  await page.shows('title', 'An evening');
  await page.shows('members', '2');
  const requests = () => page.run(`performance.getEntriesByType('resource').map(({ name }) => name)`);
  const asked = await requests();

  await old(otto, 'live/reportmemid', { id: otto.id, roomnum, role: 0, operate: 0 });
  await page.shows('members', '3');
  await page.shows('list', `${host.id} (host)${vera.id}${otto.id}`);
  await old(otto, 'live/heartbeat', { roomnum, role: 2 });
  await page.shows('list', `${host.id} (host)${otto.id} (linked)${vera.id}`);
  await old(host, 'live/heartbeat', { roomnum, role: 1, thumbup: 7 });
  await page.shows('likes', '7');
  await page.picture('live');
  await old(otto, 'live/heartbeat', { roomnum, role: 0 });
  await page.shows('list', `${host.id} (host)${vera.id}${otto.id}`);
  await old(otto, 'live/reportmemid', { id: otto.id, roomnum, role: 0, operate: 1 });
  await page.shows('members', '2');
  await old(host, 'live/exitroom', { roomnum, type: 'live' });
  await page.shows('status', 'over: ended');
  await page.picture('over');

  assert.deepEqual(await requests(), asked);
  assert.deepEqual(page.complaints, []);
});
