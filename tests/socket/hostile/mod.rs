//! Hostile clients beside honest ones: no stranger keeps the others from being served.
//!
//! Strangers come from an address of their own, `STRANGER`, unless the test lets them share an
//! address with honest users. An honest client has to succeed nine times out of ten.

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

/// The address of strangers. All other clients come from 127.0.0.1.
pub(crate) const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// The address of honest users.
pub(crate) const HOME: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// An attack that lasts until this is dropped.
pub(crate) struct Attack {
    over: Arc<AtomicBool>,
    rounds: Arc<AtomicU64>,
    strangers: Vec<JoinHandle<()>>,
}

impl Attack {
    /// Starts `strangers` threads that repeat an action; each thread has a number.
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

    /// How often the action has been done so far.
    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for stranger in self.strangers.drain(..) {
            // A stranger may fail, so the result does not matter.
            let _ = stranger.join();
        }
    }
}

/// Sends a command from an address. Returns the code, if there was an answer.
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

/// An honest client tries `tries` times and has to succeed nine times out of ten.
#[track_caller]
pub(crate) fn succeeds(tries: usize, mut attempt: impl FnMut(usize) -> i64) {
    let codes: Vec<i64> = (0..tries).map(&mut attempt).collect();
    let successes = codes.iter().filter(|code| **code == 0).count();
    assert!(10 * successes >= 9 * tries, "{codes:?}");
}
