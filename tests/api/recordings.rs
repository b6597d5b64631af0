//! Recordings: announcements of hosts, and the list of recordings.

use serde_json::{Value, json};
use zaibo::settings::{PlayUrl, RecordlistIndex, RecordlistTotal};

use crate::world::World;

/// Inserts a recording into the database, as a callback of the cloud would do.
fn deliver(world: &World, n: i64, uid: &str, kind: Option<i64>) {
    let kind = kind.map_or("NULL".to_owned(), |kind| kind.to_string());
    let row = format!(
        "INSERT INTO recordings (file_id, uid, name, title, cover, kind, video_id, play_url, created_at, file_bytes, duration_s)
         VALUES ('file{n}', '{uid}', 'name{n}', 'title{n}', '', {kind}, 'video{n}', 'http://v/{n}.m3u8', {n}, 1000, 60)"
    );
    world.execute(&row);
}

/// The announcements as `uid,name,kind,cover`.
fn announcements(world: &World) -> Vec<String> {
    let rows = "SELECT CONCAT_WS(',', uid, name, kind, cover) AS line FROM announcements";
    world.records().lines(rows)
}

async fn videos(world: &World, token: &str, fields: Value) -> Vec<String> {
    let data = world.ok("recordlist", token, fields).await;
    let list = data["videos"].as_array().expect("a list");
    list.iter()
        .map(|video| video["videoId"].as_str().expect("a text").to_owned())
        .collect()
}

#[actix_web::test]
async fn an_empty_list_is_a_success() {
    let world = World::new().await;
    let token = world.join("anna").await;
    let data = world
        .ok(
            "recordlist",
            &token,
            json!({"type": 0, "index": 1, "size": 15}),
        )
        .await;
    assert_eq!(data, json!({"total": 0, "videos": []}));
}

#[actix_web::test]
async fn a_recording_has_every_member_that_some_client_reads() {
    let world = World::new().await;
    let token = world.join("anna").await;
    deliver(&world, 5, "anna", None);
    let data = world
        .ok(
            "recordlist",
            &token,
            json!({"type": 0, "index": 1, "size": 15}),
        )
        .await;
    let expected = json!({
        "uid": "anna", "name": "name5", "title": "title5", "cover": "", "videoId": "video5", "playid": "video5",
        "playurl": ["http://v/5.m3u8"], "createTime": 5, "fileSize": 1000, "duration": 60,
    });
    assert_eq!(data, json!({"total": 1, "videos": [expected]}));
}

#[actix_web::test]
async fn the_address_is_a_text_where_the_document_is_followed() {
    let world = World::with(|settings| settings.compat.playurl = PlayUrl::Text).await;
    let token = world.join("anna").await;
    deliver(&world, 5, "anna", None);
    let data = world
        .ok(
            "recordlist",
            &token,
            json!({"type": 0, "index": 0, "size": 15}),
        )
        .await;
    assert_eq!(data["videos"][0]["playurl"], "http://v/5.m3u8");
}

#[actix_web::test]
async fn the_total_is_a_text_where_the_apple_app_of_2018_reads_it() {
    let world =
        World::with(|settings| settings.compat.recordlist_total = RecordlistTotal::Text).await;
    let token = world.join("anna").await;
    deliver(&world, 5, "anna", None);
    deliver(&world, 6, "anna", None);
    let page = json!({"type": 0, "index": 1, "size": 1});
    let data = world.ok("recordlist", &token, page).await;
    assert_eq!(data["total"], "2");
    assert_eq!(data["videos"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn recordings_are_newest_first_and_filtered_by_type_and_host() {
    let world = World::new().await;
    let token = world.join("anna").await;
    deliver(&world, 1, "anna", Some(0));
    deliver(&world, 2, "otto", Some(1));
    deliver(&world, 3, "otto", None);
    let all = |kind| json!({"type": kind, "index": 0, "size": 50});
    assert_eq!(videos(&world, &token, all(0)).await, ["video3", "video1"]);
    assert_eq!(
        videos(&world, &token, all(1)).await,
        ["video3", "video2", "video1"],
        "nobody announced 3: it matches all; the web build asks for 1 and means phones' 0 too"
    );
    assert_eq!(videos(&world, &token, all(2)).await, ["video3"]);
    let of = |uid: &str| json!({"type": 0, "index": 0, "size": 50, "s_uid": uid});
    assert_eq!(videos(&world, &token, of("otto")).await, ["video3"]);
    assert_eq!(videos(&world, &token, of("' OR 1=1 --")).await, [""; 0]);
}

#[actix_web::test]
async fn both_kinds_of_pager_see_every_recording_once() {
    let world = World::new().await;
    let token = world.join("anna").await;
    for n in 1..=7 {
        deliver(&world, n, "anna", None);
    }
    let expected: Vec<_> = (1..=7).rev().map(|n| format!("video{n}")).collect();
    let (mut by_page, mut by_row) = (Vec::new(), Vec::new());
    // A page number that reaches the size is the one case that cannot be told from a row offset.
    for page in 1..=2 {
        by_page.extend(videos(&world, &token, json!({"type": 0, "index": page, "size": 4})).await);
    }
    for row in [0, 4] {
        by_row.extend(videos(&world, &token, json!({"type": 0, "index": row, "size": 4})).await);
    }
    assert_eq!(by_page, expected);
    assert_eq!(by_row, expected);
}

#[actix_web::test]
async fn an_operator_may_say_which_pager_it_is() {
    for (meaning, index, first) in [
        (RecordlistIndex::Offset, 1, "video6"),
        (RecordlistIndex::Page, 3, "video3"),
        (RecordlistIndex::Page, 0, "video7"),
    ] {
        let world = World::with(|settings| settings.compat.recordlist_index = meaning).await;
        let token = world.join("anna").await;
        for n in 1..=7 {
            deliver(&world, n, "anna", None);
        }
        let page = videos(
            &world,
            &token,
            json!({"type": 0, "index": index, "size": 2}),
        )
        .await;
        assert_eq!(page[0], first);
    }
}

#[actix_web::test]
async fn only_the_creator_announces_and_saying_it_again_changes_but_one_row() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    let told = |cover: &str, kind: i64| json!({"roomnum": room, "uid": "host", "name": "rec", "type": kind, "cover": cover});
    assert_eq!(world.code("reportrecord", &anna, told("", 0)).await, 20001);
    assert!(announcements(&world).is_empty());
    assert_eq!(
        world.code("reportrecord", &host, told("http://a", 0)).await,
        0
    );
    assert_eq!(
        world.code("reportrecord", &host, told("http://b", 1)).await,
        0
    );
    assert_eq!(announcements(&world), ["host,rec,1,http://b"]);
    let elsewhere = json!({"roomnum": 4711, "uid": "host", "name": "rec", "type": 0});
    assert_eq!(world.code("reportrecord", &host, elsewhere).await, 20001);
}
