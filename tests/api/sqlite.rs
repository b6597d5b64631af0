//! What only SQLite has: a file that can be moved away or held, and databases of earlier builds.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use crate::callbacks::{inbox, recorded, recordings, stream};
use crate::overload::{BUSY, count_by_code, counted};
use crate::world::{DAWN, World};

#[actix_web::test]
async fn the_database_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    for file in ["zaibo.db", "zaibo.db.lock"] {
        let file = std::fs::metadata(world.folder.path().join(file)).expect("a file");
        assert_eq!(file.permissions().mode() & 0o077, 0);
    }
}

#[actix_web::test]
async fn a_disk_that_stands_still_refuses_who_comes_too_late_and_keeps_who_waits() {
    const CALLERS: usize = 8500;
    let world = World::new().await;
    let (host, guest) = (world.join("host").await, world.join("guest").await);
    let room = world.go_live(&host).await;
    world.enter(&guest, room).await;
    let mut disk = world.records();
    disk.execute("BEGIN IMMEDIATE");
    let mut announcing: FuturesUnordered<_> = (0..CALLERS)
        .map(|at| {
            let fields = json!({"roomnum": room, "uid": "host", "name": format!("take {at}"),
                "type": 0, "cover": ""});
            world.code("reportrecord", &host, fields)
        })
        .collect();
    // The refused requests are answered while the others still wait for the disk.
    let mut codes = vec![announcing.next().await.expect("an answer")];
    assert_eq!(codes, [BUSY]);
    assert_eq!(world.beat(&guest, room, 0).await, 0);
    assert_eq!(world.numbers(&guest).await, [room]);
    disk.execute("COMMIT");
    while let Some(code) = announcing.next().await {
        codes.push(code);
    }
    let counts = count_by_code(codes);
    let busy = counts[&BUSY];
    assert_eq!(counts, BTreeMap::from([(0, CALLERS - busy), (BUSY, busy)]));
    assert_eq!(counted(&world, "writer"), busy);
    let kept = disk.count("announcements");
    assert_eq!(kept, i64::try_from(CALLERS - busy).expect("few"));
}

#[actix_web::test]
async fn a_store_that_can_not_take_them_is_tried_ever_less_often_and_that_is_counted() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let beat = json!({"token": host, "roomnum": room, "role": 1, "thumbup": 7});
    assert_eq!(world.post("live", "heartbeat", beat).await.code, 0);
    std::fs::rename(
        world.folder.path().join("zaibo.db"),
        world.folder.path().join("elsewhere"),
    )
    .expect("moved");
    world.kept_for(80).await;
    let figures = world.service.render_metrics();
    let failed = r#"zaibo_background_failed_total{doing="recording ends and figures of lives"} "#;
    let line = figures.lines().find_map(|line| line.strip_prefix(failed));
    let count: u32 = line.expect("counted").parse().expect("a number");
    assert!((4..=8).contains(&count), "{count}");
    // Nothing is lost: it is recorded as soon as the store takes it again.
    std::fs::rename(
        world.folder.path().join("elsewhere"),
        world.folder.path().join("zaibo.db"),
    )
    .expect("moved back");
    world.kept_for(61).await;
    assert_eq!(world.count("lives WHERE likes = 7"), 1);
}

#[actix_web::test]
async fn what_an_earlier_build_kept_wrongly_is_healed() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    world.wait(60).await;
    world
        .told("live", &recorded(&stream(room, "host"), "f", 10, 50))
        .await;
    let mut unplayable = recorded(&stream(room, "host"), "g", 10, 50);
    unplayable["video_url"] = "cos://b/g".into();
    world.told("live", &unplayable).await;
    let picture = |at: i64, name: &str| {
        json!({"event_type": 200, "stream_id": stream(room, "host"), "create_time": at, "pic_url": name,
            "pic_full_url": format!("http://shots{name}")})
    };
    world.told("live", &picture(DAWN + 5, "/false")).await;
    // The rows get the form in which the earlier build left them.
    let mut database = world.records();
    for statement in [
        "UPDATE inbox SET state = 'done'".to_owned(),
        format!("UPDATE streams SET picture_at = {DAWN}000 WHERE picture_at IS NOT NULL"),
        format!("UPDATE recordings SET created_at = {DAWN}000"),
        format!("UPDATE file_reports SET ended_at = {DAWN}000 WHERE file_id = 'f'"),
    ] {
        database.execute(&statement);
    }
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/migrations/sqlite/2026-11-26-000000_what_the_cloud_means"
    );
    for file in ["down.sql", "up.sql"] {
        let script = std::fs::read_to_string(format!("{folder}/{file}")).expect("a script");
        database.execute(&script);
    }
    drop(database);
    assert_eq!(
        inbox(&world),
        ["live 100 done", "live 100 unplayable", "live 200 done"]
    );
    let list = recordings(&world, &host).await;
    assert_eq!(list[0]["createTime"], DAWN + 60);
    world.told("live", &picture(DAWN + 60, "/true")).await;
    let cover = &world.rooms(&host).await[0]["info"]["cover"];
    assert_eq!(cover, "http://shots/true");
}
