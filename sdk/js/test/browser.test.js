// The example in a browser, under a policy that allows nothing but what is of the same server.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { world } from './around.js';
import { found, open } from './chromium.js';

const skip = !found() && process.env.CI !== 'true' && 'there is no Chromium';

for (const blocked of [[], ['ws'], ['ws', 'sse']]) {
  const without = blocked.length ? `, without ${blocked.join(' and ')}` : '';
  test(`the example shows viewers, likes and the end as they happen${without}`, { skip }, async (t) => {
    const { server } = await world(t);
    server.blocked = new Set(blocked);
    const page = await open(`${server.url}/examples/room.html`);
    t.after(() => page.close());
    const shows = async (id, text) => {
      const shown = () => page.run(`document.getElementById('${id}')?.textContent`);
      for (let left = 400; (await shown()) !== text; left -= 1) {
        assert.ok(left, `${id} is ${await shown()}, not ${text}`);
        await sleep(50);
      }
    };
    const isReady = () => page.run(`document.getElementById('submit')?.disabled === false`);
    for (let left = 400; !(await isReady()); left -= 1) {
      assert.ok(left, 'the module is there');
      await sleep(50);
    }
    await page.run(`for (const [name, value] of Object.entries({ id: 'vera', pwd: 'secret-1', room: '10001' })) {
      document.forms.enter.elements[name].value = value;
    }
    document.forms.enter.requestSubmit();`);
    await shows('status', 'live');
    await shows('title', 'A live');
    await shows('members', '2');
    for (const uid of ['zoe', 'yan']) server.room.join(uid);
    server.room.role('zoe', 'linked');
    server.room.flush();
    await shows('members', '4');
    await shows('list', 'host (host)zoe (linked)verayan');
    await page.run(`document.getElementById('like').click()`);
    await shows('likes', '1');
    server.room.leave('yan');
    server.room.flush();
    await shows('members', '3');
    if (process.env.SCREENSHOTS) await writeFile(`${process.env.SCREENSHOTS}/room-${blocked.length}.png`, await page.screenshot());
    server.room.end();
    await shows('status', 'over: ended');
    const complaints = page.complaints.filter((text) => !text.includes('502'));
    assert.deepEqual(complaints, []);
  });
}
