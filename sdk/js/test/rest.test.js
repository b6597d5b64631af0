// Requests, what is told of refusals, and what the package weighs.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Problem, client, connect } from '../index.js';

const SIZE = 6 * 1024;

/** A client whose requests are kept, and answered by this. */
const answered = (status, body, headers) => {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push({ url, ...init });
    return new Response(body, { status, headers });
  };
  return [client({ url: 'http://a.test/live/', token: 'secret', fetch }), asked];
};

test('each call is the operation of its name', async () => {
  const calls = [
    ['POST register', (api) => api.register('vera', 'pwd')],
    ['POST login', (api) => api.login('vera', 'pwd')],
    ['POST logout', (api) => api.logout()],
    ['GET me', (api) => api.me()],
    ['GET rooms', (api) => api.rooms()],
    ['GET rooms?type=live&limit=5', (api) => api.rooms({ type: 'live', limit: 5, cursor: undefined })],
    ['POST rooms', (api) => api.create()],
    ['GET rooms/7', (api) => api.room(7)],
    ['DELETE rooms/7', (api) => api.end(7)],
    ['POST rooms/7/live', (api) => api.goLive(7, { title: 'A live' })],
    ['GET rooms/7/members?cursor=a%26b', (api) => api.members(7, { cursor: 'a&b' })],
    ['PUT rooms/7/members/me', (api) => api.enter(7)],
    ['DELETE rooms/7/members/me', (api) => api.leave(7)],
    ['POST rooms/7/beat', (api) => api.beat(7)],
    ['POST rooms/7/likes', (api) => api.like(7, 3, { idempotencyKey: 'k' })],
  ];
  for (const [expected, call] of calls) {
    const [api, asked] = answered(200, '{}');
    await call(api);
    const [{ method, url, headers }] = asked;
    assert.equal(`${method} ${url.replace('http://a.test/live/v2/', '')}`, expected);
    assert.equal(headers.Authorization, 'Bearer secret');
    assert.equal(headers['Idempotency-Key'], expected.endsWith('likes') ? 'k' : undefined);
  }
});

test('a login gives the token of what follows, and a logout takes it', async () => {
  const [api, asked] = answered(200, '{"token":"new"}');
  await api.login('vera', 'pwd');
  await api.me();
  await api.logout();
  await api.rooms();
  assert.deepEqual(asked.slice(1).map(({ headers }) => headers.Authorization), ['Bearer new', 'Bearer new', undefined]);
});

test('a refusal is a problem with everything that the server told', async () => {
  const told = { status: 422, code: 10003, reason: 'field_invalid', field: '/title', detail: 'expected a text', request_id: 'r1' };
  const [api] = answered(422, JSON.stringify(told), { 'Retry-After': '3' });
  const problem = await api.create().catch((error) => error);
  assert.ok(problem instanceof Problem && problem instanceof Error);
  const { status, code, reason, field, requestId, retryAfter, message } = problem;
  assert.deepEqual([status, code, reason, field, requestId, retryAfter], [422, 10003, 'field_invalid', '/title', 'r1', 3]);
  assert.equal(message, 'field_invalid /title: expected a text');
});

test('what a proxy refuses is a problem too, and so is no answer', async () => {
  const [api] = answered(502, '<html>');
  await assert.rejects(api.me(), { name: 'Problem', status: 502, reason: 'status_502' });
  const fetch = () => Promise.reject(new TypeError('no network'));
  await assert.rejects(client({ url: 'http://a.test', fetch }).me(), { name: 'Problem', status: 0, reason: 'unreachable' });
});

test('an answer without a body is null', async () => {
  const [api] = answered(204, null);
  assert.equal(await api.end(7), null);
});

test('neither a client nor a connection shows the token when it is printed', () => {
  const [api] = answered(200, '{}');
  const connection = connect({ url: 'http://a.test', token: 'secret', room: 7, fetch: () => new Promise(() => {}) });
  connection.close();
  for (const shown of [api, connection]) {
    assert.doesNotMatch(inspect(shown, { depth: 9, showHidden: true }), /secret/);
    assert.doesNotMatch(JSON.stringify(shown), /secret/);
  }
});

test('all that an app loads is at most 6 KiB, compressed', () => {
  const folder = new URL('..', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const size = gzipSync(Buffer.concat(files.map((name) => readFileSync(new URL(name, folder)))), { level: 9 }).length;
  assert.ok(files.length > 3 && size <= SIZE, `${files}: ${size}`);
});
