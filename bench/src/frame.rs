//! WebSocket frames (RFC 6455), as far as a reader needs them.

use std::io;
use std::num::TryFromIntError;

/// The key of every handshake here, and the answer that proves that the server understood it: the
/// example of the standard.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The mask of frames to the server. It protects proxies, of which there are none here.
const MASK: [u8; 4] = *b"mask";

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// The kinds of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text = 1,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// A frame from a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'b> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'b [u8],
}

/// The request that opens a WebSocket at that path.
pub(crate) fn request(path: &str, protocol: Option<&str>) -> String {
    let protocol = protocol.map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
    let protocol = protocol.unwrap_or_default();
    format!(
        "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{protocol}\r\n"
    )
}

/// The length of the server's consent at the beginning of what came; `None` until it is complete.
///
/// # Errors
/// If the server does not consent.
pub(crate) fn consent(came: &[u8]) -> io::Result<Option<usize>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(came).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let mut headers = head.headers.iter();
    let proof = headers.find(|header| header.name.eq_ignore_ascii_case("sec-websocket-accept"));
    let proves = proof.is_some_and(|header| header.value == ACCEPT.as_bytes());
    if head.code == Some(101) && proves {
        return Ok(Some(length));
    }
    let said = String::from_utf8_lossy(&came[..came.len().min(400)]).into_owned();
    Err(io::Error::other(format!("no WebSocket: {said}")))
}

/// The first frame of what came, and its length with its head; `None` until it is complete.
///
/// # Errors
/// If it is no whole message of text and no control frame.
pub(crate) fn read(came: &[u8]) -> io::Result<Option<(Frame<'_>, usize)>> {
    let Some((&[first, second], rest)) = came.split_first_chunk() else {
        return Ok(None);
    };
    let kind = match first {
        0x81 => Kind::Text,
        0x88 => Kind::Close,
        0x89 => Kind::Ping,
        0x8a => Kind::Pong,
        other => {
            return Err(io::Error::other(format!(
                "a frame that begins with {other:#x}"
            )));
        }
    };
    let (length, rest) = match second {
        126 => match rest.split_first_chunk() {
            Some((length, rest)) => (usize::from(u16::from_be_bytes(*length)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk() {
            Some((length, rest)) => {
                let length = usize::try_from(u64::from_be_bytes(*length));
                (length.map_err(io::Error::other)?, rest)
            }
            None => return Ok(None),
        },
        masked if masked & MASKED != 0 => return Err(io::Error::other("a server that masks")),
        short => (usize::from(short), rest),
    };
    let head = came.len() - rest.len();
    let payload = rest.get(..length);
    Ok(payload.map(|payload| (Frame { kind, payload }, head + length)))
}

/// A frame to a server, with at most 125 bytes of payload, as control frames have.
pub(crate) fn short(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(125)];
    masked(
        vec![FINAL | kind as u8, MASKED | payload.len() as u8],
        payload,
    )
}

/// A message of text to a server.
///
/// # Errors
/// If it is longer than 65535 bytes, which no server here takes.
pub(crate) fn text(payload: &[u8]) -> Result<Vec<u8>, TryFromIntError> {
    if payload.len() <= 125 {
        return Ok(short(Kind::Text, payload));
    }
    let [high, low] = u16::try_from(payload.len())?.to_be_bytes();
    let head = vec![FINAL | Kind::Text as u8, MASKED | 126, high, low];
    Ok(masked(head, payload))
}

fn masked(mut frame: Vec<u8>, payload: &[u8]) -> Vec<u8> {
    frame.extend(MASK);
    let mask = MASK.iter().cycle();
    frame.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    frame
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_when_all_of_it_has_come() {
        let lengths = [0, 5, 125, 126, 65_535, 65_536];
        for length in lengths {
            let mut came = vec![0x81];
            match length {
                0..126 => came.push(length as u8),
                126..65_536 => {
                    came.push(126);
                    came.extend((length as u16).to_be_bytes());
                }
                _ => {
                    came.push(127);
                    came.extend((length as u64).to_be_bytes());
                }
            }
            came.resize(came.len() + length, b'x');
            let whole = came.len();
            for part in (0..whole.min(12)).chain([whole - 1]) {
                assert_eq!(read(&came[..part]).unwrap(), None, "{part} of {whole}");
            }
            came.extend([0x89, 0]);
            let (frame, used) = read(&came).unwrap().unwrap();
            assert_eq!(
                (frame.kind, frame.payload.len(), used),
                (Kind::Text, length, whole)
            );
            let (next, _) = read(&came[used..]).unwrap().unwrap();
            assert_eq!(next.kind, Kind::Ping);
        }
    }

    #[test]
    fn a_frame_that_goes_on_or_is_masked_is_refused() {
        assert!(read(&[0x01, 0]).is_err(), "not the last of its message");
        assert!(read(&[0x80, 0]).is_err(), "not the first of its message");
        assert!(read(&[0x81, 0x85, 0, 0, 0, 0]).is_err(), "masked");
    }

    #[test]
    fn what_goes_to_the_server_is_masked() {
        let pong = short(Kind::Pong, b"hi");
        assert_eq!(pong[..6], [0x8a, 0x82, b'm', b'a', b's', b'k']);
        assert_eq!(pong[6..], [b'h' ^ b'm', b'i' ^ b'a']);
        let long = text(&[b'm'; 300]).unwrap();
        assert_eq!(long[..4], [0x81, 0xfe, 1, 44]);
        assert_eq!((long.len(), long[8]), (308, 0));
        assert!(text(&[0; 65_536]).is_err());
    }

    #[test]
    fn only_a_server_that_understood_the_handshake_consents() {
        let yes =
            format!("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n");
        assert_eq!(consent(yes.as_bytes()).unwrap(), Some(yes.len()));
        assert_eq!(consent(&yes.as_bytes()[..40]).unwrap(), None);
        assert!(consent(yes.replace("s3p", "S3P").as_bytes()).is_err());
        assert!(consent(b"HTTP/1.1 403 Forbidden\r\n\r\nno").is_err());
    }
}
