//! Who listens gets everything once, or is told everything anew.

use std::future::poll_fn;

use super::*;
use crate::domain::{RoomNum, UnixTime};

fn streams() -> Arc<OwnStreams> {
    OwnStreams::new(Clock::starting_at(UnixTime::from_secs(1_700_000_000)))
}

fn anna() -> Uid {
    Uid::parse("anna").expect("an id")
}

/// The event with that number.
fn event(number: u64) -> OwnEvent {
    let room = RoomNum::new(i64::try_from(number).expect("small")).expect("a room");
    OwnEvent::MicGranted { room }
}

fn tell(streams: &OwnStreams, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        streams.tell(&anna(), event(number));
    }
}

/// The numbers of the events that come next.
fn events(reader: &mut OwnReader) -> Vec<u64> {
    match reader.read() {
        OwnNext::Events(told) => {
            for told in &told {
                assert_eq!(told.event, event(told.seq));
            }
            told.iter().map(|told| told.seq).collect()
        }
        next => panic!("{next:?}"),
    }
}

#[tokio::test]
async fn two_devices_get_every_event_and_nobody_else_does() {
    let streams = streams();
    let (mut phone, mut web) = (streams.read(&anna(), None), streams.read(&anna(), None));
    let bert = Uid::parse("bert").expect("an id");
    let mut other = streams.read(&bert, None);
    for reader in [&mut phone, &mut web, &mut other] {
        assert_eq!(reader.read(), OwnNext::Whole(Why::First));
        assert_eq!(reader.read(), OwnNext::Nothing);
    }
    tell(&streams, 1..=2);
    poll_fn(|context| phone.poll_news(context)).await;
    assert_eq!(events(&mut phone), [1, 2]);
    tell(&streams, 3..=3);
    assert_eq!(events(&mut phone), [3]);
    assert_eq!(events(&mut web), [1, 2, 3]);
    assert_eq!(other.read(), OwnNext::Nothing);
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_within_a_minute_has_missed_nothing() {
    let streams = streams();
    let mut reader = streams.read(&anna(), None);
    reader.read();
    tell(&streams, 1..=3);
    assert_eq!(events(&mut reader), [1, 2, 3]);
    let since = reader.position();
    drop(reader);
    streams.forget();
    tokio::time::advance(LIFE / 2).await;
    streams.forget();
    tell(&streams, 4..=5);
    let mut reader = streams.read(&anna(), Some(since));
    assert_eq!(events(&mut reader), [4, 5]);
    drop(reader);
    streams.forget();
    tokio::time::advance(LIFE).await;
    streams.forget();
    let mut late = streams.read(&anna(), Some(since));
    assert_eq!(late.read(), OwnNext::Whole(Why::Gap), "it was forgotten");
    assert!(late.position().epoch > since.epoch);
}

#[test]
fn who_falls_behind_or_says_what_cannot_be_is_told_everything() {
    let streams = streams();
    let mut slow = streams.read(&anna(), None);
    slow.read();
    let kept = KEPT as u64;
    tell(&streams, 1..=kept);
    let first = OwnPosition {
        seq: 0,
        ..slow.position()
    };
    assert_eq!(events(&mut slow).len(), KEPT, "just in time");
    tell(&streams, kept + 1..=2 * kept + 1);
    assert_eq!(slow.read(), OwnNext::Whole(Why::Lagged));
    assert_eq!(slow.read(), OwnNext::Nothing);
    assert_eq!(slow.position().seq, 2 * kept + 1);
    let ahead = OwnPosition {
        seq: 2 * kept + 2,
        ..first
    };
    for since in [first, ahead, OwnPosition::UNKNOWN] {
        let mut reader = streams.read(&anna(), Some(since));
        assert_eq!(reader.read(), OwnNext::Whole(Why::Gap), "{since}");
    }
}

#[test]
fn a_user_who_does_not_listen_costs_nothing() {
    let streams = streams();
    tell(&streams, 1..=100);
    assert!(streams.streams.is_empty());
}
