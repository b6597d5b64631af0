// A real server, whose address stands in ZAIBO_URL, and users of both protocols at it.

import assert from 'node:assert/strict';
import { client } from '../index.js';

export const url = process.env.ZAIBO_URL;
/** Why a test with the real server is left out, if it is. */
export const skip = !url && 'ZAIBO_URL is not set';
export const PASSWORD = 'secret-1';

let users = 0;
/** A new user of the live API, signed in. */
export const newcomer = async (name) => {
  const id = `${name}-${process.pid}-${Date.now().toString(36)}-${(users += 1)}`;
  const api = client({ url });
  await api.register(id, PASSWORD);
  await api.login(id, PASSWORD);
  return { id, api };
};

/** A command of the protocol of 2016. */
export const old = async ({ api }, command, fields) => {
  const [svc, cmd] = command.split('/');
  const body = JSON.stringify({ token: api.token, ...fields });
  const answer = await (await fetch(new URL(`/?svc=${svc}&cmd=${cmd}`, url), { method: 'POST', body })).json();
  assert.equal(answer.errorCode, 0, `${command}: ${answer.errorInfo}`);
  return answer.data;
};
