//! Hostile clients beside honest ones: whatever a stranger does, the others are served.
//!
//! Strangers come from an address of their own, `STRANGER`, unless the story is that they share one
//! with honest people. An honest client has to succeed nine times of ten.

mod answers;
mod heads;
mod invented;
mod log;
mod long;
mod passwords;
mod places;
mod rooms;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::raw::{Raw, request};

/// Where strangers come from. Everybody else comes from 127.0.0.1.
pub(crate) const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// Where honest people come from.
pub(crate) const HOME: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Something that strangers do until this is dropped.
pub(crate) struct Attack {
    over: Arc<AtomicBool>,
    rounds: Arc<AtomicU64>,
    strangers: Vec<JoinHandle<()>>,
}

impl Attack {
    /// So many strangers who do something again and again, each with a number.
    pub(crate) fn begin(
        strangers: usize,
        act: impl Fn(usize) + Send + Sync + Clone + 'static,
    ) -> Self {
        let (over, rounds) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let stranger = |number| {
            let (over, rounds, act) = (Arc::clone(&over), Arc::clone(&rounds), act.clone());
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    act(number);
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        let strangers = (0..strangers).map(stranger).collect();
        Self {
            over,
            rounds,
            strangers,
        }
    }

    /// How often it was done so far.
    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for stranger in self.strangers.drain(..) {
            // Strangers hold no promise: what became of one is of no interest.
            let _ = stranger.join();
        }
    }
}

/// A command from an address; its code, if there was an answer.
pub(crate) fn command_from(
    source: Ipv4Addr,
    to: SocketAddr,
    query: &str,
    fields: &Value,
) -> Option<i64> {
    let mut raw = Raw::try_connect_from(source, to).ok()?;
    raw.offer(command(query, fields));
    let response = raw.try_response().ok()?;
    Some(response.answer().code)
}

/// A command as bytes.
pub(crate) fn command(query: &str, fields: &Value) -> Vec<u8> {
    request("POST", &format!("/?{query}"), &[], fields.to_string())
}

/// An honest client tries something so often and has to succeed nine times of ten.
#[track_caller]
pub(crate) fn succeeds(tries: usize, mut attempt: impl FnMut(usize) -> i64) {
    let codes: Vec<i64> = (0..tries).map(&mut attempt).collect();
    let successes = codes.iter().filter(|code| **code == 0).count();
    assert!(10 * successes >= 9 * tries, "{codes:?}");
}
