// A room as the server keeps it, small: members, events in ticks, a ring of frames, crowds.

const ENDED = { t: 'bye', code: 1000, reason: 'ended', retry: false };
const RANK = { host: 0, linked: 1, viewer: 2 };

export class Room {
  #order = 0;
  #epoch = 0;
  #pending = [];
  #ring = [];
  #told = 0;
  members = new Map();
  listeners = new Set();
  crowd = false;
  sample = [];

  constructor({ host = 'host', up = 12, down = 8, ring = 16 } = {}) {
    Object.assign(this, { up, down, ring });
    this.room = { room: 10001, live: 418, state: 'live', host, title: 'A live', type: 'live', appid: 0 };
    Object.assign(this.room, { members: 0, peak: 0, likes: 0, stream: { on: null, picture: null } });
    this.#begin();
    this.join(host, 'host');
    this.flush();
  }

  get position() {
    return `${this.inc}:${this.seq}`;
  }

  #begin() {
    this.#epoch += 1;
    this.inc = `418.e${this.#epoch}`;
    this.seq = 0;
    this.sampledAt = 0;
    this.#told = 0;
    this.#pending = [];
    this.#ring = [];
  }

  #push(event) {
    this.seq += 1;
    this.#pending.push({ seq: this.seq, at: 1732700000000 + this.seq, ...event });
  }

  /** Only the last of its kind is told in a tick; it stands where the last one stood. */
  #pushLast(event, same) {
    this.#pending = this.#pending.filter((other) => other.type !== event.type || !same(other));
    this.#push(event);
  }

  #crowd(joined, left) {
    const before = this.#pending.find((event) => event.type === 'members.changed');
    this.sample = [...this.members.keys()].slice(-3);
    const { members, peak } = this.room;
    const counts = { members, peak, joined: joined + (before?.joined ?? 0), left: left + (before?.left ?? 0) };
    this.#pushLast({ type: 'members.changed', ...counts, sample: this.sample }, () => true);
    this.sampledAt = this.seq;
  }

  join(uid, role = 'viewer') {
    if (this.members.has(uid)) return;
    this.#order += 1;
    const row = { uid, role, order: this.#order };
    this.members.set(uid, row);
    const members = (this.room.members = this.members.size);
    this.room.peak = Math.max(this.room.peak, members);
    if (members >= this.up) this.crowd = true;
    if (this.crowd && role === 'viewer') this.#crowd(1, 0);
    else this.#push({ type: 'member.joined', ...row, members });
  }

  leave(uid, reason = 'leave') {
    const row = this.members.get(uid);
    if (!row) return;
    this.members.delete(uid);
    const members = (this.room.members = this.members.size);
    // Who came and went in one tick is told as gone only, unless there never were more.
    const isShort = (event) => event.type === 'member.joined' && event.uid === uid;
    this.#pending = this.#pending.filter((event) => !isShort(event) || event.members === this.room.peak);
    if (this.crowd && row.role === 'viewer') this.#crowd(0, 1);
    else this.#push({ type: 'member.left', uid, reason, members });
    if (this.crowd && members < this.down) this.#detail();
  }

  role(uid, role) {
    const row = this.members.get(uid);
    if (!row || row.role === role) return;
    this.#order += 1;
    Object.assign(row, { role, order: this.#order });
    this.#pushLast({ type: 'member.role', ...row }, (other) => other.uid === uid);
  }

  like(count = 1) {
    this.room.likes += count;
    this.#pushLast({ type: 'likes', likes: this.room.likes }, () => true);
  }

  change(fields) {
    Object.assign(this.room, fields);
    this.#push({ type: 'room.changed', room: fields });
  }

  stream(on) {
    this.room.stream = { on, picture: on ? 'p.jpg' : null };
    this.room.cover = this.room.stream.picture ?? '';
    this.#push({ type: 'stream', ...this.room.stream, cover: this.room.cover });
  }

  other(type) {
    this.#push({ type, uid: 'somebody' });
  }

  end(reason = 'exit') {
    this.room.state = 'ended';
    this.#push({ type: 'room.ended', reason });
    this.flush();
    this.#tell(ENDED);
  }

  /** The room is small again: who reads needs all rows, and earlier frames have not all. */
  #detail() {
    this.flush();
    this.crowd = false;
    this.#ring = [];
    this.#tell(this.snapshot('detail'));
  }

  /** The process restarted: the count begins anew. Members are still there. */
  restart({ quietly = false } = {}) {
    this.#begin();
    this.seq = 3;
    this.#told = 3;
    if (!quietly) this.#tell(this.snapshot('restarted'));
  }

  flush() {
    if (this.#told === this.seq) return;
    const frame = { t: 'events', inc: this.inc, from: this.#told + 1, to: this.seq, events: this.#pending };
    this.#told = this.seq;
    this.#pending = [];
    this.#ring = [...this.#ring, frame].slice(-this.ring);
    this.#tell(frame);
  }

  #tell(frame) {
    for (const listener of [...this.listeners]) listener(structuredClone(frame));
  }

  snapshot(why = 'first') {
    const rows = [...this.members.values()].filter((row) => !this.crowd || row.role !== 'viewer');
    rows.sort((a, b) => RANK[a.role] - RANK[b.role] || a.order - b.order);
    const members = { total: this.members.size, complete: !this.crowd, items: rows };
    const { inc, seq } = this;
    return structuredClone({ t: 'snapshot', inc, seq, room: { ...this.room, inc, seq }, members, why });
  }

  /** What a reader gets who was at a position, or nowhere. */
  resume(since) {
    if (!since) return [this.snapshot('first')];
    const [inc, text] = since.split(':');
    const seq = Number(text);
    const first = this.#ring[0]?.from ?? this.#told + 1;
    if (inc !== this.inc || seq < first - 1 || seq > this.seq) return [this.snapshot('gap')];
    const missed = this.#ring.filter((frame) => frame.to > seq);
    const bye = this.room.state === 'ended' ? [ENDED] : [];
    return [{ t: 'resumed', inc, seq }, ...structuredClone(missed), ...bye];
  }
}

/** The same numbers for the same seed (mulberry32). */
export const seeded = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
