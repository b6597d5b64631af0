// REST: one request, and a short name for each that an app needs.

export class Problem extends Error {
  name = 'Problem';
  // Without an answer, `status` is 0.
  constructor({ status = 0, code, reason, field, detail, request_id: requestId }, retryAfter) {
    super(detail ? `${reason} ${field}: ${detail}` : reason);
    Object.assign(this, { status, code, reason, field, requestId, retryAfter });
  }
}

const lost = () => {
  throw new Problem({ reason: 'unreachable' });
};

export const query = (fields = {}) => {
  const given = Object.entries(fields).filter(([, value]) => value != null);
  return given.length ? `?${new URLSearchParams(given)}` : '';
};

export class Client {
  #token;
  #fetch;

  constructor({ url = '', token, fetch = globalThis.fetch }) {
    this.base = `${new URL(url, globalThis.location?.href)}`.replace(/\/*$/, '/v2/');
    this.#token = token;
    this.#fetch = (...request) => fetch(...request);
  }

  get token() {
    return this.#token;
  }

  async send(method, path, body, { headers, idempotencyKey, signal } = {}) {
    headers = { ...headers };
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    if (body) headers['Content-Type'] = 'application/json';
    if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
    const init = { method, headers, body: body && JSON.stringify(body), signal, cache: 'no-store' };
    const response = await this.#fetch(this.base + path, init).catch(lost);
    if (response.ok) return response;
    const { status } = response;
    const told = await response.json().catch(() => null);
    const retryAfter = +response.headers.get('Retry-After') || undefined;
    throw new Problem({ reason: `status_${status}`, ...told, status }, retryAfter);
  }

  async request(...request) {
    const response = await this.send(...request);
    const text = await response.text().catch(lost);
    return text ? JSON.parse(text) : null;
  }

  register = (id, pwd) => this.request('POST', 'register', { id, pwd });
  async login(id, pwd, appid) {
    const given = await this.request('POST', 'login', { id, pwd, appid });
    this.#token = given.token;
    return given;
  }
  async logout() {
    await this.request('POST', 'logout');
    this.#token = undefined;
  }
  me = (options) => this.request('GET', 'me', undefined, options);
  rooms = (filter) => this.request('GET', `rooms${query(filter)}`);
  create = () => this.request('POST', 'rooms', {});
  room = (room) => this.request('GET', `rooms/${room}`);
  end = (room) => this.request('DELETE', `rooms/${room}`);
  goLive = (room, announced) => this.request('POST', `rooms/${room}/live`, announced);
  members = (room, page) => this.request('GET', `rooms/${room}/members${query(page)}`);
  enter = (room, options) => this.request('PUT', `rooms/${room}/members/me`, {}, options);
  leave = (room) => this.request('DELETE', `rooms/${room}/members/me`);
  beat = (room, told = {}, options) => this.request('POST', `rooms/${room}/beat`, told, options);
  like = (room, count, options) => this.request('POST', `rooms/${room}/likes`, { count }, options);
}
