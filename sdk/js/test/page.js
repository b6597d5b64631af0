// The example's page in a browser: what a test does on it, and what it shows.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { until } from './around.js';
import { found, open } from './chromium.js';

/** Why a test with a browser is left out, if it is. */
export const skip = !found() && process.env.CI !== 'true' && 'there is no Chromium';

/** Opens the page from a server that has its files. It is closed with the test. */
export const visit = async (t, server, query = '') => {
  const page = await open(`${server.url}/examples/room.html${query}`);
  t.after(() => page.close());
  await until(() => page.run(`document.getElementById('submit')?.disabled === false`), 'the module is there');
  return {
    ...page,
    /** Signs in, and enters a room. */
    enter: (fields) => page.run(`for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      document.forms.enter.elements[name].value = value;
    }
    document.forms.enter.requestSubmit();`),
    /** Waits until an element has that text. */
    async shows(id, text) {
      let shown;
      const isShown = async () => (shown = await page.run(`document.getElementById('${id}')?.textContent`)) === text;
      await until(isShown).catch(() => assert.equal(shown, text, id));
    },
    /** A picture for people, if they ask for pictures. */
    async picture(name) {
      if (process.env.SCREENSHOTS) await writeFile(`${process.env.SCREENSHOTS}/${name}.png`, await page.screenshot());
    },
  };
};
