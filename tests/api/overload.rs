//! Overload: a request that finds a queue full is refused at once, requests in the queue are
//! answered, and other users notice nothing.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::future::join;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use crate::world::World;

pub(crate) const BUSY: i64 = 90001;

/// How often each code occurs.
pub(crate) fn count_by_code(codes: impl IntoIterator<Item = i64>) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for code in codes {
        *counts.entry(code).or_default() += 1;
    }
    counts
}

/// How many requests found this queue full, according to the metrics.
pub(crate) fn counted(world: &World, queue: &str) -> usize {
    let name = format!(r#"zaibo_busy_total{{queue="{queue}"}} "#);
    let figures = world.service.render_metrics();
    let line = figures.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().expect("a number"))
}

#[actix_web::test]
async fn a_room_that_is_asked_too_much_says_so_and_no_other_room_notices() {
    let world = World::new().await;
    let (host, other) = (world.join("host").await, world.join("other").await);
    let (room, elsewhere) = (world.go_live(&host).await, world.go_live(&other).await);
    let page = |room| json!({"roomnum": room, "index": 0, "size": 50});
    let flood: FuturesUnordered<_> = (0..2000)
        .map(|_| world.code("roomidlist", &host, page(room)))
        .collect();
    let (codes, others) = join(flood.collect::<Vec<_>>(), async {
        let beat = json!({"roomnum": elsewhere, "role": 1, "thumbup": 1});
        let beats = world.code("heartbeat", &other, beat).await;
        let pages = world.code("roomidlist", &other, page(elsewhere)).await;
        [beats, pages]
    })
    .await;
    let counts = count_by_code(codes);
    let busy = counts[&BUSY];
    assert_eq!(counts, BTreeMap::from([(0, 2000 - busy), (BUSY, busy)]));
    assert_eq!(others, [0, 0]);
    assert_eq!(counted(&world, "room"), busy);
    assert_eq!(world.members(&host, room).await, ["host:1"]);
}
