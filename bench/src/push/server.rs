//! Servers that push, as the measurement sees them, and zaibo as one of them.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use zaibo::error::Fault;
use zaibo::store::Store;

use super::sockets::{Hear, Heard, Subscription};
use crate::bench::fill;
use crate::child::Child;
use crate::connection::is_success;
use crate::load::Script;
use crate::scripts::{self, Seating};
use crate::usage;

/// Each request publishes one event, or one of several that the server may tell together.
pub(super) type Requests = Vec<Vec<u8>>;

/// A server that pushes events of rooms to readers.
pub(super) trait Server {
    fn address(&self) -> SocketAddr;

    /// The first of its processes.
    fn process(&self) -> u32;

    /// Lets people into their rooms, if it has members.
    fn seat(&self, seating: &Seating) -> Result<(), Fault>;

    /// How that person reads the events of a room.
    fn subscription(&self, room: usize, person: usize) -> Result<Subscription, Fault>;

    /// How its messages are understood.
    fn hear(&self) -> Hear;

    /// Whether an answer says that the event was taken.
    fn grants(&self) -> fn(&[u8]) -> bool;

    /// One event in a room.
    fn event(&self, room: usize) -> Result<Vec<u8>, Fault>;

    /// An event for each of these people, none of which makes another one needless.
    fn arrivals(&self, room: usize, people: Range<usize>) -> Result<Requests, Fault>;

    /// Events that make one large message: the people come and go in turn.
    fn crush(&self, room: usize, people: Range<usize>, nth: usize) -> Result<Requests, Fault>;

    /// The processor time of all its processes.
    fn cpu(&self) -> Result<Duration, Fault> {
        let family = usage::family(self.process())?;
        family.into_iter().map(usage::cpu).sum()
    }

    /// The memory of all its processes, in bytes.
    fn memory(&self) -> Result<u64, Fault> {
        let family = usage::family(self.process())?;
        family.into_iter().map(usage::proportional).sum()
    }
}

/// zaibo, where an event is a host's beat with another count of likes.
pub(super) struct Zaibo<'c> {
    pub(super) child: Child,
    /// The count of likes. It outlives the server, which remembers its last count.
    pub(super) likes: &'c Cell<u64>,
}

impl Server for Zaibo<'_> {
    fn address(&self) -> SocketAddr {
        self.child.target.address
    }

    fn process(&self) -> u32 {
        self.child.process()
    }

    fn seat(&self, seating: &Seating) -> Result<(), Fault> {
        fill(&self.child, seating.clone())
    }

    fn subscription(&self, room: usize, person: usize) -> Result<Subscription, Fault> {
        let (room, token) = (Store::seeded_room(room)?, scripts::token(person));
        Ok(Subscription {
            path: format!("/v2/rooms/{room}/events"),
            protocol: Some("zaibo.v1"),
            greeting: Some(format!(r#"{{"t":"auth","token":"{token}"}}"#)),
        })
    }

    fn hear(&self) -> Hear {
        hear
    }

    fn grants(&self) -> fn(&[u8]) -> bool {
        is_success
    }

    fn event(&self, room: usize) -> Result<Vec<u8>, Fault> {
        let likes = self.likes.replace(self.likes.get() + 1);
        scripts::likes(room, likes)
    }

    fn arrivals(&self, room: usize, people: Range<usize>) -> Result<Requests, Fault> {
        Ok(all(in_room(room, people).entering()))
    }

    fn crush(&self, room: usize, people: Range<usize>, nth: usize) -> Result<Requests, Fault> {
        let seating = in_room(room, people);
        Ok(match nth % 2 {
            0 => all(seating.entering()),
            _ => all(seating.leaving()),
        })
    }
}

fn in_room(room: usize, people: Range<usize>) -> Seating {
    Seating {
        rooms: room..room + 1,
        people,
    }
}

/// All requests of a script.
fn all(mut script: impl Script) -> Requests {
    let ask = || {
        let mut request = Vec::new();
        script.ask(0, &mut request).then_some(request)
    };
    std::iter::from_fn(ask).collect()
}

/// Understands a message of zaibo. Only its beginning is looked at, because the readers share the
/// machine with the server.
fn hear(message: &[u8], heard: &mut Heard) -> io::Result<()> {
    let head = &message[..message.len().min(120)];
    if head.starts_with(br#"{"t":"events""#) {
        let (from, to) = number(head, br#""from":"#)
            .zip(number(head, br#""to":"#))
            .ok_or_else(|| refused(head))?;
        if from > heard.position + 1 {
            heard.missed += from - heard.position - 1;
        }
        heard.position = heard.position.max(to);
    } else if head.starts_with(br#"{"t":"snapshot""#) {
        let seq = number(head, br#""seq":"#).ok_or_else(|| refused(head))?;
        heard.anew += u64::from(heard.position > 0);
        heard.position = seq;
    } else if head.starts_with(br#"{"t":"bye""#) || head.starts_with(br#"{"t":"err""#) {
        return Err(refused(head));
    }
    Ok(())
}

/// The number after a name.
fn number(head: &[u8], name: &[u8]) -> Option<u64> {
    let at = head.windows(name.len()).position(|part| part == name)?;
    let digits = head[at + name.len()..].iter();
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    let digit = |digit: &u8| u64::from(digit - b'0');
    digits
        .map(digit)
        .reduce(|number, digit| number * 10 + digit)
}

fn refused(head: &[u8]) -> io::Error {
    let said = String::from_utf8_lossy(head);
    io::Error::other(format!("zaibo says {said}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn a_reader_follows_the_position_and_counts_what_it_missed() {
        let mut heard = Heard::default();
        let mut hear = |message: &str| {
            hear(message.as_bytes(), &mut heard).unwrap();
            (heard.position, heard.missed, heard.anew)
        };
        let snapshot = r#"{"t":"snapshot","inc":"418.k3f9","seq":1024,"room":{}}"#;
        assert_eq!(hear(snapshot), (1024, 0, 0));
        let events = |from, to| {
            format!(r#"{{"t":"events","inc":"418.k3f9","from":{from},"to":{to},"events":[]}}"#)
        };
        assert_eq!(hear(&events(1025, 1027)), (1027, 0, 0));
        assert_eq!(hear(&events(1020, 1030)), (1030, 0, 0), "a part is known");
        assert_eq!(hear(r#"{"t":"pong","id":7}"#), (1030, 0, 0));
        assert_eq!(hear(&events(1041, 1042)), (1042, 10, 0), "ten are missing");
        assert_eq!(hear(&snapshot.replace("1024", "1100")), (1100, 10, 1));
    }

    #[test]
    fn a_reader_that_is_sent_away_fails() {
        let bye = br#"{"t":"bye","code":4403,"reason":"kicked","retry":false}"#;
        let cause = hear(bye, &mut Heard::default()).unwrap_err().to_string();
        assert!(cause.contains("4403"), "{cause}");
    }
}
