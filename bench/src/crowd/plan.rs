//! The plan of a crowd: all its people, from one seed, and a fingerprint of all their decisions.

use std::fmt::Write;
use std::time::Duration;

use fastrand::Rng;
use sha2::{Digest, Sha256};

use super::actor::Client;
use super::people::{Act, Host, Person, Viewer};

/// The people of a crowd: first the hosts, then the viewers.
pub(crate) fn people(seed: u64, rooms: usize, viewers: usize, span: Duration) -> Vec<Person> {
    let mut rng = Rng::with_seed(seed);
    let host = |rng: &mut Rng| Person::Host(Host::new(rng.fork(), span));
    let mut people: Vec<_> = (0..rooms).map(|_| host(&mut rng)).collect();
    let viewer = |rng: &mut Rng| Person::Viewer(Viewer::new(rng.fork(), span, rooms));
    people.extend((0..viewers).map(|_| viewer(&mut rng)));
    people
}

/// What the clients of these people speak: so large a share of them the live API, and so large a share of
/// those is told of rooms by WebSocket. It is decided apart from what people do.
pub(crate) fn clients(seed: u64, people: usize, modern: f64, listening: f64) -> Vec<Client> {
    let mut rng = Rng::with_seed(!seed);
    let mut client = || match (rng.f64() < modern, rng.f64() < listening) {
        (false, _) => Client::Old,
        (true, false) => Client::Modern,
        (true, true) => Client::Listening,
    };
    (0..people).map(|_| client()).collect()
}

/// A short text that is the same for the same decisions, and hardly ever for others.
pub(crate) fn fingerprint(people: &[Person], clients: &[Client]) -> String {
    let mut hash = Sha256::new();
    for (who, (person, client)) in people.iter().zip(clients).enumerate() {
        hash.update([*client as u8]);
        for step in person.clone() {
            let (number, detail) = match step.act {
                Act::GoLive => (0, 0),
                Act::EndLive => (1, 0),
                Act::Enter { room } => (2, room as u64),
                Act::Beat => (3, 0),
                Act::Like { count } => (4, count.into()),
                Act::Leave => (5, 0),
                Act::Lose => (6, 0),
                Act::Return => (7, 0),
                Act::OnMic => (8, 0),
                Act::OffMic => (9, 0),
            };
            let at = u64::try_from(step.at.as_millis()).unwrap_or(u64::MAX);
            for part in [who as u64, at, number, detail] {
                hash.update(part.to_le_bytes());
            }
        }
    }
    let mut text = String::new();
    for byte in &hash.finalize()[..6] {
        // Writing to memory does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::mem::{Discriminant, discriminant};

    use super::*;
    use crate::crowd::people::BEAT;

    const SPAN: Duration = Duration::from_secs(300);

    fn crowd(seed: u64) -> Vec<Person> {
        people(seed, 5, 300, SPAN)
    }

    #[test]
    fn the_same_seed_makes_the_same_decisions_and_another_seed_others() {
        let print = |seed, modern| {
            let clients = clients(7, 305, modern, 0.5);
            fingerprint(&crowd(seed), &clients)
        };
        assert_eq!(print(7, 0.5), print(7, 0.5));
        assert_ne!(print(7, 0.5), print(8, 0.5));
        assert_ne!(print(7, 0.5), print(7, 0.4));
        let steps = |seed| crowd(seed).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(steps(7), steps(7));
        assert_ne!(steps(7), steps(8));
    }

    #[test]
    fn as_many_speak_the_live_api_and_listen_as_they_should() {
        let count = |modern, listening, client| {
            let all = clients(7, 1000, modern, listening);
            all.into_iter().filter(|known| *known == client).count()
        };
        assert_eq!(count(0.0, 1.0, Client::Old), 1000);
        assert_eq!(count(1.0, 0.0, Client::Modern), 1000);
        assert_eq!(count(1.0, 1.0, Client::Listening), 1000);
        assert!((400..600).contains(&count(0.5, 0.5, Client::Old)));
        assert!((200..300).contains(&count(0.5, 0.5, Client::Listening)));
    }

    #[test]
    fn everybody_acts_in_order_and_beats_in_time_while_they_have_a_network() {
        let mut kinds: Vec<Discriminant<Act>> = Vec::new();
        for person in crowd(7) {
            let is_host = matches!(person, Person::Host(_));
            let (mut last, mut is_in, mut sign) = (Duration::ZERO, false, Duration::ZERO);
            for step in person {
                assert!(step.at >= last && step.at <= SPAN, "{step:?}");
                last = step.at;
                assert!(!is_in || step.at <= sign + BEAT, "{step:?}");
                match step.act {
                    Act::GoLive | Act::Enter { .. } | Act::Return => is_in = true,
                    Act::EndLive | Act::Leave | Act::Lose => is_in = false,
                    Act::Beat | Act::OnMic | Act::OffMic => {}
                    Act::Like { .. } => continue,
                }
                sign = step.at;
                if !kinds.contains(&discriminant(&step.act)) {
                    kinds.push(discriminant(&step.act));
                }
            }
            assert!(!is_host || !is_in, "every live is ended");
        }
        assert_eq!(kinds.len(), 9, "somebody does each of these things");
    }

    #[test]
    fn all_rooms_have_viewers_and_the_first_one_has_the_most() {
        let steps = crowd(7).into_iter().flatten();
        let rooms = steps.filter_map(|step| match step.act {
            Act::Enter { room } => Some(room),
            _ => None,
        });
        let rooms: Vec<_> = rooms.collect();
        let entries = |room| rooms.iter().filter(|known| **known == room).count();
        assert_eq!(rooms.iter().collect::<BTreeSet<_>>().len(), 5);
        assert!((1..5).all(|room| entries(room) < entries(0)));
    }
}
