//! Raw connections: requests are sent byte for byte, and answers are read without interpretation.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::client::Answer;
use crate::server::TIMEOUT;

/// One connection, over a socket or over TLS.
pub(crate) struct Raw<S: Read = TcpStream> {
    stream: BufReader<S>,
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn connect(to: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&to, TIMEOUT).expect("a connection"))
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self::of(stream)
    }

    /// Connects from another address of this machine, which owns all of 127.0.0.0/8.
    pub(crate) fn connect_from(source: impl Into<IpAddr>, to: SocketAddr) -> Self {
        Self::try_connect_from(source, to).expect("a connection")
    }

    /// Connects from another address to a server that may be busy.
    pub(crate) fn try_connect_from(source: impl Into<IpAddr>, to: SocketAddr) -> io::Result<Self> {
        let source = source.into();
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
        if source != Ipv4Addr::LOCALHOST {
            socket.bind(&SocketAddr::from((source, 0)).into())?;
            // After a normal close, a bound port stays in use for a minute, and the number of ports
            // is limited.
            socket.set_linger(Some(Duration::ZERO))?;
        }
        socket.connect_timeout(&to.into(), TIMEOUT)?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        Ok(Self::over(socket.into()))
    }

    /// Sends as many bytes as fit into the socket, and returns their number.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.get_mut().write(bytes)
    }

    /// A second handle of the connection, to send while another thread reads.
    pub(crate) fn other_half(&self) -> Self {
        let stream = self.stream.get_ref().try_clone().expect("a socket");
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// From now on no operation blocks.
    pub(crate) fn hurry(&mut self) {
        let socket = self.stream.get_mut();
        socket.set_nonblocking(true).expect("a socket");
    }
}

impl<S: Read + Write> Raw<S> {
    /// A connection that is there already.
    pub(crate) fn of(stream: S) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// What the connection consists of.
    pub(crate) fn inner(&mut self) -> &mut S {
        self.stream.get_mut()
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = self.stream.get_mut().write_all(bytes.as_ref());
        sent.expect("the server takes what is sent");
    }

    /// Sends bytes that the server may refuse.
    pub(crate) fn offer(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.get_mut().write_all(bytes.as_ref());
    }

    /// The next answer, which has to arrive.
    pub(crate) fn response(&mut self) -> Response {
        self.try_response().expect("an answer")
    }

    pub(crate) fn try_response(&mut self) -> io::Result<Response> {
        let first = self.line()?;
        let odd = || io::Error::new(io::ErrorKind::InvalidData, first.clone());
        let status = first.split(' ').nth(1).ok_or_else(odd)?;
        let status = status.parse().map_err(|_| odd())?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(odd)?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        if response.header("transfer-encoding") == "chunked" {
            self.read_chunks(&mut response.body)?;
        } else if let Ok(length) = response.header("content-length").parse() {
            response.body.resize(length, 0);
            self.stream.read_exact(&mut response.body)?;
        }
        Ok(response)
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let length = usize::from_str_radix(&self.line()?, 16);
            let length = length.map_err(io::Error::other)?;
            let from = body.len();
            body.resize(from + length, 0);
            self.stream.read_exact(&mut body[from..])?;
            self.line()?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl Response {
    /// The value of a header; empty if it is absent. It may not occur twice.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map_or("", |(_, value)| value);
        assert!(values.next().is_none(), "{name} stands twice");
        value
    }

    /// The answer to a command, after the checks that apply to every answer.
    pub(crate) fn answer(&self) -> Answer {
        Answer::checked(self.status, |name| self.header(name).to_owned(), &self.body)
    }
}

/// A request with a body and its `Content-Length`.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Vec<u8> {
    let body = body.as_ref();
    let mut request = head(method, path, headers);
    let end = request.len() - 2;
    request.truncate(end);
    request.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
    request.extend(body);
    request
}

/// A request up to its body.
pub(crate) fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: zaibo.test\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}
