//! Readers that never read while much is published, beside readers in good health: what a stuck reader
//! costs, and whether the others miss anything.

use std::time::Duration;

use zaibo::error::Fault;

use super::scenes::{Scene, reading, seat_hosts};
use super::server::Server;
use crate::usage;

const ROOM: usize = 2;
const READERS: usize = 5_000;
const PASSERS: usize = 6_000;

/// People who read, those of them whose sockets are stuck as well, and people who come and go: fewer
/// than would make a room tell only their number.
const PEOPLE: usize = 50;
const COMING: usize = 400;

/// Of as many sockets one is stuck, and for as many there is one large message.
const ALL_TO_STUCK: usize = 50;
const ALL_TO_MESSAGES: usize = 20;

/// Readers in good health.
const HEALTHY: usize = 50;

/// The time between two large messages: longer than zaibo collects events.
const BETWEEN: Duration = Duration::from_millis(110);

/// After how many messages the memory is measured.
const LOOK: usize = 10;

/// Seconds to wait for the last message.
const PATIENCE: u32 = 20;

/// What stuck readers cost a server, at most.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stuck {
    /// How many readers are stuck.
    pub(super) readers: usize,
    /// Bytes that were published to each.
    pub(super) published: f64,
    /// Memory of the server for each, in bytes.
    pub(super) memory: f64,
    /// Memory of the kernel for each: what is sent and not taken, in bytes.
    pub(super) kernel: f64,
    /// Events that readers in good health missed, and nothing said so.
    pub(super) missed: u64,
    /// How often these readers were told everything anew.
    pub(super) anew: u64,
}

/// Measures a server that has no readers yet, with a share of that many sockets. Returns also a large
/// message.
///
/// # Errors
/// If it fails, or ends the socket of a reader in good health.
pub(super) fn measure(server: &dyn Server, sockets: usize) -> Result<(Stuck, Vec<u8>), Fault> {
    let stuck = sockets / ALL_TO_STUCK;
    seat_hosts(server)?;
    let people = READERS..READERS + PEOPLE;
    let mut scene = Scene::in_one_room(server, ROOM, people, stuck + HEALTHY)?;
    let publish = |scene: &mut Scene<'_>, nth| {
        let requests = server.crush(ROOM, PASSERS..PASSERS + COMING, nth)?;
        scene.publish(&requests)?;
        scene.confirm()?;
        scene.sockets.idle(BETWEEN).map_err(reading)?;
        Ok(requests.len() as u64)
    };
    // What the server needs for the people is no matter of the readers.
    for nth in 0..2 {
        publish(&mut scene, nth)?;
    }
    scene.sockets.neglect(0..stuck).map_err(reading)?;
    let (memory, bytes) = (server.memory()?, scene.sockets.bytes());
    let positions: Vec<_> = scene.sockets.heard().collect();
    let port = server.address().port();
    let (mut most, mut unsent, mut events) = (memory, 0, 0);
    let mut message = Vec::new();
    for nth in 0..sockets / ALL_TO_MESSAGES {
        events += publish(&mut scene, nth)?;
        if message.len() < scene.sockets.sample().len() {
            message = scene.sockets.sample().to_vec();
        }
        if nth % LOOK == 0 {
            most = most.max(server.memory()?);
            unsent = unsent.max(usage::unsent(port)?);
        }
    }
    let all_came = |scene: &Scene<'_>| {
        let mut pairs = positions.iter().zip(scene.sockets.heard());
        pairs.all(|(before, heard)| heard.position >= before.position + events)
    };
    // What comes late is not missed.
    for _ in 0..PATIENCE {
        if !all_came(&scene) {
            scene
                .sockets
                .idle(Duration::from_secs(1))
                .map_err(reading)?;
        }
    }
    let mut figures = Stuck {
        readers: stuck,
        published: (scene.sockets.bytes() - bytes) as f64 / HEALTHY as f64,
        memory: (most - memory) as f64 / stuck as f64,
        kernel: unsent as f64 / stuck as f64,
        ..Stuck::default()
    };
    for (before, heard) in positions.iter().zip(scene.sockets.heard()) {
        let came = heard.position - before.position;
        figures.missed += heard.missed - before.missed + events.saturating_sub(came);
        figures.anew += heard.anew - before.anew;
    }
    Ok((figures, message))
}
