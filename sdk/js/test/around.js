// What the tests of a connection share: a server that goes with the test, and a clock that waits for nobody.

import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../index.js';
import { Server } from './server.js';

export const ROOM = 10001;

/** Waits until something is so, and fails if it does not become so. */
export const until = async (isSo, what = `${isSo}`) => {
  for (let left = 2_000; !(await isSo()); left -= 1) {
    if (!left) throw new Error(`it never was so: ${what}`);
    await sleep(10);
  }
};

/** A server, and connections to it that are closed with the test. Nobody waits between attempts. */
export const world = async (t) => {
  const server = await new Server().start();
  const open = [];
  t.after(async () => {
    open.forEach((connection) => connection.close());
    await server.stop();
  });
  const enter = (uid, options) => {
    const connection = connect({ url: server.url, token: `token-${uid}`, room: ROOM, random: () => 0, ...options });
    open.push(connection);
    const heard = [];
    for (const type of ['status', 'bye', 'error', 'frame', 'you', 'likes', 'room.ended', 'member.joined', 'member.left']) {
      connection.on(type, (value) => heard.push([type, value]));
    }
    connection.heard = (type) => heard.filter(([of]) => of === type).map(([, value]) => value);
    return connection;
  };
  const live = async (uid, options) => {
    const connection = enter(uid, options);
    await until(() => connection.status === 'live');
    return connection;
  };
  return { server, enter, live };
};

/** Timers that run when a test says so. */
export class Clock {
  now = 0;
  #timers = new Map();
  #last = 0;

  setTimeout = (act, ms) => {
    this.#timers.set(++this.#last, { act, at: this.now + ms });
    return this.#last;
  };
  clearTimeout = (timer) => this.#timers.delete(timer);

  get pending() {
    return [...this.#timers.values()].map(({ at }) => at - this.now);
  }

  /** Runs what is due next, and says how long that took. */
  async next() {
    await sleep(5);
    const [first] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at);
    if (!first) throw new Error('nothing is due');
    const [id, { act, at }] = first;
    this.#timers.delete(id);
    const took = at - this.now;
    this.now = at;
    act();
    await sleep(5);
    return took;
  }
}

/** A WebSocket that a test plays. */
export class FakeSocket {
  static all = [];
  readyState = 1;
  sent = [];

  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    FakeSocket.all.push(this);
    queueMicrotask(() => this.onopen?.());
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  say(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  close() {
    this.readyState = 3;
  }
}
