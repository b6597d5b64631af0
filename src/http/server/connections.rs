//! All connections of a worker, and the watch over them. It closes the connections of clients that
//! do not read, do not finish a request, or hold an idle place that others need.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use ipnet::IpNet;

use super::activity::{Activity, Cut, Doing};
use crate::http::state::Shared;
use crate::metrics::Ongoing;
use crate::service::{Client, Network};

/// The length of one turn of the watch.
const TURN: Duration = Duration::from_secs(1);

/// After how many turns a client that takes nothing of its answer is closed.
const STALLED: u64 = 10;

/// How many turns a client has for the head of a request. This is longer than the time between two
/// beats, because some clients send a stray line end after a body. The body has its own time limit.
const SLOW: u64 = 20;

/// For how many turns an idle connection is kept. Clients beat every 5 or 10 seconds.
const IDLE: u64 = 75;

/// For how many turns a connection has to be idle before its place may be given to another client.
const CROWDED: u64 = 2;

/// The reasons of the metrics beside those of the watch: the network has too many connections, or what
/// came is no handshake, or the client does not accept the certificate.
const TOO_MANY: &str = "too_many";

/// Every reason for which the server ends connections, as the metrics name it.
pub const CUTS: [&str; 7] = [
    Cut::Stalled.as_str(),
    Cut::Slow.as_str(),
    Cut::Idle.as_str(),
    Cut::Crowded.as_str(),
    TOO_MANY,
    "handshake",
    "certificate",
];

/// Limits the connections of each network, over all workers.
pub(super) struct Peers {
    most: usize,
    exempt: Vec<IpNet>,
    counts: DashMap<Network, usize>,
}

/// A connection that is counted for its network until this is dropped.
pub(super) struct Counted {
    peers: Arc<Peers>,
    network: Network,
}

impl Peers {
    /// Allows `most` connections for each network; 0 means no limit. Connections from loopback or
    /// from an `exempt` network are not counted.
    pub(super) fn new(most: usize, exempt: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self {
            most,
            exempt,
            counts: DashMap::new(),
        })
    }

    /// Counts a connection, or fails if its network has too many.
    fn count(self: &Arc<Self>, address: IpAddr) -> Result<Option<Counted>, Full> {
        let client = Client::at(address);
        let address = address.to_canonical();
        let is_exempt = || self.exempt.iter().any(|network| network.contains(&address));
        if self.most == 0 || client.is_loopback() || is_exempt() {
            return Ok(None);
        }
        let network = client.network();
        let mut count = self.counts.entry(network).or_insert(0);
        if *count >= self.most {
            return Err(Full);
        }
        *count += 1;
        Ok(Some(Counted {
            peers: Arc::clone(self),
            network,
        }))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.peers.counts.entry(self.network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// The network has as many connections as it may have.
#[derive(Debug)]
pub(super) struct Full;

/// The connections of one worker.
pub(super) struct Connections {
    shared: Arc<Shared>,
    peers: Arc<Peers>,
    /// The number of connections that the worker accepts; further ones wait.
    places: usize,
    /// The present turn.
    now: Rc<Cell<u64>>,
    open: RefCell<BTreeMap<u64, Rc<Activity>>>,
    next: Cell<u64>,
}

/// The place of a connection. It is free again when this is dropped.
pub(super) struct Place {
    connections: Rc<Connections>,
    id: u64,
    activity: Rc<Activity>,
    counted: Option<Counted>,
    /// For the metrics.
    _open: Ongoing,
}

impl Place {
    /// The activity of the connection.
    pub(super) fn activity(&self) -> &Rc<Activity> {
        &self.activity
    }

    /// Gives the place back, but still counts the connection for its network until this is dropped.
    pub(super) fn leave(mut self) -> Option<Counted> {
        self.counted.take()
    }

    /// Counts that the server ends this connection, because of what the client sent.
    pub(super) fn refuse(&self, why: &'static str) {
        let metrics = &self.connections.shared.service.metrics;
        metrics.connection_cut(why);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.borrow_mut().remove(&self.id);
    }
}

impl Connections {
    /// Creates the connections of a worker with `places` places, and starts the watch over them.
    pub(super) fn watched(shared: Arc<Shared>, peers: Arc<Peers>, places: usize) -> Rc<Self> {
        let connections = Rc::new(Self {
            shared,
            peers,
            places,
            now: Rc::default(),
            open: RefCell::default(),
            next: Cell::default(),
        });
        let watched = Rc::clone(&connections);
        rt::spawn(async move {
            loop {
                tokio::time::sleep(TURN).await;
                watched.look();
            }
        });
        connections
    }

    /// Gives a new connection a place.
    ///
    /// # Errors
    /// [`Full`] if the client's network has too many connections.
    pub(super) fn admit(self: &Rc<Self>, address: Option<IpAddr>) -> Result<Place, Full> {
        let counted = match address.map(|address| self.peers.count(address)) {
            None => None,
            Some(Ok(counted)) => counted,
            Some(Err(full)) => {
                let Shared {
                    service, warnings, ..
                } = &*self.shared;
                service.metrics.connection_cut(TOO_MANY);
                let client = address.map_or(Client::Unknown, Client::at);
                warnings.crowded(client, service.clock.now());
                return Err(full);
            }
        };
        let id = self.next.replace(self.next.get() + 1);
        let activity = Activity::new(&self.now);
        self.open.borrow_mut().insert(id, Rc::clone(&activity));
        Ok(Place {
            connections: Rc::clone(self),
            id,
            activity,
            counted,
            _open: self.shared.service.metrics.connection(),
        })
    }

    /// Begins the next turn and ends the connections that are overdue.
    fn look(&self) {
        self.now.set(self.now.get() + 1);
        let open = self.open.borrow();
        for (activity, why) in overdue(open.values(), self.now.get(), self.places) {
            let Shared {
                service, warnings, ..
            } = &*self.shared;
            service.metrics.connection_cut(why.as_str());
            if why == Cut::Crowded {
                warnings.filling(service.clock.now());
            }
            activity.cut(why);
        }
    }
}

/// The connections whose present activity has lasted too long. If more than three quarters of the
/// places are taken, the longest idle connections are added until only three quarters are left.
fn overdue<'a>(
    open: impl ExactSizeIterator<Item = &'a Rc<Activity>>,
    now: u64,
    places: usize,
) -> Vec<(&'a Activity, Cut)> {
    let wanted = open.len().saturating_sub(places - places / 4);
    let mut overdue = Vec::new();
    let mut idle = Vec::new();
    for activity in open {
        let (doing, since) = activity.doing();
        let turns = now.saturating_sub(since);
        match doing {
            Doing::Blocked if turns > STALLED => overdue.push((&**activity, Cut::Stalled)),
            Doing::Receiving if turns > SLOW => overdue.push((&**activity, Cut::Slow)),
            Doing::Nothing if turns > IDLE => overdue.push((&**activity, Cut::Idle)),
            Doing::Nothing if wanted > 0 && turns >= CROWDED => idle.push((since, &**activity)),
            _ => {}
        }
    }
    idle.sort_by_key(|(since, _)| *since);
    let longest = idle.into_iter().take(wanted);
    overdue.extend(longest.map(|(_, activity)| (activity, Cut::Crowded)));
    overdue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_so_many_connections_and_gets_its_places_back() {
        let exempt = vec!["198.51.100.0/24".parse().expect("a network")];
        let peers = Peers::new(3, exempt);
        let come = |address: &str| peers.count(address.parse().expect("an address"));
        let mut held: Vec<_> = (1..=3)
            .map(|n| come(&format!("2001:db8::{n}")).expect("a place"))
            .collect();
        assert!(come("2001:db8::4").is_err());
        let other = [come("2001:db8:0:1::1"), come("192.0.2.1")];
        assert!(other.iter().all(Result::is_ok));
        held.pop();
        assert!(come("2001:db8::4").is_ok());
        drop((held, other));
        assert!(peers.counts.is_empty());
        for address in [
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "198.51.100.7",
            "::ffff:198.51.100.7",
        ] {
            let come = (0..10).map(|_| come(address)).collect::<Vec<_>>();
            assert!(come.iter().all(Result::is_ok), "{address}");
        }
    }

    #[test]
    fn no_limit_is_no_limit() {
        let peers = Peers::new(0, Vec::new());
        let come = || peers.count([192, 0, 2, 1].into());
        let held: Vec<_> = (0..10_000).map(|_| come()).collect();
        assert!(held.iter().all(Result::is_ok));
    }

    /// Connections that have been idle since these turns.
    fn idle_since(turns: &[u64]) -> Vec<Rc<Activity>> {
        let idle = |turn: &u64| Activity::new(&Rc::new(Cell::new(*turn)));
        turns.iter().map(idle).collect()
    }

    fn cuts(open: &[Rc<Activity>], now: u64, places: usize) -> Vec<(u64, Cut)> {
        let overdue = overdue(open.iter(), now, places).into_iter();
        overdue
            .map(|(activity, why)| (activity.doing().1, why))
            .collect()
    }

    #[test]
    fn idle_connections_are_kept_for_long_while_there_is_room() {
        let open = idle_since(&[0, 10, 20]);
        assert_eq!(cuts(&open, 75, 100), []);
        assert_eq!(cuts(&open, 76, 100), [(0, Cut::Idle)]);
    }

    #[test]
    fn the_longest_idle_make_room_when_three_quarters_are_taken() {
        let open = idle_since(&[40, 7, 49, 3, 50, 12, 30]);
        assert_eq!(cuts(&open, 50, 10), []);
        let crowded = |turn| (turn, Cut::Crowded);
        assert_eq!(cuts(&open, 50, 8), [crowded(3)]);
        assert_eq!(cuts(&open, 50, 4), [3, 7, 12, 30].map(crowded));
        // Connections that have just opened or are being answered are left alone.
        let serving: Vec<_> = open.iter().map(Activity::serve).collect();
        assert_eq!(cuts(&open, 50, 4), []);
        drop(serving);
    }
}
