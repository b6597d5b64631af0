// The server's side of a WebSocket, as small as a test needs it.

import { createHash } from 'node:crypto';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A frame of the server: it is not masked. */
export const encode = (opcode, payload) => {
  const size = payload.length;
  const head = size < 126 ? [size] : size < 65536 ? [126, size >> 8, size & 255] : [127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head]), payload]);
};

/** Takes the first frame of a client off a buffer: `{ opcode, payload, rest }`, or null if it is not complete. */
const decode = (buffer) => {
  if (buffer.length < 2) return null;
  let size = buffer[1] & 127;
  let at = 2;
  if (size === 126) {
    if (buffer.length < 4) return null;
    size = buffer.readUInt16BE(2);
    at = 4;
  }
  const end = at + 4 + size;
  if (buffer.length < end) return null;
  const mask = buffer.subarray(at, at + 4);
  const payload = buffer.subarray(at + 4, end).map((byte, index) => byte ^ mask[index % 4]);
  return { opcode: buffer[0] & 15, payload, rest: buffer.subarray(end) };
};

/** Answers an upgrade. `take` gets each object that the client sends. */
export const accept = (request, socket, take) => {
  const key = createHash('sha1').update(request.headers['sec-websocket-key'] + MAGIC).digest('base64');
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  head.push(`Sec-WebSocket-Accept: ${key}`, `Sec-WebSocket-Protocol: ${request.headers['sec-websocket-protocol']}`);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let frame; (frame = decode(rest)); ) {
      rest = frame.rest;
      if (frame.opcode === 8) socket.end(encode(8, frame.payload));
      if (frame.opcode === 1) take(JSON.parse(frame.payload.toString()));
    }
  });
  socket.on('error', () => {});
  return {
    bytes: (frame) => encode(1, Buffer.from(JSON.stringify(frame))),
    write: (bytes) => socket.write(bytes),
    close(code, reason = '') {
      socket.end(encode(8, Buffer.from([code >> 8, code & 255, ...Buffer.from(reason)])));
    },
    cut: () => socket.destroy(),
  };
};
