//! Lives from beginning to end: many users at once, and users who fall silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{PASSWORD, User};
use crate::fixtures::Device;
use crate::samples::story;
use crate::server::{Server, eventually};

const SHORT: Duration = Duration::from_secs(2);
const MEMBER_TIMEOUT: (&str, &str) = ("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", "2");
const HOST_TIMEOUT: (&str, &str) = ("ZAIBO_ROOMS__HOST_TIMEOUT_S", "4");

/// The app in the samples of 2018.
const APP: usize = 1_400_027_849;

fn everybody(devices: &mut [Device], play: impl Fn(&mut Device) + Sync) {
    let play = &play;
    thread::scope(|scope| {
        for device in devices {
            scope.spawn(move || play(device));
        }
    });
}

/// The number of members according to the room list and according to the member list.
fn counts(by: &User, room: i64) -> (Option<i64>, i64) {
    let lives = by.lives_of(APP);
    let live = lives.iter().find(|live| live["info"]["roomnum"] == room);
    let memsize = live.map(|live| live["info"]["memsize"].as_i64().expect("a number"));
    let page = json!({"roomnum": room, "index": 0, "size": 0});
    let total = by.live("roomidlist", page).ok()["total"].as_i64();
    (memsize, total.expect("a number"))
}

#[test]
fn the_log_says_once_of_each_live_why_it_ended() {
    let server = Server::start(&[("ZAIBO_ACCOUNTS__ADMINS", "[\"admin\"]")]);
    User::register(server.client(), "admin");
    let [leaving, moving, signing_out, kicked] =
        ["leaving", "moving", "signing", "kicked"].map(|name| server.newcomer(name));
    let rooms = [&leaving, &moving, &signing_out, &kicked].map(User::go_live);
    leaving.exit(rooms[0]).ok();
    let second = moving.create();
    signing_out
        .client
        .post("account", "logout", &json!({"token": signing_out.token}))
        .ok();
    let kick = json!({"id": "admin", "pwd": PASSWORD, "kickid": kicked.id});
    server.client().post("account", "kickout", &kick).ok();
    moving.exit(second).ok();
    let [first, moved, out, gone] = rooms;
    let ends = [
        (first, "exit"),
        (moved, "superseded"),
        (out, "logout"),
        (gone, "kicked"),
        (second, "exit"),
    ];
    let log = server.logged(&format!("live ended room={second} "));
    assert_eq!(log.matches("live ended").count(), ends.len(), "{log}");
    for (room, reason) in ends {
        let room = format!("live ended room={room} ");
        let line = log.lines().find(|line| line.contains(&room));
        let line = line.unwrap_or_else(|| panic!("no {room}in {log}"));
        assert!(line.contains(&format!("reason=\"{reason}\"")), "{line}");
    }
}

#[test]
fn two_hosts_and_thirty_viewers_with_five_different_clients_live_through_it_without_an_error() {
    let server = Server::start(&[]);
    let onlooker = server.newcomer("onlooker");
    let mut hosts = ["android-2018", "ios-2018"].map(|client| Device::new(&server, client, 0));
    everybody(&mut hosts, |host| {
        host.play(story(host.client).host.begin);
        host.play(story(host.client).host.stay);
    });
    let rooms = [hosts[0].room, hosts[1].room];
    for room in rooms {
        assert_eq!(counts(&onlooker, room), (Some(1), 1));
    }
    let clients = [
        "android-2018",
        "macos-2018",
        "ios-2018",
        "windows-2019",
        "web-ie-2018",
    ];
    let mut viewers: Vec<Device> = (0..30)
        .map(|n| Device::new(&server, clients[n % 5], rooms[n % 2]))
        .collect();
    everybody(&mut viewers, |viewer| {
        viewer.play(story(viewer.client).viewer.begin)
    });
    for room in rooms {
        assert_eq!(counts(&onlooker, room), (Some(16), 16));
    }
    everybody(&mut viewers, |viewer| {
        for _ in 0..3 {
            viewer.play(story(viewer.client).viewer.stay);
        }
    });
    everybody(&mut hosts, |host| host.play(story(host.client).host.stay));
    for room in rooms {
        assert_eq!(counts(&onlooker, room), (Some(16), 16));
        let members = onlooker.members(room);
        assert!(
            members
                .iter()
                .all(|(id, role)| (*role == 1) == hosts.iter().any(|host| host.id == *id))
        );
    }
    everybody(&mut viewers[..10], |viewer| {
        viewer.play(story(viewer.client).viewer.end)
    });
    for room in rooms {
        assert_eq!(counts(&onlooker, room), (Some(11), 11));
    }
    everybody(&mut hosts, |host| host.play(story(host.client).host.end));
    for room in rooms {
        assert_eq!(counts(&onlooker, room), (None, 0));
    }
    everybody(&mut viewers[10..], |viewer| {
        viewer.play(story(viewer.client).viewer.end)
    });
}

/// A user whose client beats in the background.
struct Pulse {
    stop: Arc<AtomicBool>,
    beating: JoinHandle<Duration>,
}

impl Pulse {
    /// Beats until the pulse is stopped. `last` is the time of the user's previous request.
    fn of(user: &User, room: i64, mut last: Instant) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (user, stopped) = (user.clone(), stop.clone());
        let beating = thread::spawn(move || {
            let mut longest = Duration::ZERO;
            while !stopped.load(Ordering::Relaxed) {
                let sent = now();
                user.beat(room, 0).ok();
                longest = longest.max(now() - last);
                last = sent;
                thread::sleep(Duration::from_millis(100));
            }
            longest
        });
        Self { stop, beating }
    }

    /// Stops the beats and returns the longest silence that the server may have seen.
    fn stop(self) -> Duration {
        self.stop.store(true, Ordering::Relaxed);
        self.beating.join().expect("beats that are answered")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests on real sockets live in real time"
)]
fn now() -> Instant {
    Instant::now()
}

fn is_in(by: &User, room: i64, whom: &User) -> bool {
    by.members(room).iter().any(|(id, _)| *id == whom.id)
}

#[test]
fn a_silent_viewer_is_gone_in_time_and_one_who_beats_stays() {
    let server = Server::start(&[MEMBER_TIMEOUT]);
    let [host, silent, beating] = ["host", "silent", "beating"].map(|name| server.newcomer(name));
    let room = host.go_live();
    let before = now();
    beating.enter(room).ok();
    let pulse = Pulse::of(&beating, room, before);
    silent.enter(room).ok();
    let mut missed = false;
    eventually("the silent viewer to go", || {
        missed |= !is_in(&host, room, &beating);
        (!is_in(&host, room, &silent)).then_some(())
    });
    eventually("the counters to follow", || {
        let live = host.listed().expect("a live");
        (live["memsize"] == 2 && host.members(room).len() == 2).then_some(())
    });
    missed |= !is_in(&host, room, &beating);
    let longest = pulse.stop();
    // If the machine stalls, the beating user may fall silent too; then nothing is asserted about
    // them.
    assert!(
        !missed || longest >= SHORT,
        "dropped after a silence of {longest:?} at most"
    );
}

#[test]
fn a_dropped_viewer_comes_back_with_his_next_beat() {
    let server = Server::start(&[MEMBER_TIMEOUT]);
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let room = host.go_live();
    viewer.enter(room).ok();
    eventually("the silent viewer to go", || {
        (!is_in(&host, room, &viewer)).then_some(())
    });
    eventually("them to come back", || {
        viewer.beat(room, 0).ok();
        is_in(&host, room, &viewer).then_some(())
    });
}

#[test]
fn a_seat_on_mic_is_free_again_when_its_owner_falls_silent() {
    let server = Server::start(&[MEMBER_TIMEOUT, ("ZAIBO_ROOMS__MIC_SEATS", "1")]);
    let [host, silent, next] = ["host", "silent", "next"].map(|name| server.newcomer(name));
    let room = host.go_live();
    silent.enter(room).ok();
    silent.beat(room, 2).ok();
    let on = json!({"roomnum": room, "status": "on"});
    eventually("the seat", || {
        next.enter(room).ok();
        (next.live("reportstatus", on.clone()).code == 0).then_some(())
    });
    assert!(!is_in(&host, room, &silent));
}

#[test]
fn a_live_ends_after_its_host_fell_silent_and_he_can_revive_it() {
    let server = Server::start(&[MEMBER_TIMEOUT, HOST_TIMEOUT]);
    let [host, viewer, other] = ["host", "viewer", "other"].map(|name| server.newcomer(name));
    let room = host.go_live();
    viewer.enter(room).ok();
    let pulse = Pulse::of(&viewer, room, now());
    eventually("the live to end", || host.listed().is_none().then_some(()));
    pulse.stop();
    assert_eq!(viewer.members(room), []);
    viewer.play_url(room).is(10010);
    other.enter(room).is(10010);
    // The members of an ended live may still beat and leave.
    viewer.beat(room, 0).ok();
    viewer.leave(room).ok();
    host.beat(room, 1).ok();
    assert_eq!(host.listed(), None, "a late beat revives no live");
    let live = eventually("the live to be back", || {
        host.report(room).ok();
        host.listed()
    });
    assert_eq!(live["roomnum"], room);
    eventually("the viewer to be back", || {
        host.report(room).ok();
        viewer.enter(room).ok();
        is_in(&host, room, &viewer).then_some(())
    });
}

#[test]
fn a_viewer_who_left_on_purpose_does_not_come_back_by_a_late_beat() {
    let server = crate::server::shared();
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let room = host.go_live();
    viewer.enter(room).ok();
    viewer.leave(room).ok();
    viewer.beat(room, 0).ok();
    assert!(!is_in(&host, room, &viewer));
    viewer.enter(room).ok();
    assert!(is_in(&host, room, &viewer));
}
