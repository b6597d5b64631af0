//! Many users do the same thing at once: the rules hold in any order.

use std::thread;

use serde_json::json;

use crate::client::{PASSWORD, User};
use crate::raw::{Raw, request};
use crate::server::{Server, shared, unique};

const CROWD: usize = 12;

/// All users act at the same time. Returns the results.
fn at_once<T: Send>(what: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let what = &what;
    thread::scope(|scope| {
        let crowd: Vec<_> = (0..CROWD).map(|n| scope.spawn(move || what(n))).collect();
        let ended = crowd.into_iter().map(|thread| thread.join());
        ended.map(|result| result.expect("no failure")).collect()
    })
}

fn count<T: PartialEq>(all: &[T], wanted: T) -> usize {
    all.iter().filter(|one| **one == wanted).count()
}

#[test]
fn one_of_many_who_register_the_same_id_gets_it() {
    let server = shared();
    for _ in 0..5 {
        let id = unique("wanted");
        let password = |n: usize| format!("{PASSWORD} {n}");
        let codes = at_once(|n| server.client().regist(&id, &password(n)).code);
        assert_eq!(count(&codes, 0), 1, "{codes:?}");
        assert_eq!(count(&codes, 10004), CROWD - 1, "{codes:?}");
        let winner = codes.iter().position(|code| *code == 0).expect("a winner");
        server.client().login(&id, &password(winner)).ok();
        server.client().login(&id, &password(winner + 1)).is(10006);
    }
}

#[test]
fn of_logins_at_once_one_token_stays() {
    let server = shared();
    let ids: [String; 3] = std::array::from_fn(|_| server.newcomer("user").id);
    // Each user logs in with four devices.
    let users = at_once(|n| User::log_in(server.client(), &ids[n % 3]));
    for id in &ids {
        let devices = users.iter().filter(|user| user.id == *id);
        let codes: Vec<i64> = devices.map(|user| user.beat(-1, 0).code).collect();
        assert_eq!(count(&codes, 0), 1, "{codes:?}");
        assert_eq!(count(&codes, 10009), 3, "{codes:?}");
    }
}

#[test]
fn right_passwords_are_let_in_however_many_come_at_once() {
    // The hashes take a while, so that logins queue for them.
    let server = Server::start(&[("ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB", "4096")]);
    let client = server.client();
    let ids: [String; 150] = std::array::from_fn(|_| unique("user"));
    for id in &ids {
        client.regist(id, PASSWORD).ok();
    }
    // First many users from one address, as behind a proxy; then one user many times.
    for crowd in [ids.to_vec(), vec![ids[0].clone(); CROWD]] {
        let mut lines: Vec<Raw> = crowd
            .iter()
            .map(|_| Raw::connect(server.address()))
            .collect();
        for (line, id) in lines.iter_mut().zip(&crowd) {
            let body = json!({"id": id, "pwd": PASSWORD}).to_string();
            line.send(request("POST", "/?svc=account&cmd=login", &[], body));
        }
        let codes: Vec<i64> = lines
            .iter_mut()
            .map(|line| line.response().answer().code)
            .collect();
        assert_eq!(count(&codes, 0), crowd.len(), "{codes:?}");
    }
}

#[test]
fn of_many_who_take_the_mic_at_once_three_get_a_seat() {
    let server = shared();
    let host = server.newcomer("host");
    let room = host.go_live();
    let viewers: [User; CROWD] = std::array::from_fn(|_| server.newcomer("viewer"));
    for viewer in &viewers {
        viewer.enter(room).ok();
    }
    let status = |user: &User, status: &str| {
        user.live("reportstatus", json!({"roomnum": room, "status": status}))
            .code
    };
    for _ in 0..3 {
        let codes = at_once(|n| status(&viewers[n], "on"));
        assert_eq!(count(&codes, 0), 3, "{codes:?}");
        assert_eq!(count(&codes, 20003), CROWD - 3, "{codes:?}");
        let roles: Vec<i64> = host.members(room).iter().map(|(_, role)| *role).collect();
        assert_eq!(roles[..5], [1, 2, 2, 2, 0]);
        assert_eq!(count(&at_once(|n| status(&viewers[n], "off")), 0), CROWD);
    }
}

#[test]
fn counters_do_not_drift_however_people_come_and_go() {
    let server = shared();
    let hosts = ["host", "host"].map(|name| server.newcomer(name));
    let rooms = [hosts[0].go_live(), hosts[1].go_live()];
    let viewers: [User; CROWD] = std::array::from_fn(|_| server.newcomer("viewer"));
    at_once(|n| {
        let viewer = &viewers[n];
        for turn in 0..40 {
            let room = rooms[(turn + n) % 2];
            match (turn * 7 + n) % 6 {
                0 | 1 => viewer.enter(room).ok(),
                2 => viewer.leave(room).ok(),
                3 => viewer.exit(-1).ok(),
                4 => viewer.beat(room, 2).ok(),
                _ => viewer.beat(room, 0).ok(),
            };
        }
    });
    for (host, room) in hosts.iter().zip(rooms) {
        let members = host.members(room);
        assert_eq!(host.listed().expect("a live")["memsize"], members.len());
        assert!(members.iter().filter(|(_, role)| *role == 2).count() <= 3);
    }
    let everywhere = |user: &User| {
        let inside = |room: &&i64| {
            hosts[0]
                .members(**room)
                .iter()
                .any(|(id, _)| *id == user.id)
        };
        rooms.iter().filter(inside).count()
    };
    assert!(viewers.iter().all(|viewer| everywhere(viewer) <= 1));
    at_once(|n| viewers[n].exit(-1).ok());
    for (host, room) in hosts.iter().zip(rooms) {
        assert_eq!(host.members(room), [(host.id.clone(), 1)]);
        assert_eq!(host.listed().expect("a live")["memsize"], 1);
    }
}

#[test]
fn hosts_who_do_everything_at_once_have_one_live_or_none() {
    let server = Server::start(&[]);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| everything_at_once(&server));
        }
    });
}

fn everything_at_once(server: &Server) {
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let room = host.go_live();
    for _ in 0..30 {
        at_once(|n| match n % 4 {
            0 => host.exit(room).ok(),
            1 => host.beat(room, 1).ok(),
            2 => viewer.beat(room, 0).ok(),
            _ => host.report(room).ok(),
        });
        let live = host.listed();
        let watched = viewer.play_url(room).code == 0;
        assert_eq!(live.is_some(), watched, "{live:?}");
    }
    host.exit(room).ok();
    assert_eq!(host.listed(), None);
    assert_eq!(viewer.members(room), []);
    host.report(room).ok();
    assert_eq!(host.listed().expect("a live")["roomnum"], room);
    assert_eq!(host.members(room)[0], (host.id.clone(), 1));
}

#[test]
fn who_is_kicked_out_while_he_goes_live_leaves_no_live_behind() {
    let server = Server::start(&[("ZAIBO_ACCOUNTS__ADMINS", "[\"admin\"]")]);
    server.client().regist("admin", PASSWORD).ok();
    let onlooker = server.newcomer("onlooker");
    for _ in 0..40 {
        let host = server.newcomer("host");
        let room = host.create();
        // One thread kicks the host out; the others go live as the host, in this room and in new ones.
        at_once(|n| match n {
            0 => {
                let kick = json!({"id": "admin", "pwd": PASSWORD, "kickid": host.id});
                server.client().post("account", "kickout", &kick).ok();
            }
            n if n % 2 == 0 => drop(host.at(server.client()).report(room)),
            _ => drop(
                host.at(server.client())
                    .live("create", json!({"type": "live"})),
            ),
        });
        host.beat(-1, 1).is(10009);
        onlooker.play_url(room).is(10010);
    }
    let rows = json!({"type": "live", "index": 0, "size": 50});
    assert_eq!(onlooker.live("roomlist", rows).ok()["total"], 0);
}
