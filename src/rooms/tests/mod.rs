//! Rooms as the handle shows them, with real actors on one thread and paused time.

use std::time::Duration;

use actix::Context;

use super::actor::RoomActor;
use super::messages::{Ask, ask};
use super::*;
use crate::clock::Clock;
use crate::domain::{
    Device, LeaveReason, Live, LiveId, LiveInfo, Profile, Refusal, RoleClaim, RoomEventKind,
    RoomNum, RoomStats, Rules, Uid, UnixTime, VideoType,
};
use crate::error::{Error, Queue};
use crate::metrics::Metrics;
use crate::own_streams::OwnStreams;

mod events;
mod feeds;

const RULES: Rules = Rules::USUAL;

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("valid")
}

fn number(number: i64) -> RoomNum {
    RoomNum::new(number).expect("valid")
}

fn created(live: i64, room: i64, host: &str) -> Live {
    Live {
        id: LiveId::new(live),
        number: number(room),
        host: uid(host),
        profile: Profile::default(),
        stats: RoomStats::default(),
    }
}

fn on_air(live: i64, room: i64, host: &str) -> Live {
    let info = LiveInfo {
        title: format!("live of {host}"),
        cover: String::new(),
        kind: "live".to_owned(),
        app: None,
        device: Device::Ios,
        video: VideoType::Camera,
    };
    let profile = Profile {
        info,
        live_at: Some(UnixTime::from_secs(0)),
        ..Profile::default()
    };
    Live {
        profile,
        ..created(live, room, host)
    }
}

fn handle() -> RoomsHandle {
    counted_handle(&Metrics::default())
}

/// A handle that counts the events of its rooms in `metrics`.
fn counted_handle(metrics: &Metrics) -> RoomsHandle {
    tokio::time::pause();
    let clock = Clock::starting_at(UnixTime::from_secs(1_700_000_000));
    RoomsHandle::start(
        RULES,
        FeedRules::USUAL,
        clock,
        OwnStreams::new(clock),
        RoomThreads::ThisThread,
        room_metrics(metrics),
    )
}

/// A handle with one live: room 10001 of `host`.
async fn handle_with_live() -> RoomsHandle {
    let rooms = handle();
    rooms
        .open(vec![on_air(1, 10001, "host")])
        .await
        .expect("opened");
    rooms
        .enter(&uid("host"), number(10001), RoleClaim::Keep)
        .await
        .expect("entered");
    rooms
}

async fn names(rooms: &RoomsHandle, room: i64) -> Vec<String> {
    let (total, rows) = rooms.members(number(room), 0, 50).await.expect("answered");
    assert_eq!(total, rows.len());
    rows.into_iter().map(|(uid, _)| uid.to_string()).collect()
}

async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn beat(rooms: &RoomsHandle, who: &str, room: Option<i64>) {
    rooms
        .beat(&uid(who), room.map(number), RoleClaim::OffMic, None)
        .await
        .expect("answered");
}

#[actix::test]
async fn a_silent_viewer_is_gone_within_a_second_of_their_limit_and_a_beating_one_is_not() {
    let rooms = handle_with_live().await;
    for who in ["anna", "otto"] {
        rooms
            .enter(&uid(who), number(10001), RoleClaim::OffMic)
            .await
            .expect("entered");
    }
    for _ in 0..7 {
        wait(5).await;
        beat(&rooms, "otto", None).await;
        beat(&rooms, "host", None).await;
    }
    wait(1).await;
    assert_eq!(names(&rooms, 10001).await, ["host", "otto"]);
    assert_eq!(rooms.find(number(10001)).expect("open").stats().members, 2);
}

#[actix::test]
async fn a_live_ends_by_itself_when_its_host_is_silent_and_leaves_nothing_behind() {
    let rooms = handle_with_live().await;
    for second in 0..91 {
        if second % 10 == 0 {
            beat(&rooms, "anna", Some(10001)).await;
        }
        if second == 89 {
            assert!(rooms.find(number(10001)).is_some(), "not earlier");
        }
        wait(1).await;
    }
    assert!(rooms.find(number(10001)).is_none());
    assert_eq!(rooms.lives(Filter::default(), 0, 10).0, 0);
    assert_eq!(rooms.room_of(&uid("anna")), None);
    let ended = rooms.take_ended();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].live, LiveId::new(1));
    assert_eq!((ended[0].stats.peak, ended[0].stats.total), (2, 2));
    assert!((90..=91).contains(&(ended[0].at.as_secs() - 1_700_000_000)));
}

#[actix::test]
async fn a_user_is_in_one_room_and_the_last_one_wins() {
    let rooms = handle_with_live().await;
    rooms
        .open(vec![on_air(2, 10002, "other")])
        .await
        .expect("opened");
    rooms
        .enter(&uid("anna"), number(10001), RoleClaim::OffMic)
        .await
        .expect("entered");
    rooms
        .enter(&uid("anna"), number(10002), RoleClaim::OffMic)
        .await
        .expect("entered");
    assert_eq!(names(&rooms, 10001).await, ["host"]);
    assert_eq!(names(&rooms, 10002).await, ["anna"]);
    rooms
        .leave(&uid("anna"), Some(number(10001)), LeaveReason::Leave)
        .await
        .expect("answered");
    assert_eq!(
        names(&rooms, 10002).await,
        ["anna"],
        "they are not in the room that they leave"
    );
    rooms
        .leave(&uid("anna"), Some(number(10002)), LeaveReason::Leave)
        .await
        .expect("answered");
    assert_eq!(names(&rooms, 10002).await, [""; 0]);
}

#[actix::test]
async fn a_refused_entry_leaves_the_user_where_they_are() {
    let rooms = handle_with_live().await;
    rooms
        .open(vec![created(2, 10002, "other")])
        .await
        .expect("opened");
    rooms
        .enter(&uid("anna"), number(10001), RoleClaim::OffMic)
        .await
        .expect("entered");
    for room in [10002, 10003] {
        let refused = rooms
            .enter(&uid("anna"), number(room), RoleClaim::OffMic)
            .await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NoSuchRoom))));
    }
    assert_eq!(names(&rooms, 10001).await, ["host", "anna"]);
}

#[actix::test]
async fn a_beat_takes_in_who_is_nowhere_but_not_who_left_on_purpose() {
    let rooms = handle_with_live().await;
    beat(&rooms, "anna", None).await;
    beat(&rooms, "anna", Some(777)).await;
    assert_eq!(names(&rooms, 10001).await, ["host"]);
    beat(&rooms, "anna", Some(10001)).await;
    assert_eq!(names(&rooms, 10001).await, ["host", "anna"]);
    rooms
        .leave(&uid("anna"), None, LeaveReason::Leave)
        .await
        .expect("answered");
    wait(3600).await;
    rooms
        .open(vec![on_air(2, 10002, "other")])
        .await
        .expect("opened");
    beat(&rooms, "anna", Some(10002)).await;
    assert_eq!(names(&rooms, 10002).await, [""; 0]);
    rooms
        .enter(&uid("anna"), number(10002), RoleClaim::OffMic)
        .await
        .expect("entered");
    beat(&rooms, "anna", Some(10002)).await;
    assert_eq!(names(&rooms, 10002).await, ["anna"]);
}

#[actix::test]
async fn who_leaves_after_they_were_dropped_has_left_on_purpose() {
    let rooms = handle_with_live().await;
    rooms
        .leave(&uid("anna"), Some(number(10001)), LeaveReason::Leave)
        .await
        .expect("answered");
    beat(&rooms, "anna", Some(10001)).await;
    assert_eq!(names(&rooms, 10001).await, ["host"]);
}

#[actix::test]
async fn a_beat_for_another_room_refreshes_the_membership_and_moves_nobody() {
    let rooms = handle_with_live().await;
    rooms
        .open(vec![on_air(2, 10002, "other")])
        .await
        .expect("opened");
    rooms
        .enter(&uid("anna"), number(10001), RoleClaim::OffMic)
        .await
        .expect("entered");
    for _ in 0..8 {
        wait(10).await;
        beat(&rooms, "anna", Some(10002)).await;
    }
    assert_eq!(names(&rooms, 10001).await, ["host", "anna"]);
    assert_eq!(names(&rooms, 10002).await, [""; 0]);
}

#[actix::test]
async fn a_new_room_of_a_host_closes_their_earlier_one_and_a_late_order_does_not_bring_it_back() {
    let rooms = handle_with_live().await;
    rooms
        .open(vec![created(3, 10003, "host")])
        .await
        .expect("opened");
    assert!(rooms.find(number(10001)).is_none());
    rooms
        .open(vec![created(2, 10002, "host")])
        .await
        .expect("answered");
    assert!(rooms.find(number(10002)).is_none());
    assert_eq!(
        rooms.hosted_by(&uid("host")).expect("hosts").number,
        number(10003)
    );
}

#[actix::test]
async fn going_live_again_keeps_the_place_in_the_list_and_shows_the_new_title() {
    let rooms = handle_with_live().await;
    rooms
        .open(vec![on_air(2, 10002, "other")])
        .await
        .expect("opened");
    let mut again = on_air(1, 10001, "host");
    again.profile.info.title = "new".to_owned();
    again.profile.version = 3;
    assert!(rooms.go_live(again.clone(), false).await.expect("asked"));
    // One that was committed before, and comes late.
    again.profile.info.title = "late".to_owned();
    again.profile.version = 2;
    rooms.show_profile(again).await.expect("asked");
    let (total, summaries) = rooms.lives(Filter::default(), 0, 10);
    assert_eq!(total, 2);
    let titles: Vec<_> = summaries
        .iter()
        .filter_map(|summary| summary.info())
        .map(|info| &*info.title)
        .collect();
    assert_eq!(titles, ["live of other", "new"]);
}

#[actix::test]
async fn a_live_that_is_over_can_not_go_live_unless_it_begins_now() {
    let rooms = handle();
    let late = rooms.go_live(on_air(1, 10001, "host"), false).await;
    assert!(!late.expect("asked"));
    let begun = rooms.go_live(on_air(2, 10001, "host"), true).await;
    assert!(begun.expect("asked"));
    assert_eq!(names(&rooms, 10001).await, ["host"]);
}

#[actix::test]
async fn figures_are_taken_once_for_each_change_and_again_if_put_back() {
    let rooms = handle_with_live().await;
    let progress = rooms.take_progress();
    assert_eq!(progress.len(), 1);
    assert!(rooms.take_progress().is_empty());
    rooms.put_back(Vec::new(), &progress);
    assert_eq!(rooms.take_progress(), progress);
}

/// Makes the actor panic, as a defect would.
#[derive(Clone)]
struct Crash;

impl Ask<RoomActor> for Crash {
    type Answer = ();

    fn answer(self, _actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        panic!("a defect, for the test");
    }
}

#[actix::test]
async fn a_room_that_crashes_is_reopened_and_its_members_come_back_with_their_beats() {
    let rooms = handle_with_live().await;
    rooms
        .enter(&uid("anna"), number(10001), RoleClaim::OffMic)
        .await
        .expect("entered");
    rooms
        .beat(&uid("host"), None, RoleClaim::Keep, Some(42))
        .await
        .expect("answered");
    let crashed = rooms.registry.room(number(10001)).expect("open");
    let answer = ask(&crashed.addr, Crash).expect("taken");
    drop(crashed);
    assert!(answer.await.is_err());
    wait(1).await;
    assert_eq!(names(&rooms, 10001).await, [""; 0]);
    // An Android viewer's beat names no room.
    beat(&rooms, "anna", None).await;
    rooms
        .beat(&uid("host"), None, RoleClaim::Keep, None)
        .await
        .expect("answered");
    assert_eq!(names(&rooms, 10001).await, ["host", "anna"]);
    let (total, summaries) = rooms.lives(Filter::default(), 0, 10);
    assert_eq!((total, summaries[0].stats().likes.shown()), (1, 42));
}

#[actix::test]
async fn a_full_mailbox_is_answered_busy_at_once() {
    let rooms = handle_with_live().await;
    let floods: Vec<_> = (0..3000)
        .map(|n| {
            let rooms = rooms.clone();
            actix::spawn(async move {
                rooms
                    .enter(&uid(&format!("u{n}")), number(10001), RoleClaim::OffMic)
                    .await
            })
        })
        .collect();
    let mut busy = 0;
    for flood in floods {
        match flood.await.expect("ran") {
            Ok(()) => {}
            Err(refusal) => {
                assert!(matches!(refusal, Error::Busy(Queue::Room)));
                busy += 1;
            }
        }
    }
    assert!(busy > 0, "the mailbox took everything");
    let (members, _) = rooms.members(number(10001), 0, 1).await.expect("answered");
    assert_eq!(members, 1 + 3000 - busy);
}
