//! The events of rooms, counted through real actors.

use super::*;
use crate::domain::EndReason;
use crate::metrics::Scene;

/// How often each kind of event was counted. Kinds that were never counted are left out.
fn counted(metrics: &Metrics) -> Vec<(&'static str, u64)> {
    let text = metrics.render(&Scene::default());
    let count = |kind: &str| {
        let name = format!(r#"zaibo_room_events_total{{kind="{kind}"}} "#);
        let line = text.lines().find_map(|line| line.strip_prefix(&*name));
        line.expect("shown").parse().expect("a number")
    };
    let kinds = RoomEventKind::ALL.map(RoomEventKind::as_str).into_iter();
    let counts = kinds.map(|kind| (kind, count(kind)));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// The number of members of a room.
async fn members(rooms: &RoomsHandle, room: i64) -> usize {
    let page = rooms.members(number(room), 0, 0).await;
    page.expect("answered").0
}

#[actix::test]
async fn what_happens_in_rooms_is_counted_by_its_kind() {
    let metrics = Metrics::default();
    let rooms = counted_handle(&metrics);
    assert_eq!(counted(&metrics), []);

    let (host, anna, otto, room) = (uid("host"), uid("anna"), uid("otto"), number(10001));
    let created = created(1, 10001, "host");
    rooms.open(vec![created]).await.expect("opened");
    let live = on_air(1, 10001, "host");
    assert!(rooms.go_live(live.clone(), false).await.expect("asked"));
    assert!(rooms.go_live(live, false).await.expect("asked"));
    let begun = [("member.joined", 1), ("room.live", 1)];
    assert_eq!(counted(&metrics), begun, "the host, once");

    for who in [&anna, &otto] {
        rooms
            .enter(who, room, RoleClaim::OffMic)
            .await
            .expect("entered");
        rooms.request_mic(who, room).await.expect("a free seat");
    }
    rooms
        .report_mic(&anna, room, true)
        .await
        .expect("a free seat");
    let mut likes = 0;
    for _ in 0..10 {
        likes += 1;
        let told = rooms
            .beat(&host, None, RoleClaim::Keep, Some(likes / 2))
            .await;
        told.expect("answered");
        beat(&rooms, "otto", None).await;
    }
    let grown = [
        ("member.joined", 3),
        ("member.role", 1),
        ("likes", 5),
        ("mic.requested", 2),
        ("mic.on", 1),
        ("room.live", 1),
    ];
    assert_eq!(counted(&metrics), grown);

    // Anna falls silent while on mic, and Otto logs out with a request for the mic open.
    wait(20).await;
    beat(&rooms, "otto", None).await;
    beat(&rooms, "host", None).await;
    wait(20).await;
    assert_eq!(members(&rooms, 10001).await, 2);
    let out = rooms.leave(&otto, None, LeaveReason::Logout).await;
    out.expect("answered");
    let close = rooms.close(LiveId::new(1), room, EndReason::Exit).await;
    close.expect("answered");
    wait(1).await;
    let ended = [
        ("member.joined", 3),
        ("member.left", 3),
        ("member.role", 1),
        ("likes", 5),
        ("mic.requested", 2),
        ("mic.withdrawn", 1),
        ("mic.on", 1),
        ("mic.off", 1),
        ("room.live", 1),
        ("room.ended", 1),
    ];
    assert_eq!(counted(&metrics), ended);
}

#[actix::test]
async fn a_live_that_is_begun_again_goes_live_and_one_that_is_only_opened_again_does_not() {
    let metrics = Metrics::default();
    let rooms = counted_handle(&metrics);
    let reopened = on_air(1, 10001, "host");
    rooms.open(vec![reopened]).await.expect("opened");
    wait(1).await;
    assert_eq!(counted(&metrics), []);
    let begun = on_air(2, 10002, "other");
    assert!(rooms.go_live(begun, true).await.expect("asked"));
    assert_eq!(rooms.lives(Filter::default(), 0, 10).0, 2);
    let counts = [("member.joined", 1), ("room.live", 1)];
    assert_eq!(counted(&metrics), counts);
}
