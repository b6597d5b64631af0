//! Watching lives and their recordings, and who is in a room.

use serde_json::{Value, json};

use crate::world::World;

#[actix_web::test]
async fn a_live_is_watched_at_the_same_addresses_by_old_and_new_clients() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let created = world.rest("POST", "/v2/rooms", &host, "").await.ok(201);
    let path = format!("/v2/rooms/{}", created["room"]);
    let play = format!("{path}/play");
    let early = world.get(&play, &host).await;
    assert_eq!(early.problem(), (404, "room_unknown"));
    let room = world.on_air(&host, "Live").await;
    let anna = world.newcomer("anna").await;
    let told = world.get(&format!("/v2/rooms/{room}/play"), &anna).await;
    let told = told.ok(200);
    let old = world
        .ok("getroomplayurl", &anna, json!({"roomnum": room}))
        .await;
    let expected = json!({"rtmp": old["address"], "flv": old["address2"], "hls": old["address3"]});
    assert!(
        told["rtmp"]
            .as_str()
            .is_some_and(|url| url.starts_with("rtmp://"))
    );
    assert_eq!(told, expected, "{old}");
}

/// Records a file that was made at that second, as a callback of the cloud would do.
fn record(world: &World, file: &str, uid: &str, kind: &str, at: i64) {
    world.execute(&format!(
        "INSERT INTO recordings (file_id, uid, name, title, cover, kind, video_id, play_url, created_at, file_bytes, duration_s)
         VALUES ('{file}', '{uid}', 'name', 'title', '', {kind}, 'v-{file}', 'http://v/{file}', {at}, 1000, 60)"
    ));
}

/// The videos on all pages of that size, with something done after the first one.
async fn walk(world: &World, token: &str, query: &str, between: impl FnOnce()) -> Vec<String> {
    let (mut seen, mut between) = (Vec::new(), Some(between));
    let mut path = format!("/v2/recordings?{query}");
    loop {
        let page = world.get(&path, token).await.ok(200);
        let items = page["items"].as_array().expect("a list");
        let ids = items.iter().map(|item| item["video_id"].as_str());
        seen.extend(ids.map(|id| id.expect("a text").to_owned()));
        let Some(next) = page["next"].as_str() else {
            return seen;
        };
        path = format!("/v2/recordings?{query}&cursor={next}");
        if let Some(between) = between.take() {
            between();
        }
    }
}

#[actix_web::test]
async fn recordings_are_paged_newest_first_while_others_come_and_go() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    // Three of one second: the order of their files decides.
    for (file, at) in [("a", 10), ("c", 20), ("d", 20), ("b", 20), ("e", 30)] {
        record(&world, file, "host", "0", at);
    }
    let all = walk(&world, &anna, "limit=2", || {
        record(&world, "late", "host", "0", 40);
        world.execute("DELETE FROM recordings WHERE file_id IN ('d', 'c')");
        record(&world, "early", "host", "0", 5);
    });
    assert_eq!(all.await, ["v-e", "v-d", "v-b", "v-a", "v-early"]);
    let first = world.get("/v2/recordings?limit=1", &anna).await.ok(200);
    assert_eq!(first["total"], 5);
    let expected = json!({
        "uid": "host", "name": "name", "title": "title", "cover": "", "type": 0,
        "video_id": "v-late", "play_url": "http://v/late",
        "created_at": "1970-01-01T00:00:40.000Z", "bytes": 1000, "duration_s": 60,
    });
    assert_eq!(first["items"], json!([expected]));
    let other = format!(
        "/v2/recordings?uid=x&cursor={}",
        first["next"].as_str().expect("more")
    );
    assert_eq!(world.get(&other, &anna).await.wrong_field(), "/cursor");
}

#[actix_web::test]
async fn recordings_are_chosen_by_host_and_type() {
    let world = World::new().await;
    let anna = world.newcomer("anna").await;
    for (at, (file, uid, kind)) in [
        ("zero", "one", "0"),
        ("one", "one", "1"),
        ("two", "two", "2"),
        ("none", "two", "NULL"),
    ]
    .into_iter()
    .enumerate()
    {
        record(&world, file, uid, kind, i64::try_from(at).expect("small"));
    }
    for (query, expected) in [
        ("limit=9", &["v-none", "v-two", "v-one", "v-zero"][..]),
        ("type=2", &["v-none", "v-two"]),
        ("type=1", &["v-none", "v-one", "v-zero"]),
        ("uid=two", &["v-none", "v-two"]),
        ("uid=one&type=0", &["v-zero"]),
        ("uid=nobody", &[]),
    ] {
        assert_eq!(walk(&world, &anna, query, || {}).await, expected, "{query}");
    }
    let wrong = world.get("/v2/recordings?type=x", &anna).await;
    assert_eq!(wrong.wrong_field(), "/type");
}

#[actix_web::test]
async fn members_are_found_by_their_ids_and_chosen_by_their_role() {
    let world = World::new().await;
    let host = world.newcomer("host").await;
    let room = world.on_air(&host, "Live").await;
    let path = format!("/v2/rooms/{room}/members");
    for name in ["anna", "berta", "clara", "dora"] {
        let token = world.newcomer(name).await;
        world.rest("PUT", &format!("{path}/me"), &token, "").await;
        if name == "clara" {
            let beat = format!("/v2/rooms/{room}/beat");
            world
                .rest("POST", &beat, &token, r#"{"role":"linked"}"#)
                .await;
        }
    }
    let shown = async |query: &str| {
        let page = world.get(&format!("{path}?{query}"), &host).await.ok(200);
        let items = page["items"].as_array().expect("a list").clone();
        let rows = items.iter().map(|item| {
            let text = |name: &str| item[name].as_str().expect("a text").to_owned();
            format!("{}:{}", text("uid"), text("role"))
        });
        let next = page["next"].as_str().map(str::to_owned);
        (
            rows.collect::<Vec<_>>().join(" "),
            page["total"].clone(),
            next,
        )
    };
    for (query, rows, total) in [
        (
            "uid=dora,nobody,host,,clara",
            "dora:viewer host:host clara:linked",
            3,
        ),
        ("uid=nobody", "", 0),
        ("role=host", "host:host", 1),
        ("role=linked", "clara:linked", 1),
        ("role=viewer", "anna:viewer berta:viewer dora:viewer", 3),
    ] {
        let (seen, of, next) = shown(query).await;
        assert_eq!(
            (seen.as_str(), of, next),
            (rows, Value::from(total), None),
            "{query}"
        );
    }
    let (first, total, next) = shown("role=viewer&limit=2").await;
    assert_eq!(
        (first.as_str(), total),
        ("anna:viewer berta:viewer", 3.into())
    );
    let next = next.expect("one more");
    let rest = shown(&format!("role=viewer&limit=2&cursor={next}")).await;
    assert_eq!(rest, ("dora:viewer".to_owned(), 3.into(), None));
    let many = vec!["x"; 101].join(",");
    for (query, field) in [
        (format!("uid={many}"), "/uid"),
        ("uid=a&limit=3".to_owned(), "/uid"),
        ("role=guest".to_owned(), "/role"),
        (format!("cursor={next}"), "/cursor"),
    ] {
        let told = world.get(&format!("{path}?{query}"), &host).await;
        assert_eq!(told.wrong_field(), field, "{query}");
    }
}
