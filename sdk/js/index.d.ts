/** The client of zaibo's live API `/v2`, for the web and Node. */

export type Role = 'viewer' | 'linked' | 'host';
export type Status = 'connecting' | 'live' | 'waiting' | 'closed';

/** Where a feed stands. `inc` is compared for equality only: if it differs, the count began anew. */
export interface Position {
  inc: string;
  seq: number;
}

export interface Row {
  uid: string;
  role: Role;
  order: number;
}

/** A room as `GET /v2/rooms/{room}` has it. More fields may come. */
export interface Room {
  room: number;
  live: number;
  state: 'created' | 'live' | 'ended';
  host: string;
  title: string;
  cover: string;
  type: string;
  appid: number;
  members: number;
  peak: number;
  likes: number;
  stream: { on: boolean | null; picture: string | null };
  [more: string]: unknown;
}

/** What is known of a room. Each change makes a new one, and the earlier one stays as it was. */
export interface State {
  /** Null before the first snapshot. Its `inc` and `seq` are left out: `position` has them. */
  room: Omit<Room, 'inc' | 'seq'> | null;
  /** The host, then who is on mic, then viewers. Plain viewers are listed only while it is `complete`. */
  members: { total: number; complete: boolean; items: Row[] };
  /** The newest members of a crowd, some of them. */
  sample: string[];
  position: Position | null;
  /** Changes were missed, and a snapshot is on its way. */
  stale: boolean;
  /** Where the caller's own stream stands. */
  you: Position | null;
}

/** One change, as the reference of the push protocol describes it. */
export interface RoomEvent {
  type: string;
  seq?: number;
  at?: number;
  [more: string]: any;
}

/** One text of the server, parsed. */
export interface Frame {
  t: string;
  [more: string]: any;
}

/** Why the server ended a connection. Without `retry` it is closed for good. */
export interface Bye {
  code: number;
  reason?: string;
  retry: boolean;
}

/** What the server refused, or what did not reach it. */
export class Problem extends Error {
  /** The status of HTTP; 0: there was no answer, and what was asked for may have been done. */
  status: number;
  /** The number of the error in the protocol of 2016. */
  code?: number;
  /** As the tables of the reference name it; `unreachable`, `cut` and `status_…` are of this client. */
  reason: string;
  /** The wrong field, as a JSON pointer. */
  field?: string | null;
  requestId?: string;
  /** Seconds after which to try again. */
  retryAfter?: number;
}

export interface ClientOptions {
  /** Where the server is, as `https://live.example.com`. */
  url?: string;
  token?: string;
  fetch?: typeof fetch;
}

export interface RequestOptions {
  idempotencyKey?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
}

type Entered = { member: { uid: string; role: Role } | null; room: Room };
type Beaten = { room: number | null; role: Role | null; inc?: string; seq?: number; next_ms: number };
type Beat = { role?: 'viewer' | 'linked'; likes?: number };

/** REST. Each call rejects with a `Problem`. */
export interface Client {
  readonly base: string;
  /** Set by `login`. */
  readonly token?: string;
  /** Sends a request; `path` is what follows `/v2/`. Gives the object that answers it, or null. */
  request<T = any>(method: string, path: string, body?: object, options?: RequestOptions): Promise<T>;
  /** As `request`, but gives the response. */
  send(method: string, path: string, body?: object, options?: RequestOptions): Promise<Response>;
  register(id: string, pwd: string): Promise<{ uid: string }>;
  login(id: string, pwd: string, appid?: number): Promise<{ token: string; user_sig: string; expires_in: number }>;
  logout(): Promise<void>;
  me(options?: RequestOptions): Promise<{ uid: string; room: number | null; role: Role | null }>;
  rooms(filter?: { app?: number; type?: string; limit?: number; cursor?: string }): Promise<Page<Room>>;
  create(): Promise<Room>;
  room(room: number): Promise<Room>;
  end(room: number): Promise<null>;
  goLive(room: number, announced: { title: string; [more: string]: unknown }): Promise<Room>;
  members(room: number, page?: { limit?: number; cursor?: string }): Promise<Page<{ uid: string; role: Role }>>;
  enter(room: number, options?: RequestOptions): Promise<Entered>;
  leave(room: number): Promise<null>;
  beat(room: number, about?: Beat, options?: RequestOptions): Promise<Beaten>;
  like(room: number, count: number, options?: RequestOptions): Promise<{ likes: number }>;
}

export interface ConnectOptions extends ClientOptions {
  room: number | string;
  /** `auto`: a WebSocket; Server-Sent Events if it twice did not open; then polls. */
  transport?: 'auto' | 'ws' | 'sse' | 'poll';
  /** Whether to enter the room, and again if the server has forgotten the member. True if left out. */
  enter?: boolean;
  /** A position that was read by REST, `inc:seq`: what happened since comes, and no snapshot. */
  since?: string;
  WebSocket?: typeof WebSocket;
  /** A number from 0 to below 1. */
  random?: () => number;
  timers?: {
    setTimeout(act: () => void, ms: number): any;
    clearTimeout(timer: any): void;
  };
}

/** What handlers get. Every other type is one of an event in the room. */
export interface Heard {
  state: State;
  status: Status;
  bye: Bye;
  error: Problem | Error;
  /** An event of the caller's own stream. `me` comes first, and whenever some were lost: where the caller is. */
  you: RoomEvent;
  /** Each frame of the server, before it is folded. */
  frame: Frame;
}

export interface Connection {
  readonly state: State;
  readonly status: Status;
  /** Calls the handler for everything of a type, until the function that this returns is called. */
  on<T extends keyof Heard>(type: T, handler: (heard: Heard[T]) => void): () => void;
  on(type: string, handler: (event: RoomEvent) => void): () => void;
  /**
   * Does something in the room, `path` is below `/v2/rooms/{room}/`. Gives the body of the answer; rejects
   * with a `Problem`.
   */
  do<T = any>(path: string, body?: object, options?: { method?: string; idempotencyKey?: string }): Promise<T>;
  /** Tells the role, or the host's count of likes. Signs of life are given without it. Null over a socket. */
  beat(about?: Beat): Promise<Beaten | null>;
  /** Sends 1 to 100 likes. They count once, though it is tried three times. */
  like(count?: number): Promise<{ likes: number }>;
  /** Leaves the room, and closes. */
  leave(): Promise<void>;
  /** Closes. The caller stays a member until they have been silent for too long. */
  close(): void;
}

export function client(options: ClientOptions): Client;
/** Connects at once, and again whenever the connection is lost, until it is over for good. */
export function connect(options: ConnectOptions): Connection;

export const BLANK: State;
/** The state after a frame, the events that were new in it, and whether to ask for a snapshot. Pure. */
export function fold(state: State, frame: Frame): { state: State; events: RoomEvent[]; resync: boolean };
