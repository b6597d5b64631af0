//! Measures the transitions of a room with a hundred and with a hundred thousand members.
//!
//! Run `cargo bench --bench domain`, or add `-- mic` for the benchmarks with that word in their name.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zaibo::domain::{
    LeaveReason, Moment, Profile, Refusal, Role, RoleClaim, Room, RoomNum, RoomStats, Rules, Seat,
    Uid, UnixTime,
};
use zaibo::http::legacy::wire::Fields;

const RULES: Rules = Rules::USUAL;

const SIZES: [usize; 2] = [100, 100_000];

/// The most members that a room takes out in one turn.
const TURN: usize = 256;

const BEAT: &[u8] = br#"{"token":"Jc0wL5lPqfYV2bXzvS0m1fNqG4yWq8Wm2h5cA9eBzUo","roomnum":10001,"role":0,"thumbup":17}"#;

const START: Moment = Moment::from_millis(0);

/// A live with this many members besides its host, and their seats.
struct Full {
    room: Room,
    guests: Vec<Arc<Seat>>,
}

impl Full {
    fn with(members: usize) -> Self {
        let before = RoomStats::default();
        let mut room = Room::new(number(), uid("host"), profile(), RULES, before, START);
        let enter = |at: usize| {
            room.enter(&uid(&format!("guest{at}")), RoleClaim::OffMic, START)
                .expect("the room is live")
        };
        let guests = (0..members).map(enter).collect();
        room.take_events();
        Self { room, guests }
    }
}

fn profile() -> Arc<Profile> {
    Arc::new(Profile {
        live_at: Some(UnixTime::from_secs(0)),
        ..Profile::default()
    })
}

fn number() -> RoomNum {
    RoomNum::new(10001).expect("valid")
}

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("valid")
}

fn stamp(criterion: &mut Criterion) {
    let seat = Seat::take(uid("guest"), number(), Role::Viewer, 1, START);
    let mut now = 0;
    criterion.bench_function("a beat that changes nothing", |bencher| {
        bencher.iter(|| {
            now += 1;
            seat.stamp(black_box(Moment::from_millis(now)))
        });
    });
}

fn transitions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("in a room");
    for members in SIZES {
        let Full { mut room, guests } = Full::with(members);
        let name = |what: &str| BenchmarkId::new(what, members);
        let mut next = guests.iter().cycle().map(|seat| seat.uid().clone());
        let mut guest = || next.next().expect("a cycle has no end");
        group.bench_function(name("a beat as a message"), |bencher| {
            bencher.iter_batched(
                &mut guest,
                |guest| room.beat(&guest, RoleClaim::OffMic, START),
                BatchSize::SmallInput,
            );
        });
        group.bench_function(name("leave and enter"), |bencher| {
            bencher.iter_batched(
                &mut guest,
                |guest| {
                    room.leave(&guest, LeaveReason::Leave, START);
                    let seat = room.enter(&guest, RoleClaim::OffMic, START);
                    (seat, room.take_events())
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function(name("on mic and off"), |bencher| {
            bencher.iter_batched(
                &mut guest,
                |guest| {
                    room.request_mic(&guest, START)?;
                    room.report_mic(&guest, true, START)?;
                    room.report_mic(&guest, false, START)?;
                    Ok::<_, Refusal>(room.take_events())
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function(name("a page of 50, last"), |bencher| {
            bencher.iter(|| room.page(black_box(members - 50), 50));
        });
    }
    group.finish();
}

fn sweep(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a turn of sweeping");
    group.throughput(Throughput::Elements(TURN as u64));
    for (name, silent) in [("all are gone", true), ("all stay", false)] {
        group.bench_function(name, |bencher| {
            let prepare = || {
                let full = Full::with(TURN);
                if !silent {
                    let spoke = START + Duration::from_secs(30);
                    assert!(full.guests.iter().all(|seat| seat.stamp(spoke)));
                }
                full
            };
            bencher.iter_batched(
                prepare,
                |mut full| {
                    let sweep = full.room.sweep(START + RULES.member_timeout, TURN);
                    let events = full.room.take_events();
                    (full, sweep, events)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn parse(criterion: &mut Criterion) {
    criterion.bench_function("the fields of a beat", |bencher| {
        bencher.iter(|| Fields::parse(black_box(BEAT)).map(|fields| fields.token().is_ok()));
    });
}

criterion_group!(benches, stamp, transitions, sweep, parse);
criterion_main!(benches);
