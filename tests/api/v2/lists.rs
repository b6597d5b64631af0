//! Lists in pages: nothing that stays is skipped or repeated, whatever comes and goes between them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::World;

/// The numbers or ids in a page.
fn items(page: &Value, name: &str) -> Vec<Value> {
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|item| item[name].clone()).collect()
}

#[actix_web::test]
async fn rooms_are_paged_newest_first_while_others_come_and_go() {
    let world = World::new().await;
    let mut hosts = Vec::new();
    for at in 0..7 {
        let host = world.newcomer(&format!("host{at}")).await;
        let room = world.on_air(&host, &format!("Live {at}")).await;
        hosts.push((host, room));
    }
    let viewer = world.newcomer("viewer").await;
    let first = world.get("/v2/rooms?limit=3", &viewer).await.ok(200);
    assert_eq!(first["total"], 7);
    let newest: Vec<_> = hosts
        .iter()
        .rev()
        .map(|(_, room)| Value::from(*room))
        .collect();
    assert_eq!(items(&first, "room"), newest[..3]);
    // One live of the first page ends, one of the next does, and a new one begins.
    for at in [6, 1] {
        let (host, room) = &hosts[at];
        let path = format!("/v2/rooms/{room}");
        assert_eq!(world.rest("DELETE", &path, host, "").await.status, 200);
    }
    let late = world.newcomer("late").await;
    world.on_air(&late, "Late").await;
    let mut seen = Vec::new();
    let mut next = first["next"].as_str().map(str::to_owned);
    while let Some(cursor) = next {
        let path = format!("/v2/rooms?limit=3&cursor={cursor}");
        let page = world.get(&path, &viewer).await.ok(200);
        seen.extend(items(&page, "room"));
        next = page["next"].as_str().map(str::to_owned);
    }
    let rest = [3, 2, 0].map(|at| Value::from(hosts[at].1));
    assert_eq!(seen, rest);
}

#[actix_web::test]
async fn members_are_paged_while_some_leave_and_some_come() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let path = format!("/v2/rooms/{room}/members");
    let me = format!("{path}/me");
    let mut viewers = Vec::new();
    for at in 0..6 {
        let viewer = world.newcomer(&format!("viewer{at}")).await;
        world.rest("PUT", &me, &viewer, "").await.ok(200);
        viewers.push(viewer);
    }
    let first = world.get(&format!("{path}?limit=3"), &host).await.ok(200);
    assert_eq!(items(&first, "uid"), ["host", "viewer0", "viewer1"]);
    assert_eq!(first["total"], 7);
    for gone in [0, 2] {
        world.rest("DELETE", &me, &viewers[gone], "").await;
    }
    let cursor = first["next"].as_str().expect("a cursor");
    let second = format!("{path}?limit=200&cursor={cursor}");
    let second = world.get(&second, &host).await.ok(200);
    assert_eq!(items(&second, "uid"), ["viewer3", "viewer4", "viewer5"]);
    assert_eq!(second["next"], Value::Null);
    let all = world.get(&format!("{path}?limit=5"), &host).await.ok(200);
    assert_eq!(all["next"], Value::Null, "the last page is exactly full");
    // A cursor is good for the list that it came from.
    let other = format!("/v2/rooms?cursor={cursor}");
    assert_eq!(world.get(&other, &host).await.wrong_field(), "/cursor");
}

#[actix_web::test]
async fn lives_of_one_app_are_told_from_others() {
    let world = World::new().await;
    let mut rooms = BTreeSet::new();
    for (at, appid) in [(0, 7), (1, 8), (2, 7)] {
        let host = world.newcomer(&format!("host{at}")).await;
        let room = world.on_air(&host, "Live").await;
        let body = format!(r#"{{"title":"Live","appid":{appid}}}"#);
        let path = format!("/v2/rooms/{room}/live");
        world.rest("POST", &path, &host, &body).await.ok(200);
        if appid == 7 {
            rooms.insert(room);
        }
    }
    let viewer = world.newcomer("viewer").await;
    let page = world
        .get("/v2/rooms?app=7&type=live", &viewer)
        .await
        .ok(200);
    let found = items(&page, "room");
    let found: BTreeSet<_> = found.iter().filter_map(Value::as_i64).collect();
    assert_eq!(found, rooms);
}
