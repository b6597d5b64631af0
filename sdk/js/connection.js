// A connection to a room: it is opened again and again, until it is over for good.

import { BLANK, fold } from './fold.js';
import { Client, Problem } from './rest.js';
import { poll, sse, ws } from './transport.js';

// Nobody comes back after these: the live is over, or the caller has no business in the room.
const FINAL = [1000, 4400, 4401, 4403, 4404, 4409];
// Statuses of refusals that another try may change.
const PASSING = [408, 425, 429];
const BEAT_MS = 10_000;
// Who was connected this long begins anew with short waits.
const STEADY_MS = 10_000;
// Silence after which a sign of life is asked for. As long again, and the attempt is over.
const SILENCE_MS = 20_000;
const LONGEST_BACKOFF_MS = 30_000;
// Timers cannot wait for weeks.
const LONGEST_WAIT_MS = 600_000;

const isFinal = ({ status, code, retry }) =>
  retry === false || FINAL.includes(code) || (status >= 400 && status < 500 && !PASSING.includes(status));

const told = (at) => (at ? `${at.inc}:${at.seq}` : undefined);

export class Connection {
  state = BLANK;
  status = '';
  #options;
  #client;
  #transports;
  #handlers = new Map();
  #calls = new Map();
  #called = 0;
  #failures = 0;
  #misses = 0;
  // How frames are sent while a socket's session is open; what ends this attempt or wait; the entry.
  #send;
  #stop;
  #entry;

  constructor(options) {
    const { since, transport = 'auto', WebSocket = globalThis.WebSocket } = options;
    this.#options = { enter: true, random: Math.random, timers: globalThis, ...options, WebSocket };
    this.#client = new Client(options);
    const all = { ws: WebSocket && ws, sse, poll };
    this.#transports = (transport === 'auto' ? Object.values(all) : [all[transport]]).filter(Boolean);
    if (!this.#transports.length) throw new TypeError(`no transport ${transport}`);
    const [, inc, seq] = /^(.*):(\d+)$/.exec(since) ?? [];
    if (inc) this.state = { ...BLANK, position: { inc, seq: +seq } };
    // Not before the caller could listen.
    queueMicrotask(() => this.#run());
  }

  on(type, handler) {
    if (!this.#handlers.has(type)) this.#handlers.set(type, new Set());
    this.#handlers.get(type).add(handler);
    return () => this.#handlers.get(type)?.delete(handler);
  }

  do(path, body, { method = 'POST', idempotencyKey } = {}) {
    return this.#client.request(method, `rooms/${this.#options.room}/${path}`, body, { idempotencyKey });
  }

  beat(about) {
    return this.#call({ t: 'beat', ...about }) || this.#client.beat(this.#options.room, about);
  }

  async like(count = 1) {
    const { random, room } = this.#options;
    // Under one key it counts once, however often it is sent.
    const idempotencyKey = `${random()}-${random()}`;
    for (let left = 2; ; left -= 1) {
      try {
        return await this.#client.like(room, count, { idempotencyKey });
      } catch (problem) {
        if (!left || (problem.status && problem.status < 500)) throw problem;
        await new Promise((go) => this.#later(go, 1000 * (problem.retryAfter ?? random())));
      }
    }
  }

  async leave() {
    this.close();
    // An entry that is under way would undo it.
    await this.#entry?.catch(() => {});
    await this.#client.leave(this.#options.room);
  }

  close() {
    this.#tell('closed');
    this.#handlers.clear();
    this.#stop?.();
  }

  async #run() {
    const { random, timers } = this.#options;
    for (let again = false; this.status !== 'closed'; again = true) {
      this.#tell('connecting');
      const end = (await this.#attempt(again)) ?? {};
      const { status, reason, code } = end;
      const final = isFinal(end);
      this.#tell(final ? 'closed' : 'waiting');
      if (end instanceof Error) this.#emit('error', end);
      if (final || end.t === 'bye') this.#emit('bye', { code: status ? 4000 + status : code, reason, retry: !final });
      if (this.status === 'closed') return this.close();
      // At random, so that a crowd does not come back at once.
      const backoff = Math.min(1000 * 2 ** this.#failures++, LONGEST_BACKOFF_MS);
      await new Promise((go) => {
        const timer = this.#later(go, 1000 * (end.retryAfter ?? 0) + random() * (end.after_ms ?? backoff));
        this.#stop = () => go(timers.clearTimeout(timer));
      });
    }
  }

  // One try. Resolves with what ended it.
  #attempt(again) {
    return new Promise((resolve) => {
      const { timers, WebSocket, room } = this.#options;
      const client = this.#client;
      const control = new AbortController();
      const { signal } = control;
      const pending = {};
      const later = (what, act, ms) => {
        timers.clearTimeout(pending[what]);
        pending[what] = this.#later(act, ms);
      };
      const end = (why) => {
        if (signal.aborted) return;
        control.abort();
        for (const what in pending) timers.clearTimeout(pending[what]);
        this.#send = undefined;
        for (const { reject } of this.#calls.values()) reject(new Problem({ reason: 'cut' }));
        this.#calls.clear();
        resolve(why);
      };
      const link = { client, WebSocket, signal, path: `rooms/${room}/events` };
      link.position = () => {
        const { position, stale, you } = this.state;
        return { since: told(!stale && position), you: told(you) ?? '' };
      };
      link.pause = (ms) => new Promise((go) => later('pause', go, ms));
      link.silent = (ms) => later('silence', end, ms);
      link.alive = () => {
        this.#misses = 0;
        const ask = () => {
          link.send?.({ t: 'ping', id: 0 });
          link.silent(SILENCE_MS);
        };
        later('silence', ask, SILENCE_MS);
      };
      link.open = () => {
        if (this.status === 'live') return;
        this.#send = link.send;
        later('steady', () => (this.#failures = 0), STEADY_MS);
        this.#tell('live');
      };
      link.take = (frame) => {
        if (signal.aborted) return;
        link.alive();
        this.#emit('frame', frame);
        if (frame.t === 'bye') end(frame);
        if (frame.t === 'snapshot' || frame.t === 'resumed') link.open();
        // Where nothing can be sent, the next attempt asks for the snapshot.
        if (this.#take(frame)) (link.send ?? end)({ t: 'resync' });
      };
      let transport;
      const beat = async () => {
        const refused = (problem) => {
          if (isFinal(problem)) end(problem);
          return { next_ms: 1000 * problem.retryAfter };
        };
        const beaten = await client.beat(room, {}, { signal }).catch(refused);
        if (signal.aborted) return;
        // Who goes on where they were by polls hears nothing as long as nothing happens.
        if (transport === poll && beaten.room === +room && link.position().since) link.open();
        later('beat', beat, beaten.next_ms || BEAT_MS);
      };
      const go = async () => {
        await (this.#entry = this.#enter(again, signal));
        if (signal.aborted) return;
        // What does not come through twice gives way to the next.
        if (++this.#misses > 2) {
          this.#misses = 1;
          this.#transports.push(this.#transports.shift());
        }
        [transport] = this.#transports;
        // A socket shows by itself that somebody is there.
        if (transport !== ws) beat();
        return transport(link);
      };
      this.#stop = end;
      link.silent(SILENCE_MS);
      go().then(end, end);
    });
  }

  async #enter(again, signal) {
    const { enter, room } = this.#options;
    const at = again && (await this.#client.me({ signal })).room;
    if (!enter || at === +room) return;
    // Who went elsewhere meanwhile is not fetched back.
    if (at) throw { code: 4409, reason: 'moved' };
    await this.#client.enter(room);
  }

  #take(frame) {
    const call = this.#calls.get(frame.id);
    this.#calls.delete(frame.id);
    if (frame.t === 'ok') call?.resolve(frame.body ?? null);
    if (frame.t === 'err') {
      const problem = new Problem(frame.problem);
      call ? call.reject(problem) : this.#emit('error', problem);
    }
    const { state, events, resync } = fold(this.state, frame);
    const isNew = state !== this.state;
    this.state = state;
    for (const event of events) this.#emit(frame.t === 'events' ? event.type : 'you', event);
    if (isNew) this.#emit('state', state);
    return resync;
  }

  #call(frame) {
    if (!this.#send) return undefined;
    const id = ++this.#called;
    this.#send({ ...frame, id });
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  #later(act, ms) {
    return this.#options.timers.setTimeout(act, Math.min(ms, LONGEST_WAIT_MS));
  }

  #tell(status) {
    if (this.status === 'closed' || this.status === status) return;
    this.status = status;
    this.#emit('status', status);
  }

  #emit(type, value) {
    for (const handler of this.#handlers.get(type) ?? []) {
      try {
        handler(value);
      } catch (error) {
        // It is the app's affair, and told as what nobody caught.
        Promise.reject(error);
      }
    }
  }
}
