// A server of the live API with one room, over real sockets. It does as the protocol says, or as a test wants.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Room } from './room.js';
import { accept } from './websocket.js';

/** The policy of pages, which may talk to this server, and to those. */
const policy = (connects) =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ${["'self'", ...connects].join(' ')}`;
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
const STOPPED = { t: 'bye', code: 1001, reason: 'stopping', retry: true, after_ms: 0 };

export class Server {
  room = new Room();
  /** Everything that was asked, as `PUT /v2/…`; and what was sent over sockets. */
  asked = [];
  frames = [];
  /** Refusals by `METHOD path`: status, or `{ status, reason, retryAfter }`. */
  refusals = new Map();
  /** Other servers that its pages may talk to. */
  connects = [];
  /** Transports that do not come through. */
  blocked = new Set();
  /** Who is in which other room. */
  elsewhere = new Map();
  /** So many likes are done, and then answered by a failure. The keys that they came with. */
  failures = 0;
  keys = [];
  nextMs = 10_000;
  pollMs = 50;
  commentMs = 15_000;
  readers = new Set();
  #tcp = new Set();

  async start() {
    this.http = createServer((request, response) => this.#answer(request, response));
    this.http.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    this.http.on('connection', (socket) => {
      this.#tcp.add(socket);
      socket.on('close', () => this.#tcp.delete(socket));
    });
    await new Promise((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.http.address().port}`;
    return this;
  }

  async stop() {
    for (const socket of this.#tcp) socket.destroy();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** Says goodbye to all readers. */
  bye(frame = STOPPED) {
    for (const reader of [...this.readers]) reader.bye(frame);
  }

  /** Cuts all readers; with `half`, in the middle of a frame. */
  cut(half) {
    for (const reader of [...this.readers]) reader.cut(half);
  }

  count(what) {
    return this.asked.filter((asked) => asked.startsWith(what)).length;
  }

  #uid(request) {
    return request.headers.authorization?.replace('Bearer token-', '');
  }

  #refusal(name, response) {
    const refusal = this.refusals.get(name);
    if (!refusal) return false;
    const { status = refusal, reason = 'refused', retryAfter } = refusal;
    const headers = { 'Content-Type': 'application/problem+json' };
    if (retryAfter) headers['Retry-After'] = retryAfter;
    response.writeHead(status, headers);
    response.end(JSON.stringify({ status, reason, code: 4711, field: null, request_id: 'r' }));
    return true;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.url);
    const name = `${request.method} ${url.pathname}`;
    this.asked.push(`${request.method} ${request.url}`);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : {};
    if (this.#refusal(name, response)) return;
    if (name === 'GET /v2/rooms/10001/events') {
      if (request.headers.accept === 'text/event-stream') this.#stream(url, response);
      else this.#poll(url, response);
      return;
    }
    if (!url.pathname.startsWith('/v2/')) {
      await this.#file(url.pathname, response);
      return;
    }
    const [status, told] = this.#do(name.replace('/v2/', ''), body, this.#uid(request), request.headers);
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(told && JSON.stringify(told));
  }

  /** What an operation does: status and body. */
  #do(name, body, uid, headers = {}) {
    const { room } = this;
    const at = this.elsewhere.get(uid) ?? (room.members.has(uid) ? 10001 : null);
    switch (name) {
      case 'POST register':
        return [201, { uid: body.id }];
      case 'POST login':
        return [200, { token: `token-${body.id}`, user_sig: '', expires_in: 1 }];
      case 'GET me':
        return [200, { uid, room: at, role: null }];
      case 'GET rooms/10001':
        return [200, room.snapshot().room];
      case 'PUT rooms/10001/members/me':
        room.join(uid);
        room.flush();
        return [200, { member: { uid, role: 'viewer' }, room: room.room }];
      case 'DELETE rooms/10001/members/me':
        room.leave(uid);
        room.flush();
        return [204];
      case 'POST rooms/10001/beat':
        return [200, { room: at, role: 'viewer', next_ms: this.nextMs, told: body }];
      case 'POST rooms/10001/likes': {
        const key = headers['idempotency-key'];
        this.keys.push(key);
        if (!key || !this.keys.slice(0, -1).includes(key)) room.like(body.count);
        room.flush();
        if (this.failures-- > 0) return [503, { status: 503, reason: 'outcome_unknown' }];
        return [200, { likes: room.room.likes }];
      }
      default:
        return [404, { status: 404, reason: 'no_such_path' }];
    }
  }

  #read(write, { bye, cut, since }) {
    const { room } = this;
    const end = () => {
      room.listeners.delete(listener);
      this.readers.delete(reader);
    };
    const reader = {
      bye(frame) {
        end();
        write(frame);
        bye(frame);
      },
      cut(half) {
        end();
        cut(half);
      },
    };
    const listener = (frame) => (frame.t === 'bye' ? reader.bye(frame) : write(frame));
    for (const frame of room.resume(since)) write(frame);
    room.listeners.add(listener);
    this.readers.add(reader);
    return end;
  }

  #upgrade(request, socket) {
    this.asked.push(`WS ${request.url}`);
    if (this.blocked.has('ws')) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    let end = () => {};
    socket.on('close', () => end());
    const ws = accept(request, socket, (frame) => {
      this.frames.push(frame);
      if (this.blocked.has('frames')) return;
      const say = (told) => ws.write(ws.bytes(told));
      if (frame.t === 'auth') {
        this.uid = frame.token.replace('token-', '');
        const bye = ({ code, reason }) => ws.close(code, reason);
        const cut = (half) => {
          const bytes = ws.bytes(this.room.snapshot());
          if (half) socket.write(bytes.subarray(0, bytes.length / 2), () => ws.cut());
          else ws.cut();
        };
        end = this.#read(say, { bye, cut, since: frame.since });
      } else if (frame.t === 'resync') say(this.room.snapshot('gap'));
      else if (frame.t === 'ping') say({ t: 'pong', id: frame.id });
      else if (frame.t === 'beat') {
        const { id } = frame;
        const [status, told] = this.#do('POST rooms/10001/beat', frame, this.uid);
        say(status < 400 ? { t: 'ok', id, status, body: told } : { t: 'err', id, problem: told });
      } else say({ t: 'err', id: null, problem: { status: 400, reason: 'frame_unknown' } });
    });
  }

  #stream(url, response) {
    if (this.blocked.has('sse')) {
      response.writeHead(502);
      response.end('<html>');
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': hello\n\n');
    const text = (frame) => `id: ${frame.inc}:${frame.to}\nevent: ${frame.t}\ndata: ${JSON.stringify(frame)}\n\n`;
    let written = Promise.resolve();
    const write = (frame) => {
      // In two pieces, and the cut goes through a letter where there is one of several bytes.
      const bytes = Buffer.from(text(frame));
      const at = Math.max(bytes.findIndex((byte) => byte > 0x7f), 8) + 1;
      written = written.then(async () => {
        response.write(bytes.subarray(0, at));
        await new Promise(setImmediate);
        response.write(bytes.subarray(at));
      });
    };
    const cut = (half) => {
      if (half) written.then(() => response.write(text(this.room.snapshot()).slice(0, 60), () => response.destroy()));
      else response.destroy();
    };
    const bye = () => written.then(() => response.end());
    const end = this.#read(write, { bye, cut, since: url.searchParams.get('since') });
    const comments = setInterval(() => response.write(': still here\n\n'), this.commentMs);
    response.on('close', () => {
      clearInterval(comments);
      end();
    });
  }

  #poll(url, response) {
    const { room } = this;
    let frames = room.resume(url.searchParams.get('since'));
    const isNews = frames.length > 1 || frames[0].t === 'snapshot';
    if (!isNews) frames = [];
    const listener = (frame) => {
      frames.push(frame);
      setImmediate(answer);
    };
    const end = () => {
      clearTimeout(timer);
      room.listeners.delete(listener);
      this.readers.delete(reader);
    };
    const answer = () => {
      end();
      if (response.writableEnded) return;
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ frames }));
    };
    const reader = { bye: listener, cut: () => (end(), response.destroy()) };
    const timer = setTimeout(answer, this.pollMs);
    room.listeners.add(listener);
    this.readers.add(reader);
    response.on('close', end);
    if (isNews) answer();
  }

  async #file(path, response) {
    const bytes = await readFile(new URL(`..${path}`, import.meta.url)).catch(() => null);
    const headers = { 'Content-Type': TYPES[path.split('.').pop()] ?? 'text/plain', 'Content-Security-Policy': policy(this.connects) };
    response.writeHead(bytes ? 200 : 404, headers);
    response.end(bytes ?? '');
  }
}
