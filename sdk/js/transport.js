// The ways by which frames come. Each ends when no more will come.

import { query } from './rest.js';

const POLL_PAUSE_MS = 1_000;
// The server answers a poll after 25 s at the latest.
const POLL_MS = 30_000;

const get = ({ client, path, position, signal }, as, Accept) =>
  client[as]('GET', path + query(position()), undefined, { headers: { Accept }, signal });

export const ws = (link) =>
  new Promise((resolve, reject) => {
    const socket = new link.WebSocket(link.client.base.replace(/^http/, 'ws') + link.path, 'zaibo.v1');
    link.signal.addEventListener('abort', () => socket.close());
    link.send = (frame) => socket.readyState === 1 && socket.send(JSON.stringify(frame));
    socket.onopen = () => link.send({ t: 'auth', token: link.client.token, ...link.position() });
    socket.onclose = socket.onerror = resolve;
    socket.onmessage = ({ data }) => {
      try {
        link.take(JSON.parse(data));
      } catch (error) {
        reject(error);
      }
    };
  });

// By fetch, since an EventSource cannot send the token.
export const sse = async (link) => {
  const { body } = await get(link, 'send', 'text/event-stream');
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    link.alive();
    const events = (rest + value).replaceAll('\r', '').split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const data = event.replace(/^(?!data:).*\n?|^data:/gm, '');
      if (data) link.take(JSON.parse(data));
    }
  }
};

export const poll = async (link) => {
  while (!link.signal.aborted) {
    link.silent(POLL_MS);
    const { frames } = await get(link, 'request', 'application/json');
    link.alive();
    link.open();
    frames.forEach(link.take);
    await link.pause(POLL_PAUSE_MS);
  }
};
