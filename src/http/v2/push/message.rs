//! WebSocket messages: what the server sends as bytes, and what a client sends, put together of its frames.

use actix_codec::Decoder;
use actix_http::ws::{Codec, Frame, Item, ProtocolError};
use actix_web::web::{Bytes, BytesMut};

/// The longest message of a client, in bytes.
pub(super) const LONGEST: usize = 4096;

/// The final frame of a text, of a close, of a ping and of a pong.
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

/// Adds a text message.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, TEXT, text.as_bytes());
}

/// Adds a ping.
pub(super) fn put_ping(out: &mut Vec<u8>) {
    put(out, PING, &[]);
}

/// Adds the answer to a ping, with its bytes.
pub(super) fn put_pong(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, PONG, bytes);
}

/// Adds a close, with its code and a word.
pub(super) fn put_close(out: &mut Vec<u8>, code: u16, reason: &str) {
    put(
        out,
        CLOSE,
        &[&code.to_be_bytes(), reason.as_bytes()].concat(),
    );
}

/// Frames of a server are not masked.
fn put(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    out.push(kind);
    match payload.len() {
        length @ 0..=125 => out.push(length.to_le_bytes()[0]),
        length => match u16::try_from(length) {
            Ok(length) => {
                out.push(126);
                out.extend(length.to_be_bytes());
            }
            Err(_) => {
                out.push(127);
                out.extend((length as u64).to_be_bytes());
            }
        },
    }
    out.extend_from_slice(payload);
}

/// The longest head of a frame of a client: two bytes, eight of the length, four of the mask.
const HEAD: usize = 14;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A part of a text whose rest is to come.
    Part,
    /// A text.
    Text(Bytes),
    /// A ping, which is answered with the same bytes.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// The client goes.
    Close,
}

/// What came is no message of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bad;

/// Reads messages from bytes.
#[derive(Debug)]
pub(super) struct Reader {
    codec: Codec,
    /// The frames so far of a message that comes in several.
    begun: Vec<u8>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            codec: Codec::new().max_size(LONGEST),
            begun: Vec::new(),
        }
    }
}

impl Reader {
    /// The next message in these bytes; `None` if it is not complete.
    ///
    /// # Errors
    /// If it is none of this protocol, or too long.
    pub(super) fn next(&mut self, bytes: &mut BytesMut) -> Result<Option<Message>, Bad> {
        let frame = self.codec.decode(bytes).map_err(|_: ProtocolError| Bad)?;
        let Some(frame) = frame else {
            // The codec looks at the length of a frame only when all of it is there.
            let is_too_long = bytes.len() > LONGEST + HEAD;
            return if is_too_long { Err(Bad) } else { Ok(None) };
        };
        Ok(Some(match frame {
            Frame::Text(text) => Message::Text(text),
            Frame::Ping(bytes) => Message::Ping(bytes),
            Frame::Pong(_) => Message::Pong,
            Frame::Close(_) => Message::Close,
            Frame::Continuation(Item::FirstText(part) | Item::Continue(part)) => {
                self.add(&part)?;
                Message::Part
            }
            Frame::Continuation(Item::Last(part)) => {
                self.add(&part)?;
                Message::Text(std::mem::take(&mut self.begun).into())
            }
            Frame::Binary(_) | Frame::Continuation(Item::FirstBinary(_)) => return Err(Bad),
        }))
    }

    fn add(&mut self, part: &[u8]) -> Result<(), Bad> {
        if self.begun.len() + part.len() > LONGEST {
            return Err(Bad);
        }
        self.begun.extend_from_slice(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of a client, masked with zeros.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, first, payload);
        let head = bytes.len() - payload.len();
        bytes[1] |= 0x80;
        bytes.splice(head..head, [0; 4]);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Message>, Bad> {
        let (mut reader, mut bytes) = (Reader::default(), BytesMut::from(bytes));
        let mut messages = Vec::new();
        while let Some(message) = reader.next(&mut bytes)? {
            if message != Message::Part {
                messages.push(message);
            }
        }
        Ok(messages)
    }

    fn text(text: &str) -> Message {
        Message::Text(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn a_message_may_come_in_parts_with_a_ping_between() {
        let bytes = [
            frame(0x01, b"{\"t\":"),
            frame(PING, b"!"),
            frame(0x80, b"\"ping\"}"),
            frame(PONG, b""),
            frame(CLOSE, b""),
        ];
        let messages = read(&bytes.concat());
        let ping = Message::Ping(Bytes::from_static(b"!"));
        let expected = vec![ping, text(r#"{"t":"ping"}"#), Message::Pong, Message::Close];
        assert_eq!(messages, Ok(expected));
    }

    #[test]
    fn what_is_too_long_binary_or_not_masked_is_no_message() {
        let longest = vec![b' '; LONGEST];
        assert!(read(&frame(TEXT, &longest)).is_ok());
        let too_long = [longest.as_slice(), b" "].concat();
        assert_eq!(read(&frame(TEXT, &too_long)), Err(Bad));
        let parts = [frame(0x01, &longest), frame(0x80, b" ")];
        assert_eq!(read(&parts.concat()), Err(Bad));
        // A head that announces far more, of which that much has come.
        let announced = [TEXT, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let come = |bytes: usize| [announced.as_slice(), &vec![0; bytes]].concat();
        assert_eq!(read(&come(LONGEST)), Ok(Vec::new()));
        assert_eq!(read(&come(LONGEST + 1)), Err(Bad));
        assert_eq!(read(&frame(0x82, b"x")), Err(Bad));
        assert_eq!(read(&frame(0x80, b"no beginning")), Err(Bad));
        let mut plain = Vec::new();
        put_text(&mut plain, "{}");
        assert_eq!(read(&plain), Err(Bad));
    }

    #[test]
    fn every_length_has_its_head() {
        for (length, head) in [
            (0, vec![TEXT, 0]),
            (125, vec![TEXT, 125]),
            (126, vec![TEXT, 126, 0, 126]),
            (65_535, vec![TEXT, 126, 255, 255]),
            (65_536, vec![TEXT, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut bytes = Vec::new();
            put_text(&mut bytes, &"x".repeat(length));
            assert_eq!(bytes.len(), head.len() + length);
            assert_eq!(bytes[..head.len()], head);
        }
    }
}
