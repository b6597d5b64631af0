// The client of zaibo's live API.

import { Client } from './rest.js';
import { Connection } from './connection.js';

export { BLANK, fold } from './fold.js';
export { Problem } from './rest.js';

export const connect = (options) => new Connection(options);
export const client = (options) => new Client(options);
