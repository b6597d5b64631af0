// A viewer's page: who is there, the likes and the end of a live, as they happen.

import { client, connect } from '../index.js';

const at = (id) => document.getElementById(id);
// The server of this page, or `?url=https://live.example.com`.
const url = new URLSearchParams(location.search).get('url') ?? location.origin;

const show = ({ room, members }) => {
  if (!room) return;
  at('room').hidden = false;
  at('title').textContent = room.title;
  at('members').textContent = members.total;
  at('likes').textContent = room.likes;
  const rows = members.items.map(({ uid, role }) => {
    const row = document.createElement('li');
    row.textContent = role === 'viewer' ? uid : `${uid} (${role})`;
    return row;
  });
  at('list').replaceChildren(...rows);
};

const tell = (text) => (at('status').textContent = text);

at('enter').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { id, pwd, room } = Object.fromEntries(new FormData(event.target));
  try {
    const { token } = await client({ url }).login(id, pwd);
    const connection = connect({ url, token, room });
    at('enter').hidden = true;
    connection.on('state', show);
    connection.on('status', (status) => {
      tell(status);
      at('acts').hidden = status === 'closed';
    });
    connection.on('bye', ({ reason, retry }) => retry || tell(`over: ${reason}`));
    at('like').onclick = () => connection.like().catch(({ message }) => tell(message));
    at('leave').onclick = () => connection.leave().catch(({ message }) => tell(message));
  } catch ({ message }) {
    tell(message);
  }
});
// Not earlier: the form alone would put the password into an address.
at('submit').disabled = false;
