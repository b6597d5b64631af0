// Drives a headless Chromium by its own protocol.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a browser is, if there is one. */
export const found = () => PLACES.find((place) => existsSync(place));

/** Opens a page. `run` evaluates in it; `complaints` is what it said on the console, or what its policy forbade. */
export const open = async (url) => {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', '--window-size=800,600'];
  const child = spawn(found(), [...flags, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const address = await new Promise((resolve, reject) => {
    let text = '';
    child.on('exit', () => reject(new Error(`the browser ended: ${text}`)));
    child.stderr.on('data', (chunk) => {
      text += chunk;
      const [, found] = /listening on (ws:\S+)/.exec(text) ?? [];
      if (found) resolve(found);
    });
  });
  const socket = new WebSocket(address);
  await new Promise((resolve) => (socket.onopen = resolve));
  const waiting = new Map();
  const complaints = [];
  let last = 0;
  let sessionId;
  const send = (method, params = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params, sessionId }));
    });
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (error) waiting.get(id).reject(new Error(error.message));
    else if (id) waiting.get(id).resolve(result);
    else if (method === 'Log.entryAdded') complaints.push(params.entry.text);
    else if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.exception?.description);
  };
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  ({ sessionId } = await send('Target.attachToTarget', { targetId, flatten: true }));
  await Promise.all(['Page.enable', 'Runtime.enable', 'Log.enable'].map((method) => send(method)));
  await send('Page.navigate', { url });
  return {
    complaints,
    async run(expression) {
      const told = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (told.exceptionDetails) throw new Error(told.exceptionDetails.exception.description);
      return told.result.value;
    },
    screenshot: async () => Buffer.from((await send('Page.captureScreenshot')).data, 'base64'),
    async close() {
      socket.close();
      const gone = new Promise((resolve) => child.on('exit', resolve));
      child.kill();
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
