//! Readers and a server of a few lines, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Heard, Sockets, Subscription};

const CONSENT: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Accepts as many readers, and lets each be served.
fn server(
    readers: usize,
    serve: fn(usize, TcpStream),
) -> (SocketAddr, JoinHandle<Vec<JoinHandle<()>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = move || {
        let accept = |nth| {
            let (mut stream, _) = listener.accept().unwrap();
            thread::spawn(move || {
                let request = until(&mut stream, b"\r\n\r\n");
                assert!(request.starts_with(b"GET /events HTTP/1.1\r\n"));
                stream.write_all(CONSENT).unwrap();
                serve(nth, stream);
            })
        };
        (0..readers).map(accept).collect()
    };
    (address, thread::spawn(accepting))
}

/// Reads up to these bytes.
fn until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut came = Vec::new();
    while !came.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        came.push(byte[0]);
    }
    came
}

fn message(text: &str) -> Vec<u8> {
    [&[0x81, text.len() as u8], text.as_bytes()].concat()
}

fn open(server: SocketAddr, readers: usize, greeting: Option<&str>) -> io::Result<Sockets> {
    let subscription = |_| Subscription {
        path: "/events".to_owned(),
        protocol: None,
        greeting: greeting.map(str::to_owned),
    };
    let hear = |_: &[u8], heard: &mut Heard| {
        heard.position += 1;
        Ok(())
    };
    Sockets::open(server, hear, (0..readers).map(subscription))
}

#[test]
fn readers_greet_answer_pings_and_put_the_parts_of_a_message_together() {
    let (address, accepted) = server(3, |_, mut stream| {
        // A masked frame: the head, the mask, and "hello".
        let mut greeting = [0; 11];
        stream.read_exact(&mut greeting).unwrap();
        assert_eq!(greeting[..2], [0x81, 0x85]);
        stream.write_all(&message("welcome")).unwrap();
        stream.write_all(&[0x89, 1, b'?']).unwrap();
        let mut pong = [0; 7];
        stream.read_exact(&mut pong).unwrap();
        assert_eq!(pong[..2], [0x8a, 0x81]);
        let events = [message("one"), message("two")].concat();
        for part in events.chunks(3) {
            stream.write_all(part).unwrap();
            thread::sleep(Duration::from_millis(5));
        }
        until(&mut stream, b"never");
    });
    let mut sockets = open(address, 3, Some("hello")).unwrap();
    sockets.expect(2);
    sockets.wait().unwrap();
    let positions: Vec<_> = sockets.heard().map(|heard| heard.position).collect();
    assert_eq!(positions, [3, 3, 3], "the welcome and two events");
    assert_eq!((sockets.bytes(), sockets.sample()), (39, &b"two"[..]));
    assert_eq!(accepted.join().unwrap().len(), 3);
}

#[test]
fn a_reader_that_reads_no_more_is_not_waited_for() {
    let (address, _accepted) = server(2, |nth, mut stream| {
        stream.write_all(&message("welcome")).unwrap();
        thread::sleep(Duration::from_millis(100));
        if nth == 1 {
            stream.write_all(&message("one")).unwrap();
        }
        until(&mut stream, b"never");
    });
    let mut sockets = open(address, 2, None).unwrap();
    sockets.neglect(0..1).unwrap();
    sockets.expect(1);
    sockets.wait().unwrap();
    assert_eq!(sockets.heard().count(), 1);
}

#[test]
fn a_server_that_ends_a_socket_is_noticed() {
    let says_so = |_, mut stream: TcpStream| {
        stream.write_all(&[0x88, 2, 3, 232]).unwrap();
        // The reader closes without a word.
        assert!(stream.read(&mut [0]).is_ok_and(|read| read == 0));
    };
    let falls_silent = |_, _| {};
    for serve in [says_so as fn(usize, TcpStream), falls_silent] {
        let (address, _accepted) = server(1, serve);
        // It may end while the others open.
        let read = open(address, 1, None).and_then(|mut all| all.idle(Duration::from_secs(10)));
        assert!(read.is_err());
    }
}
