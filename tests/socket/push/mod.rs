//! Push over real connections: WebSockets, SSE and long polls beside commands of old clients. Here is what reads
//! them; the stories are in the files of this folder.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::client::User;
use crate::raw::{Raw, head};
use crate::server::TIMEOUT;

mod hostile;
mod own;
mod reading;

/// A client's WebSocket, over a socket or over TLS.
pub(crate) struct Socket<S = TcpStream>(WebSocket<S>);

impl Socket {
    /// Shakes hands at that path.
    fn open(address: SocketAddr, path: &str) -> Self {
        Self::try_open(address, path).expect("a handshake")
    }

    fn try_open(address: SocketAddr, path: &str) -> Result<Self, u16> {
        let tcp = TcpStream::connect(address).expect("a connection");
        tcp.set_read_timeout(Some(TIMEOUT)).expect("a socket");
        Self::over(tcp, &format!("ws://{address}{path}"))
    }

    /// Reads a room from the beginning, or from a position.
    fn read(user: &User, room: i64, since: Option<&str>) -> Self {
        Self::begin(user, &events(room), since, None)
    }

    /// Reads at that path, behind what was seen there and, with `you`, of the own stream.
    fn begin(user: &User, path: &str, since: Option<&str>, you: Option<&str>) -> Self {
        let mut socket = Self::open(user.client.address, path);
        let token = &user.token;
        socket.send(&json!({"t": "auth", "token": token, "since": since, "you": you}));
        socket
    }
}

impl<S: Read + Write> Socket<S> {
    /// Shakes hands over a connection that is there. If the server refuses, the status of its answer.
    pub(crate) fn over(stream: S, url: &str) -> Result<Self, u16> {
        let mut asked = url.into_client_request().expect("a request");
        let name = "zaibo.v1".parse().expect("a value");
        asked.headers_mut().insert("Sec-WebSocket-Protocol", name);
        match tungstenite::client(asked, stream) {
            Ok((socket, answer)) => {
                assert_eq!(answer.headers()["sec-websocket-protocol"], "zaibo.v1");
                Ok(Self(socket))
            }
            Err(HandshakeError::Failure(Error::Http(answer))) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) fn send(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).expect("sent");
    }

    /// The next frame.
    pub(crate) fn next(&mut self) -> Value {
        loop {
            match self.0.read().expect("a frame") {
                Message::Text(text) => break serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other}"),
            }
        }
    }

    /// The next frame of that kind.
    pub(crate) fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next();
            if frame["t"] == kind {
                break frame;
            }
        }
    }

    /// The next event of that type.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next_of("events");
            let events = frame["events"].as_array().expect("events");
            if let Some(event) = events.iter().find(|event| event["type"] == kind) {
                break event.clone();
            }
        }
    }

    /// The code with which the server closes, after a frame that says the same.
    pub(crate) fn closed(&mut self) -> u16 {
        let bye = self.next_of("bye");
        loop {
            match self.0.read().expect("a close") {
                Message::Close(Some(close)) => {
                    let code = u16::from(close.code);
                    assert_eq!(bye["code"], code, "{bye}");
                    assert_eq!(bye["reason"].as_str(), Some(close.reason.as_str()));
                    break code;
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other}"),
            }
        }
    }
}

pub(crate) fn events(room: i64) -> String {
    format!("/v2/rooms/{room}/events")
}

/// The host beats, with a count of likes.
fn like(host: &User, room: i64, likes: i64) {
    let beat = json!({"roomnum": room, "role": 1, "thumbup": likes});
    host.live("heartbeat", beat).is(0);
}

/// A request of the live API that succeeds.
fn v2(user: &User, method: &str, path: &str, body: &str) -> Value {
    let (bearer, length) = (format!("Bearer {}", user.token), body.len().to_string());
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Length", &length),
    ];
    let mut raw = Raw::connect(user.client.address);
    raw.send(head(method, path, &headers));
    raw.send(body);
    let answer = raw.response();
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Where a frame leaves its reader.
fn position(frame: &Value) -> String {
    let seq = if frame["to"].is_u64() {
        &frame["to"]
    } else {
        &frame["seq"]
    };
    format!("{}:{seq}", frame["inc"].as_str().expect("a count"))
}

/// A stream of server-sent events.
struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(user: &User, path: &str, headers: &[(&str, &str)]) -> Self {
        let bearer = format!("Bearer {}", user.token);
        let mut all = vec![
            ("Authorization", bearer.as_str()),
            ("Accept", "text/event-stream"),
        ];
        all.extend_from_slice(headers);
        let mut tcp = TcpStream::connect(user.client.address).expect("a connection");
        tcp.set_read_timeout(Some(TIMEOUT)).expect("a socket");
        let asked = head("GET", path, &all);
        tcp.write_all(&asked).expect("sent");
        Self(BufReader::new(tcp))
    }

    /// The data of the next event of that name.
    fn next_of(&mut self, wanted: &str) -> Value {
        loop {
            let (name, _, data) = self.next();
            if name == wanted {
                break data;
            }
        }
    }

    /// The next event: its name, its id and its data.
    fn next(&mut self) -> (String, String, Value) {
        let (mut name, mut id) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("a line");
            assert!(!line.is_empty(), "the stream ended");
            let line = line.trim_end();
            if let Some(text) = line.strip_prefix("event: ") {
                name = text.to_owned();
            } else if let Some(text) = line.strip_prefix("id: ") {
                id = text.to_owned();
            } else if let Some(text) = line.strip_prefix("data: ") {
                return (name, id, serde_json::from_str(text).expect("JSON"));
            }
        }
    }
}
