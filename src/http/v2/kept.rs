//! The answers that are kept for requests with an idempotency key, in memory.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::domain::{Moment, Uid};
use crate::service::Network;

/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_secs(10 * 60);

/// The keys that are kept at most, for answers of up to this many bytes; a larger one takes the place of
/// several. So the answers take 100 MB at most.
const KEYS: u64 = 100_000;
const USUAL_BYTES: usize = 1024;

/// The keys of one sender that are kept at most, so that nobody can drive out those of others.
const KEYS_EACH: usize = 128;

/// The senders of whom this is known at most. Whoever is forgotten begins to be counted anew.
const SENDERS: u64 = 10_000;

/// The largest answer that is kept.
const LARGEST: usize = 64 * 1024;

/// Who sends a request: nobody gets an answer that was for somebody else.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    /// A user or a guest.
    Viewer(Uid),
    /// Somebody without a token.
    Network(Network),
}

/// Where an answer is kept: by its sender and their key.
pub(super) type Place = (Sender, HeaderValue);

/// The answers, each at its place.
pub(super) struct KeptAnswers {
    slots: Cache<Place, Slot>,
    /// The keys of each sender, oldest first.
    keys: Cache<Sender, Arc<std::sync::Mutex<VecDeque<HeaderValue>>>>,
    /// Makes the marks of requests. It is random, because requests may hold passwords.
    marks: RandomState,
}

/// The turn of one request at its place: the others there wait until this is dropped.
pub(super) struct Turn {
    place: Place,
    answer: OwnedMutexGuard<Option<Answer>>,
}

#[derive(Clone, Default)]
struct Slot {
    answer: Arc<Mutex<Option<Answer>>>,
    /// How much of the whole it takes.
    weight: u32,
}

/// An answer.
pub(super) struct Answer {
    /// What tells its request from others.
    pub(super) mark: u64,
    pub(super) at: Moment,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The number of its problem; 0 if it is none.
    pub(super) number: i32,
}

impl Default for KeptAnswers {
    fn default() -> Self {
        let slots = Cache::builder()
            .max_capacity(KEYS)
            .weigher(|_, slot: &Slot| slot.weight.max(1))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(KEPT_FOR);
        let keys = Cache::builder()
            .max_capacity(SENDERS)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(KEPT_FOR);
        Self {
            slots: slots.build(),
            keys: keys.build(),
            marks: RandomState::new(),
        }
    }
}

impl KeptAnswers {
    /// What tells a request from others with the same key.
    pub(super) fn mark(&self, path: &str, body: &[u8]) -> u64 {
        self.marks.hash_one((path, body))
    }

    /// Waits until no other request is being answered at that place.
    #[expect(
        clippy::unwrap_or_default,
        reason = "moka's `or_default` makes one each for two who come at the same moment"
    )]
    pub(super) async fn turn(&self, place: Place) -> Turn {
        self.make_room(&place);
        let slot = self.slots.entry_by_ref(&place);
        let slot = slot.or_insert_with(Slot::default).into_value();
        let answer = slot.answer.lock_owned().await;
        Turn { place, answer }
    }

    /// Keeps an answer if it is an outcome that stays the same, and not too large.
    pub(super) fn keep(&self, turn: Turn, answer: Answer) {
        let Turn {
            place,
            answer: mut kept,
        } = turn;
        if !is_outcome(answer.status) || answer.body.len() > LARGEST {
            return;
        }
        let units = u32::try_from(answer.body.len() / USUAL_BYTES).unwrap_or(u32::MAX);
        let slot = Slot {
            answer: Arc::clone(OwnedMutexGuard::mutex(&kept)),
            weight: units.saturating_add(1),
        };
        *kept = Some(answer);
        self.slots.insert(place, slot);
    }

    /// Forgets the oldest key of a sender who has too many.
    #[expect(clippy::unwrap_or_default, reason = "as above")]
    fn make_room(&self, (sender, key): &Place) {
        let keys = self.keys.entry_by_ref(sender);
        let keys = keys.or_insert_with(Arc::default).into_value();
        let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|kept| kept != key);
        keys.push_back(key.clone());
        if keys.len() > KEYS_EACH
            && let Some(oldest) = keys.pop_front()
        {
            self.slots.invalidate(&(sender.clone(), oldest));
        }
    }
}

impl Turn {
    /// The answer that was given here before.
    pub(super) fn known(&self, now: Moment) -> Option<&Answer> {
        let answer = self.answer.as_ref();
        answer.filter(|answer| now < answer.at + KEPT_FOR)
    }
}

impl Answer {
    /// The same answer once more.
    pub(super) fn again(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status).body(self.body.clone());
        let headers = response.headers_mut();
        headers.clone_from(&self.headers);
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

/// Whether a repetition would meet the same: nothing that passes by itself, and nothing that a new token or a
/// whole body changes.
fn is_outcome(status: StatusCode) -> bool {
    let passes = [
        StatusCode::UNAUTHORIZED,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    !status.is_server_error() && !passes.contains(&status)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use futures_util::FutureExt;

    use super::*;

    fn place(of: &str) -> Place {
        let uid = Uid::parse(of).expect("an id");
        (Sender::Viewer(uid), HeaderValue::from_static("k1"))
    }

    fn at(seconds: u64) -> Moment {
        Moment::from_millis(1000 * seconds)
    }

    fn answer(status: StatusCode, bytes: usize) -> Answer {
        Answer {
            mark: 1,
            at: at(0),
            status,
            headers: HeaderMap::new(),
            body: vec![b'x'; bytes].into(),
            number: 0,
        }
    }

    fn turn(kept: &KeptAnswers, of: &str) -> Turn {
        kept.turn(place(of)).now_or_never().expect("at once")
    }

    fn is_kept(status: StatusCode, bytes: usize) -> bool {
        let kept = KeptAnswers::default();
        kept.keep(turn(&kept, "anna"), answer(status, bytes));
        turn(&kept, "anna").known(at(1)).is_some()
    }

    #[test]
    fn outcomes_of_a_bounded_size_are_kept_for_ten_minutes() {
        assert!(is_kept(StatusCode::CREATED, 0));
        assert!(is_kept(StatusCode::CONFLICT, LARGEST));
        assert!(!is_kept(StatusCode::CREATED, LARGEST + 1));
        for passes in [401, 413, 429, 500, 501, 503] {
            let status = StatusCode::from_u16(passes).expect("a status");
            assert!(!is_kept(status, 10), "{status}");
        }
        let kept = KeptAnswers::default();
        kept.keep(turn(&kept, "anna"), answer(StatusCode::OK, 1));
        assert!(turn(&kept, "anna").known(at(599)).is_some());
        assert!(turn(&kept, "anna").known(at(600)).is_none());
        assert!(turn(&kept, "otto").known(at(1)).is_none());
    }

    #[test]
    fn the_next_one_at_a_place_waits_and_others_do_not() {
        let kept = KeptAnswers::default();
        let first = turn(&kept, "anna");
        let mut second = Box::pin(kept.turn(place("anna")));
        assert!(second.as_mut().now_or_never().is_none());
        drop(turn(&kept, "otto"));
        kept.keep(first, answer(StatusCode::OK, 1));
        let second = second.now_or_never().expect("its turn");
        assert!(second.known(at(1)).is_some());
    }

    #[test]
    fn of_two_threads_one_has_the_turn() {
        let kept = KeptAnswers::default();
        let (begin, both_tried) = (Barrier::new(2), Barrier::new(2));
        for n in 0..500 {
            let of = format!("u{n}");
            let attempt = || {
                begin.wait();
                let turn = kept.turn(place(&of)).now_or_never();
                both_tried.wait();
                turn.is_some()
            };
            let turns = thread::scope(|threads| {
                let other = threads.spawn(attempt);
                [attempt(), other.join().expect("an end")]
            });
            assert_eq!(turns.iter().filter(|has| **has).count(), 1, "{n}");
        }
    }

    #[test]
    fn one_sender_drives_out_only_their_own() {
        let kept = KeptAnswers::default();
        kept.keep(turn(&kept, "otto"), answer(StatusCode::OK, 1));
        let anna = |n: usize| {
            let (sender, _) = place("anna");
            let key = HeaderValue::from_str(&format!("k{n}")).expect("a key");
            let turn = kept.turn((sender, key));
            turn.now_or_never().expect("at once")
        };
        kept.keep(anna(0), answer(StatusCode::OK, 1));
        assert!(anna(0).known(at(1)).is_some());
        for n in 1..=KEYS_EACH {
            // An answer that is not kept has its place too.
            kept.keep(anna(n), answer(StatusCode::TOO_MANY_REQUESTS, 1));
        }
        kept.slots.run_pending_tasks();
        assert_eq!(kept.slots.entry_count(), KEYS_EACH as u64 + 1);
        assert!(anna(0).known(at(1)).is_none());
        assert!(turn(&kept, "otto").known(at(1)).is_some());
    }

    #[test]
    fn all_answers_together_are_bounded_and_the_oldest_go_first() {
        let kept = KeptAnswers::default();
        let large = 60 * 1024;
        for n in 0..3000 {
            kept.keep(turn(&kept, &format!("u{n}")), answer(StatusCode::OK, large));
        }
        kept.slots.run_pending_tasks();
        assert!(kept.slots.weighted_size() <= KEYS);
        assert!(kept.slots.entry_count() < 1700);
        assert!(turn(&kept, "u2999").known(at(1)).is_some());
        assert!(turn(&kept, "u0").known(at(1)).is_none());
    }

    #[test]
    fn a_mark_tells_paths_and_bodies_apart() {
        let kept = KeptAnswers::default();
        let mark = kept.mark("/v2/rooms", b"{}");
        assert_eq!(kept.mark("/v2/rooms", b"{}"), mark);
        assert_ne!(kept.mark("/v2/rooms", b""), mark);
        assert_ne!(kept.mark("/v2/room", b"s{}"), mark);
        assert_ne!(KeptAnswers::default().mark("/v2/rooms", b"{}"), mark);
    }
}
