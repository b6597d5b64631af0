//! Nothing that was acknowledged is lost, whenever the server is killed.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::client::{Answer, PASSWORD, User};
use crate::engine::Records;
use crate::server::{Server, eventually, unique};

const AUTHORS: usize = 8;

/// The number of answers after which the server is killed, so that it is killed while it works.
const ANSWERS_BEFORE_DEATH: usize = 250;

/// The changes that the server acknowledged.
#[derive(Default)]
struct Promises {
    registered: Vec<String>,
    logged_in: Vec<User>,
    /// Live rooms with their hosts.
    open: Vec<(User, i64)>,
    ended: Vec<(User, i64)>,
    logged_out: Vec<User>,
    recordings: Vec<String>,
}

/// A user who sends one request after another until the server is dead.
struct Author<'a> {
    server: &'a Server,
    promises: &'a Mutex<Promises>,
    answers: &'a AtomicUsize,
    largest: &'a AtomicI64,
}

impl Author<'_> {
    fn write(&self) {
        let client = self.server.client();
        for turn in 0.. {
            if self.life(&client, turn).is_none() {
                return;
            }
        }
    }

    /// `None` if the server is dead.
    fn life(&self, client: &crate::client::Client, turn: usize) -> Option<()> {
        let send = |svc: &str, cmd: &str, fields: Value| -> Option<Answer> {
            let path = format!("/?svc={svc}&cmd={cmd}");
            let answer = client.try_send(&path, fields.to_string().as_bytes()).ok()?;
            assert_eq!((answer.code, &*answer.info), (0, ""), "{cmd}");
            self.answers.fetch_add(1, Ordering::Relaxed);
            Some(answer)
        };
        let keep =
            |change: &dyn Fn(&mut Promises)| change(&mut self.promises.lock().expect("promises"));
        let id = unique("author");
        let account = json!({"id": id, "pwd": PASSWORD});
        send("account", "regist", account.clone())?;
        keep(&|promises| promises.registered.push(id.clone()));
        let token = send("account", "login", account)?.data["token"].clone();
        let token = token.as_str().expect("a text").to_owned();
        let user = User {
            client: client.clone(),
            id: id.clone(),
            token,
            app: 1,
        };
        keep(&|promises| promises.logged_in.push(user.clone()));
        let live = |cmd: &str, mut fields: Value| {
            fields["token"] = user.token.as_str().into();
            send("live", cmd, fields)
        };
        let room = live("create", json!({"type": "live"}))?.data["roomnum"].as_i64();
        let room = room.expect("a number");
        self.largest.fetch_max(room, Ordering::Relaxed);
        live("reportroom", json!({"room": user.announcement(room)}))?;
        keep(&|promises| promises.open.push((user.clone(), room)));
        let name = format!("recording of {id}.");
        live(
            "reportrecord",
            json!({"roomnum": room, "uid": id, "name": name, "type": 0, "cover": ""}),
        )?;
        keep(&|promises| promises.recordings.push(name.clone()));
        let forget = || keep(&|promises| promises.open.retain(|(_, open)| *open != room));
        match turn % 4 {
            0 => {
                // While the request is on its way, it is unknown whether the live is open.
                forget();
                live("exitroom", json!({"roomnum": room, "type": "live"}))?;
                keep(&|promises| promises.ended.push((user.clone(), room)));
            }
            1 => {
                forget();
                keep(&|promises| promises.logged_in.retain(|other| other.id != id));
                send("account", "logout", json!({"token": user.token}))?;
                keep(&|promises| promises.logged_out.push(user.clone()));
                keep(&|promises| promises.ended.push((user.clone(), room)));
            }
            _ => {}
        }
        Some(())
    }
}

/// Many users write until the server is killed. Returns the acknowledged changes.
fn killed_at_work(server: &mut Server, largest: &AtomicI64) -> Promises {
    let (promises, answers) = (Mutex::default(), AtomicUsize::new(0));
    let author = Author {
        server,
        promises: &promises,
        answers: &answers,
        largest,
    };
    thread::scope(|scope| {
        let writing: Vec<_> = (0..AUTHORS)
            .map(|_| scope.spawn(|| author.write()))
            .collect();
        eventually("the server to be at work", || {
            (answers.load(Ordering::Relaxed) >= ANSWERS_BEFORE_DEATH).then_some(())
        });
        server.signal("-KILL");
        for author in writing {
            author
                .join()
                .expect("answers without an error until the end");
        }
    });
    server.ended();
    promises.into_inner().expect("promises")
}

fn assert_kept(promises: &Promises, server: &Server) {
    let client = server.client();
    let mut records = Records::of(server.folder());
    let kept: BTreeSet<String> = records
        .lines("SELECT name AS line FROM announcements")
        .into_iter()
        .collect();
    for name in &promises.recordings {
        assert!(kept.contains(name), "{name} is lost");
    }
    for user in &promises.logged_in {
        user.at(client.clone()).beat(-1, 0).ok();
    }
    for user in &promises.logged_out {
        user.at(client.clone()).beat(-1, 0).is(10009);
    }
    let onlooker = server.newcomer("onlooker");
    let listed = listed(&onlooker);
    for (host, room) in &promises.open {
        assert!(listed.contains(&(host.id.clone(), *room)), "{room} is lost");
        let host = host.at(client.clone());
        host.play_url(*room).ok();
        host.beat(*room, 1).ok();
        assert_eq!(host.members(*room), [(host.id.clone(), 1)]);
    }
    for (host, room) in &promises.ended {
        assert!(
            !listed.contains(&(host.id.clone(), *room)),
            "{room} is back"
        );
        onlooker.play_url(*room).is(10010);
    }
    // This check is the last one, because a login ends earlier tokens.
    for id in &promises.registered {
        client.login(id, PASSWORD).ok();
        client.regist(id, PASSWORD).is(10004);
    }
}

/// Every live: its host and its number.
fn listed(by: &User) -> BTreeSet<(String, i64)> {
    let mut all = BTreeSet::new();
    for page in 0.. {
        let rows = json!({"type": "live", "index": 50 * page, "size": 50, "appid": 0});
        let data = by.live("roomlist", rows).ok();
        let rooms = data["rooms"].as_array().expect("a list");
        all.extend(rooms.iter().map(|room| {
            let uid = room["uid"].as_str().expect("a text").to_owned();
            (uid, room["info"]["roomnum"].as_i64().expect("a number"))
        }));
        if rooms.is_empty() {
            assert_eq!(data["total"], all.len());
            break;
        }
    }
    all
}

#[test]
fn what_was_acknowledged_is_there_after_kill_nine_at_work() {
    let mut server = Server::start(&[]);
    let largest = AtomicI64::new(0);
    for _ in 0..3 {
        let promises = killed_at_work(&mut server, &largest);
        assert!(!promises.open.is_empty() && !promises.ended.is_empty());
        server = server.restart();
        assert_kept(&promises, &server);
        let next = server.newcomer("next").create();
        let largest = largest.fetch_max(next, Ordering::Relaxed);
        assert!(next > largest, "{next} was given away before: {largest}");
    }
}

#[test]
fn open_rooms_are_live_again_and_viewers_come_back_with_their_beats() {
    let mut server = Server::start(&[]);
    let [host, idle, viewer] = ["host", "idle", "viewer"].map(|name| server.newcomer(name));
    let room = host.go_live();
    let created = idle.create();
    viewer.enter(room).ok();
    host.live(
        "heartbeat",
        json!({"roomnum": room, "role": 1, "thumbup": 5}),
    )
    .ok();
    let before = host.listed().expect("a live");
    server.kill_nine();
    server = server.restart();
    let [host, idle, viewer] = [host, idle, viewer].map(|user| user.at(server.client()));
    let after = host.listed().expect("a live");
    for name in ["title", "roomnum", "type", "groupid", "cover"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    viewer.beat(room, 0).ok();
    let both = [(host.id.clone(), 1), (viewer.id.clone(), 0)];
    host.beat(room, 1).ok();
    assert_eq!(host.members(room), both);
    // A room that was only created still belongs to its creator.
    viewer.report(created).is(20001);
    idle.report(created).ok();
    assert_eq!(idle.listed().expect("a live")["roomnum"], created);
}

#[test]
fn a_room_that_ended_stays_ended_and_can_be_revived_by_its_host_after_a_restart() {
    let mut server = Server::start(&[]);
    let [host, other] = ["host", "other"].map(|name| server.newcomer(name));
    let room = host.go_live();
    host.exit(room).ok();
    server.kill_nine();
    server = server.restart();
    let [host, other] = [host, other].map(|user| user.at(server.client()));
    other.enter(room).is(10010);
    assert_eq!(host.listed(), None);
    other.report(room).is(20001);
    host.report(room).ok();
    assert_eq!(host.listed().expect("a live")["roomnum"], room);
}

#[test]
fn likes_and_tokens_survive_a_graceful_stop() {
    let mut server = Server::start(&[]);
    let host = server.newcomer("host");
    let room = host.go_live();
    host.live(
        "heartbeat",
        json!({"roomnum": room, "role": 1, "thumbup": 41}),
    )
    .ok();
    assert!(server.terminate().success());
    let server = server.restart();
    let host = host.at(server.client());
    assert_eq!(host.listed().expect("a live")["thumbup"], 41);
}
