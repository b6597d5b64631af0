// The state of a room, from the frames of its feed. Pure: what was given out before never changes.

export const BLANK = {
  room: null,
  members: { total: 0, complete: false, items: [] },
  sample: [],
  position: null,
  // Changes were missed: only a snapshot helps.
  stale: false,
  you: null,
};

const rank = ({ role }) => ({ host: 0, linked: 1 })[role] ?? 2;

const drop = ({ members }, { uid }) => {
  members.items = members.items.filter((row) => row.uid !== uid);
};

const put = (state, { uid, role, order }) => {
  const row = { uid, role, order };
  const { members } = state;
  drop(state, row);
  // In a crowd, plain viewers are not listed.
  if (role === 'viewer' && !members.complete) return;
  const at = members.items.findIndex((other) => (rank(row) - rank(other) || order - other.order) < 0);
  members.items.splice(at < 0 ? members.items.length : at, 0, row);
};

const count = ({ room, members }, event) => {
  members.total = room.members = event.members;
};

const announce = ({ room }, { seq, type, at, room: more, ...fields }) => {
  // `type` names the event: that of the room comes inside `room`.
  Object.assign(room, fields, more);
};

// Each changes a copy of the state. Events that are not here change nothing that a snapshot has.
const EFFECTS = {
  'member.joined': (state, event) => {
    put(state, event);
    count(state, event);
    state.room.peak = Math.max(state.room.peak ?? 0, event.members);
  },
  'member.left': (state, event) => {
    drop(state, event);
    count(state, event);
  },
  'member.role': put,
  'members.changed': (state, event) => {
    count(state, event);
    state.room.peak = event.peak;
    state.members.complete = false;
    state.members.items = state.members.items.filter(({ role }) => role !== 'viewer');
    state.sample = event.sample;
  },
  likes: ({ room }, { likes }) => {
    room.likes = likes;
  },
  'room.live': announce,
  'room.changed': announce,
  stream: ({ room }, { on, picture, cover }) => {
    Object.assign(room, { stream: { on, picture }, cover });
  },
  'room.ended': ({ room }) => {
    room.state = 'ended';
  },
};

const FRAMES = {
  snapshot: (state, { inc, seq, room, members }) => {
    // Inside the room the position would not move.
    const { inc: _, seq: __, ...fields } = room;
    return { state: { ...BLANK, room: fields, members, position: { inc, seq }, you: state.you } };
  },
  events: (state, { inc, from, to, events }) => {
    if (state.stale) return { state };
    const at = state.position;
    if (inc !== at?.inc || from > at.seq + 1) return { state: { ...state, stale: true }, resync: true };
    const fresh = events.filter(({ seq }) => seq > at.seq);
    const position = { inc, seq: Math.max(at.seq, to) };
    const next = { ...state, position, room: { ...state.room }, members: { ...state.members } };
    for (const event of fresh) if (Object.hasOwn(EFFECTS, event.type)) EFFECTS[event.type](next, event);
    return { state: next, events: fresh };
  },
  // Where the caller is, at the beginning and whenever events of their own stream were lost.
  me: (state, { inc, seq, me, why }) => ({
    state: { ...state, you: { inc, seq } },
    events: [{ type: 'me', ...me, why }],
  }),
  you: (state, { inc, from, to, events }) => {
    const at = state.you;
    if (inc !== at?.inc || from > at.seq + 1) return { state, resync: true };
    const fresh = events.filter(({ seq }) => seq > at.seq);
    return { state: { ...state, you: { inc, seq: Math.max(at.seq, to) } }, events: fresh };
  },
};

/** The state after a frame, the events that were new in it, and whether to ask for a snapshot. */
export const fold = (state, frame) => ({
  events: [],
  resync: false,
  ...(Object.hasOwn(FRAMES, frame.t) ? FRAMES[frame.t](state, frame) : { state }),
});
