//! All hostile clients at once, for minutes: memory, open files and threads do not grow.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{Attack, HOME, STRANGER, command, command_from, succeeds};
use crate::client::PASSWORD;
use crate::raw::{Raw, head};
use crate::server::{Server, eventually, unique};

/// How many minutes the attack lasts, unless `HOSTILE_MINUTES` says otherwise.
const MINUTES: u64 = 10;

/// How much memory the caches may add, in bytes. Each cache is bounded; a leak would grow beyond
/// this.
const MORE_BYTES: u64 = 64 * 1024 * 1024;

fn minutes() -> u64 {
    let said = std::env::var("HOSTILE_MINUTES").ok();
    said.map_or(MINUTES, |text| text.parse().expect("a number"))
}

/// All attacks of the other tests.
fn all_at_once(server: &Server) -> Vec<Attack> {
    let address = server.address();
    let stranger = server.newcomer("stranger");
    let visitor = server.newcomer("visitor");
    let room = server.newcomer("other-host").go_live();
    let login = command(
        "svc=account&cmd=login",
        &json!({"id": stranger.id, "pwd": PASSWORD}),
    );
    let guessed = server.newcomer("guessed").id;
    let visit = |operate| {
        let fields =
            json!({"token": visitor.token, "roomnum": room, "role": 0, "operate": operate});
        command("svc=live&cmd=reportmemid", &fields)
    };
    let visits = [visit(0), visit(1)].concat();
    let creator = server.newcomer("creator").token;
    vec![
        Attack::begin(64, move |_| {
            let fields = json!({"id": unique("flood"), "pwd": PASSWORD});
            command_from(STRANGER, address, "svc=account&cmd=regist", &fields);
        }),
        Attack::begin(4, move |_| {
            if let Ok(mut raw) = Raw::try_connect_from(STRANGER, address) {
                raw.offer(&login);
            }
            thread::sleep(Duration::from_millis(5));
        }),
        Attack::begin(4, move |_| {
            let fields = json!({"id": guessed, "pwd": "guessed"});
            command_from(STRANGER, address, "svc=account&cmd=login", &fields);
        }),
        Attack::begin(4, move |_| {
            let fields = json!({"id": unique("invented"), "pwd": "x"});
            command_from(HOME, address, "svc=account&cmd=login", &fields);
            thread::sleep(Duration::from_millis(50));
        }),
        Attack::begin(8, move |_| {
            let Ok(mut raw) = Raw::try_connect_from(STRANGER, address) else {
                return;
            };
            // This client never reads, until its connection is closed.
            let many = head("GET", "/healthz", &[]).repeat(1000);
            while raw.push(&many).is_ok() {}
        }),
        Attack::begin(2, move |_| {
            if let Ok(mut raw) = Raw::try_connect_from(STRANGER, address) {
                raw.offer(b"\x16\x03\x01\r\n\r\n");
                let _ = raw.try_response();
            }
            thread::sleep(Duration::from_millis(1));
        }),
        Attack::begin(1, move |_| {
            if let Ok(mut raw) = Raw::try_connect_from(STRANGER, address) {
                raw.offer(&visits);
                let _ = (raw.try_response(), raw.try_response());
            }
        }),
        Attack::begin(1, move |_| {
            let fields = json!({"token": creator, "type": "live"});
            command_from(STRANGER, address, "svc=live&cmd=create", &fields);
        }),
        Attack::begin(50, move |_| {
            // Idle connections, and some that stop in the middle of a request.
            if let Ok(mut raw) = Raw::try_connect_from(STRANGER, address) {
                raw.offer(head("GET", "/healthz", &[]));
                let _ = raw.try_response();
                raw.offer("GET /hea");
                let _ = raw.try_response();
            }
        }),
    ]
}

#[test]
#[ignore = "takes minutes: HOSTILE_MINUTES=10 cargo test --test socket -- --ignored hostile"]
#[expect(clippy::print_stderr, reason = "the figures are what it is run for")]
fn minutes_of_everything_leave_memory_files_and_threads_where_they_were() {
    let server = Server::start(&[
        ("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "120"),
        ("ZAIBO_ROOMS__CREATES_PER_MINUTE", "60"),
        ("ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB", "8192"),
    ]);
    let owner = server.newcomer("owner");
    let host = server.newcomer("host");
    let room = host.go_live();
    let figures = || (server.resident(), server.files() as u64, server.threads());
    // The first minute fills pools, caches and database pages, which then stay at their size.
    let attacks = all_at_once(&server);
    thread::sleep(Duration::from_secs(60));
    drop(attacks);
    thread::sleep(Duration::from_secs(20));
    let before = figures();
    let attacks = all_at_once(&server);
    for minute in 1..=minutes() {
        for _ in 0..6 {
            thread::sleep(Duration::from_secs(10));
            succeeds(10, |_| host.beat(room, 1).code);
            succeeds(10, |_| server.client().login(&owner.id, PASSWORD).code);
        }
        eprintln!("minute {minute}: {:?} (memory, files, threads)", figures());
    }
    let rounds: Vec<u64> = attacks.iter().map(Attack::rounds).collect();
    drop(attacks);
    eventually("connections to be over", || {
        (figures().1 <= before.1 + 8).then_some(())
    });
    let after = figures();
    eprintln!("{before:?} before, {after:?} after, rounds of each attack: {rounds:?}");
    assert!(after.0 < before.0 + MORE_BYTES, "{before:?} {after:?}");
    assert!(after.2 <= before.2 + 2, "{before:?} {after:?}");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}
