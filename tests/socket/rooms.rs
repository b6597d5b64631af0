//! The rules of rooms as clients see them: counters, mic seats, lists, addresses.

use serde_json::{Value, json};

use crate::client::User;
use crate::server::{Server, shared};

fn with_role(user: &User, role: i64) -> (String, i64) {
    (user.id.clone(), role)
}

#[test]
fn likes_are_the_absolute_count_of_the_hosts_last_beat_that_had_one() {
    let server = shared();
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let room = host.go_live();
    viewer.enter(room).ok();
    let beat = |by: &User, likes: Value| {
        by.live(
            "heartbeat",
            json!({"roomnum": room, "role": 1, "thumbup": likes}),
        )
        .ok();
        host.listed().expect("a live")["thumbup"].clone()
    };
    assert_eq!(host.listed().expect("a live")["thumbup"], 0);
    assert_eq!(beat(&host, json!(7)), 7);
    assert_eq!(beat(&host, json!(7)), 7);
    assert_eq!(beat(&host, json!(3)), 3);
    for no_number in [json!("9"), json!(null), json!(1.5), json!([])] {
        assert_eq!(beat(&host, no_number), 3);
    }
    assert_eq!(beat(&viewer, json!(99)), 3);
    // Clients keep the count in a signed 32-bit int and crash on larger numbers.
    for huge in [i64::from(i32::MAX) + 1, i64::MAX] {
        let likes = beat(&host, json!(huge)).as_i64();
        assert!(likes.is_some_and(|likes| (0..=i64::from(i32::MAX)).contains(&likes)));
    }
    assert_eq!(beat(&host, json!(3)), 3);
    host.beat(room, 1).ok();
    assert_eq!(host.listed().expect("a live")["thumbup"], 3);
}

#[test]
fn three_may_be_on_mic_and_the_list_shows_the_host_then_them_then_the_others() {
    let server = shared();
    let host = server.newcomer("host");
    let viewers: [User; 5] = std::array::from_fn(|_| server.newcomer("viewer"));
    let [a, b, c, d, e] = &viewers;
    let room = host.go_live();
    for viewer in &viewers {
        viewer.enter(room).ok();
    }
    let expect = |rows: &[(&User, i64)]| {
        let rows: Vec<_> = rows
            .iter()
            .map(|(user, role)| with_role(user, *role))
            .collect();
        assert_eq!(host.members(room), rows);
    };
    expect(&[(&host, 1), (a, 0), (b, 0), (c, 0), (d, 0), (e, 0)]);
    let status = |by: &User, status: &str| {
        by.live("reportstatus", json!({"roomnum": room, "status": status}))
    };
    d.live("request", json!({"roomnum": room})).ok();
    expect(&[(&host, 1), (a, 0), (b, 0), (c, 0), (d, 0), (e, 0)]);
    status(d, "on").ok();
    b.beat(room, 2).ok();
    status(a, "on").ok();
    expect(&[(&host, 1), (d, 2), (b, 2), (a, 2), (c, 0), (e, 0)]);
    e.live("request", json!({"roomnum": room})).is(20003);
    e.beat(room, 2).ok();
    expect(&[(&host, 1), (d, 2), (b, 2), (a, 2), (c, 0), (e, 0)]);
    b.beat(room, 0).ok();
    status(a, "off").ok();
    e.beat(room, 2).ok();
    let roles = host.members(room);
    assert_eq!(
        roles[..3],
        [with_role(&host, 1), with_role(d, 2), with_role(e, 2)]
    );
    assert!(roles[3..].iter().all(|(_, role)| *role == 0));
    let stranger = server.newcomer("stranger");
    status(&stranger, "on").is(10010);
}

#[test]
fn a_user_is_in_one_room_only() {
    let server = shared();
    let [one, two, viewer] = ["one", "two", "viewer"].map(|name| server.newcomer(name));
    let rooms = [one.go_live(), two.go_live()];
    viewer.enter(rooms[0]).ok();
    viewer.enter(rooms[1]).ok();
    assert_eq!(viewer.members(rooms[0]), [with_role(&one, 1)]);
    assert_eq!(
        viewer.members(rooms[1]),
        [with_role(&two, 1), with_role(&viewer, 0)]
    );
    // A beat with another room's number leaves the viewer in their present room.
    viewer.beat(rooms[0], 0).ok();
    assert_eq!(
        viewer.members(rooms[1]),
        [with_role(&two, 1), with_role(&viewer, 0)]
    );
    viewer.exit(-1).ok();
    assert_eq!(viewer.members(rooms[1]), [with_role(&two, 1)]);
}

#[test]
fn a_room_is_listed_from_going_live_to_its_end_and_can_go_live_again() {
    let server = shared();
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let room = host.create();
    assert!(room > 10_000);
    assert_eq!(host.listed(), None);
    viewer.enter(room).is(10010);
    viewer.play_url(room).is(10010);
    host.enter(room).ok();
    host.report(room).ok();
    let live = json!({
        "title": format!("live of {}", host.id), "roomnum": room, "type": "live",
        "groupid": room.to_string(), "cover": "", "thumbup": 0, "memsize": 1,
    });
    assert_eq!(host.listed(), Some(live));
    for _ in 0..2 {
        host.exit(room).ok();
        assert_eq!(host.listed(), None);
        viewer.play_url(room).is(10010);
    }
    for _ in 0..2 {
        host.report(room).ok();
        assert_eq!(host.listed().expect("a live")["roomnum"], room);
    }
}

#[test]
fn leaving_with_minus_one_means_the_room_one_is_in_and_an_old_number_means_nothing() {
    let server = shared();
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let (room, old) = (host.go_live(), viewer.go_live());
    viewer.exit(old).ok();
    viewer.enter(room).ok();
    // The Android app always sends the last room that it created itself, whichever room it leaves.
    viewer.exit(old).ok();
    let both = [with_role(&host, 1), with_role(&viewer, 0)];
    assert_eq!(host.members(room), both);
    viewer.live("exitroom", json!({})).ok();
    assert_eq!(host.members(room), both[..1]);
    viewer.enter(room).ok();
    host.exit(-1).ok();
    assert_eq!(host.listed(), None);
    viewer.leave(room).ok();
}

#[test]
fn who_may_go_on_mic_and_how_many_is_the_operators_choice() {
    let settings = [
        ("ZAIBO_ROOMS__MIC_POLICY", "approve"),
        ("ZAIBO_ROOMS__MIC_SEATS", "1"),
    ];
    let approving = Server::start(&settings);
    let open = Server::start(&settings[1..]);
    for (server, unasked) in [(&approving, 20004), (&open, 0)] {
        let [host, viewer, other] = ["host", "viewer", "other"].map(|name| server.newcomer(name));
        let room = host.go_live();
        viewer.enter(room).ok();
        other.enter(room).ok();
        let on = json!({"roomnum": room, "status": "on"});
        viewer.live("reportstatus", on.clone()).is(unasked);
        viewer.beat(room, 2).ok();
        let role = if unasked == 0 { 2 } else { 0 };
        assert!(host.members(room).contains(&with_role(&viewer, role)));
        if unasked == 0 {
            other.live("request", json!({"roomnum": room})).is(20003);
            other.live("reportstatus", on).is(20003);
        }
        assert!(host.members(room).contains(&with_role(&other, 0)));
    }
}

#[test]
fn only_going_live_opens_a_room_and_asking_for_the_mic_enters_it() {
    let server = shared();
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let room = host.create();
    let asked = json!({"roomnum": room});
    viewer.live("request", asked.clone()).is(10010);
    viewer.beat(room, 0).ok();
    assert_eq!(host.members(room), [with_role(&host, 1)]);
    host.report(room).ok();
    viewer.live("request", asked).ok();
    let both = [with_role(&host, 1), with_role(&viewer, 0)];
    assert_eq!(host.members(room), both);
}

#[test]
fn a_host_can_leave_and_end_his_live_in_any_order() {
    let server = shared();
    let host = server.newcomer("host");
    for _ in 0..2 {
        let room = host.go_live();
        host.leave(room).ok();
        host.exit(room).ok();
        assert_eq!(host.listed(), None);
        assert_eq!(host.members(room), []);
        let room = host.go_live();
        host.exit(room).ok();
        host.leave(room).ok();
        assert_eq!(host.listed(), None);
    }
}

#[test]
fn a_new_room_ends_the_hosts_earlier_one() {
    let server = shared();
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let old = host.go_live();
    viewer.enter(old).ok();
    let new = host.create();
    assert!(new > old);
    assert_eq!(host.listed(), None);
    assert_eq!(viewer.members(old), []);
    viewer.enter(old).is(10010);
    host.report(new).ok();
    assert_eq!(host.listed().expect("a live")["roomnum"], new);
    // The host may go live in the earlier room instead.
    host.report(old).ok();
    assert_eq!(host.listed().expect("a live")["roomnum"], old);
    viewer.play_url(new).is(10010);
}

#[test]
fn lists_count_rows_from_the_newest_and_totals_follow_the_filters() {
    let server = shared();
    let hosts: [User; 5] = std::array::from_fn(|_| server.newcomer("host"));
    let app = hosts[0].app;
    for (n, host) in hosts.iter().enumerate() {
        let room = host.create();
        let mut announced = host.announcement(room);
        announced["appid"] = app.into();
        announced["type"] = (if n < 2 { "movie" } else { "live" }).into();
        host.live("reportroom", json!({"room": announced})).ok();
    }
    let page = |cmd: &str, index: usize, size: usize, app: Value, kind: Value| {
        let fields = json!({"index": index, "size": size, "appid": app, "type": kind});
        let data = hosts[0].live(cmd, fields).ok();
        let rows = data["rooms"]
            .as_array()
            .or(data["videos"].as_array())
            .expect("a list");
        let place = |row: &Value| hosts.iter().position(|host| row["uid"] == *host.id);
        let rows: Vec<usize> = rows.iter().map(|row| place(row).expect("a host")).collect();
        (data["total"].as_u64().expect("a number"), rows)
    };
    for cmd in ["roomlist", "livestreamlist"] {
        assert_eq!(
            page(cmd, 0, 50, json!(app), json!("live")),
            (3, vec![4, 3, 2])
        );
        for all in [json!(1), json!(null), json!("other"), json!(true)] {
            assert_eq!(page(cmd, 0, 50, json!(app), all), (5, vec![4, 3, 2, 1, 0]));
        }
        assert_eq!(
            page(cmd, 1, 2, json!(app.to_string()), json!(1)),
            (5, vec![3, 2])
        );
        assert_eq!(page(cmd, 4, 2, json!(app), json!(1)), (5, vec![0]));
        assert_eq!(page(cmd, 5, 2, json!(app), json!(1)), (5, vec![]));
        assert_eq!(page(cmd, 0, 0, json!(app), json!(1)), (5, vec![]));
    }
    for all in [json!({}), json!({"appid": 0}), json!({"appid": "0"})] {
        let mut fields = all;
        fields["index"] = 0.into();
        fields["size"] = 0.into();
        let total = hosts[0].live("roomlist", fields).ok()["total"].as_u64();
        assert!(total.expect("a number") >= 5);
    }
}

#[test]
fn members_are_listed_in_a_stable_order_whatever_the_page() {
    let server = shared();
    let host = server.newcomer("host");
    let room = host.go_live();
    let viewers: [User; 6] = std::array::from_fn(|_| server.newcomer("viewer"));
    for viewer in &viewers {
        viewer.enter(room).ok();
    }
    let mut paged = Vec::new();
    for index in 0..7 {
        viewers[index % 6].beat(room, 0).ok();
        viewers[0].enter(room).ok();
        let page = json!({"roomnum": room.to_string(), "index": index, "size": 1});
        let data = host.live("roomidlist", page).ok();
        assert_eq!(data["total"], 7);
        paged.push(data["idlist"][0]["id"].as_str().expect("a text").to_owned());
    }
    let order = std::iter::once(&host).chain(&viewers);
    assert!(paged.iter().eq(order.map(|user| &user.id)));
    let unknown = json!({"roomnum": 2_000_000_000, "index": 0, "size": 50});
    assert_eq!(
        host.live("roomidlist", unknown).ok(),
        json!({"total": 0, "idlist": []})
    );
}

#[test]
fn the_first_room_is_10001_and_its_addresses_are_those_of_the_original() {
    let server = Server::start(&[]);
    let host = User::register(server.client(), "user001");
    let room = host.create();
    assert_eq!(room, 10001);
    let addresses = |code: &str| {
        json!({
            "cover": "http://cdn.test/c.png",
            "address": format!("rtmp://8888.liveplay.myqcloud.com/live/8888_{code}"),
            "address2": format!("http://8888.liveplay.myqcloud.com/live/8888_{code}.flv"),
            "address3": format!("http://8888.liveplay.myqcloud.com/live/8888_{code}.m3u8"),
        })
    };
    for (video, code) in [
        (0, "d56edc856a4e12c67f14e8037008f945"),
        (1, "41e92de0cb58b7608bd9ae78a8d65121"),
    ] {
        let mut announced = host.announcement(room);
        announced["videotype"] = video.into();
        announced["cover"] = "http://cdn.test/c.png".into();
        host.live("reportroom", json!({"room": announced})).ok();
        let expected = addresses(code);
        assert_eq!(host.play_url(room).ok(), expected);
        // The document's name of the field.
        assert_eq!(
            host.live("getroomplayurl", json!({"room": room})).ok(),
            expected
        );
        let streams = host
            .live("livestreamlist", json!({"index": 0, "size": 10}))
            .ok();
        let mut row = expected;
        row["uid"] = "user001".into();
        assert_eq!(streams, json!({"total": 1, "videos": [row]}));
    }
}
