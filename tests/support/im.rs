//! A fake of the cloud's messaging service. As its REST interface is documented, it always answers
//! 200, and the body holds the outcome of the request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const OK: &str = r#"{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}"#;

/// The service's answer to every request.
pub(crate) enum Says {
    /// This body.
    Body(String),
    /// A redirect to this address.
    Moved(String),
    /// No answer; the connection stays open.
    Nothing,
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The request line: `POST /path?query`.
    pub(crate) line: String,
    pub(crate) body: String,
}

/// A fake service on a port of its own. It ends on drop.
pub(crate) struct FakeIm {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    ended: Arc<AtomicBool>,
}

impl FakeIm {
    pub(crate) fn start(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let im = Self {
            address: listener.local_addr().expect("an address"),
            asked: Arc::default(),
            ended: Arc::default(),
        };
        let (asked, ended) = (im.asked.clone(), im.ended.clone());
        thread::spawn(move || {
            let mut kept = Vec::new();
            for line in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::Acquire) {
                    return;
                }
                let Some(request) = read(&line) else { continue };
                asked.lock().expect("requests").push(request);
                match &says {
                    Says::Body(body) => answer(line, "200 OK", "", body),
                    Says::Moved(to) => {
                        answer(line, "302 Found", &format!("Location: {to}\r\n"), "")
                    }
                    Says::Nothing => kept.push(line),
                }
            }
        });
        im
    }

    /// A service that answers every request with success.
    pub(crate) fn willing() -> Self {
        Self::start(Says::Body(OK.to_owned()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("requests").clone()
    }
}

impl Drop for FakeIm {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        // The thread checks `ended` only when a connection arrives.
        let _ = TcpStream::connect(self.address);
    }
}

impl Asked {
    /// The value of a parameter in the query.
    pub(crate) fn query(&self, name: &str) -> String {
        let target = self.line.split(' ').nth(1).expect("a target");
        let (_, query) = target.split_once('?').expect("a query");
        form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known == name)
            .unwrap_or_else(|| panic!("no {name} in {query}"))
            .1
            .into_owned()
    }
}

fn read(line: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(line);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        line: first.trim_end().to_owned(),
        body: String::from_utf8(body).ok()?,
    })
}

fn answer(mut line: TcpStream, status: &str, headers: &str, body: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    );
    // The client may have closed the connection.
    let _ = line.write_all(answer.as_bytes());
}
