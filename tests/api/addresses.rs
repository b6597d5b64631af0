//! The addresses at which streams are watched and to which they are sent, at the operator's own
//! domains.

use serde_json::{Value, json};
use zaibo::secret::Secret;
use zaibo::settings::Cloud;

use crate::world::{DAWN, World};

const PUSH_KEY: &str = "e12c46f2612d5106e2034781ab261ca3";
const PLAY_KEY: &str = "9d1f0c2b7a6e4d3f8c5b0a1e2d3c4b5a";

/// The stream code of the first room of `host`.
const STREAM: &str = "8888_2a8cca79d6a349e28b77c762ae4d091a";

async fn world(change: impl FnOnce(&mut Cloud)) -> World {
    World::with(|settings| change(&mut settings.cloud)).await
}

fn domains(cloud: &mut Cloud) {
    cloud.play_domain = "play.example.com".to_owned();
    cloud.push_domain = "push.example.com".to_owned();
}

fn keys(cloud: &mut Cloud) {
    cloud.play_key = Secret::from(PLAY_KEY.to_owned());
    cloud.push_key = Secret::from(PUSH_KEY.to_owned());
}

/// The answers of getroomplayurl and livestreamlist about the only room.
async fn told(world: &World, token: &str, room: i64) -> (Value, Value) {
    let one = world
        .ok("getroomplayurl", token, json!({"roomnum": room}))
        .await;
    let page = json!({"index": 0, "size": 10});
    let list = world.ok("livestreamlist", token, page).await;
    (one, list["videos"][0].clone())
}

#[actix_web::test]
async fn without_domains_nothing_but_the_addresses_of_2016_is_told() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let (one, row) = told(&world, &host, room).await;
    for told in [one, row] {
        let told = told.as_object().expect("members");
        assert!(!told.contains_key("address4") && !told.contains_key("pushurl"));
        assert_eq!(
            told["address"],
            format!("rtmp://8888.liveplay.myqcloud.com/live/{STREAM}")
        );
    }
}

#[actix_web::test]
async fn bare_domains_have_bare_addresses() {
    let world = world(domains).await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let place = format!("play.example.com/live/{STREAM}");
    let (one, row) = told(&world, &host, room).await;
    assert_eq!(
        one,
        json!({
            "cover": "", "address": format!("rtmp://{place}"), "address2": format!("http://{place}.flv"),
            "address3": format!("http://{place}.m3u8"), "address4": format!("webrtc://{place}"),
            "pushurl": format!("rtmp://push.example.com/live/{STREAM}"),
        })
    );
    assert_eq!(row["address4"], format!("webrtc://{place}"));
}

#[actix_web::test]
async fn signed_addresses_expire_after_their_life() {
    let world = world(|cloud| {
        domains(cloud);
        keys(cloud);
        cloud.play_https = true;
        cloud.url_life_s = 600;
    })
    .await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let now = world.service.clock.unix().as_secs();
    assert!(now < DAWN + 60);
    let time = format!("&txTime={:X}", now + 600);
    let (one, row) = told(&world, &host, room).await;
    for (address, begin, end) in [
        ("address", "rtmp://play.", ""),
        ("address2", "https://play.", ".flv"),
        ("address3", "https://play.", ".m3u8"),
        ("address4", "webrtc://play.", ""),
    ] {
        assert_eq!(one[address], row[address]);
        let address = one[address].as_str().expect("a text");
        assert!(address.starts_with(begin), "{address}");
        assert!(
            address.contains(&format!("/live/{STREAM}{end}?txSecret=")),
            "{address}"
        );
        assert!(address.ends_with(&time), "{address}");
    }
    let secret = |address: &Value| {
        let address = address.as_str().expect("a text");
        let (_, secret) = address.split_once("txSecret=").expect("a signature");
        secret[..32].to_owned()
    };
    assert_eq!(secret(&one["address"]), secret(&one["address3"]));
    assert_ne!(
        secret(&one["address"]),
        secret(&one["pushurl"]),
        "two keys, two secrets"
    );
    world.wait(1).await;
    let (later, _) = told(&world, &host, room).await;
    assert_ne!(later["address"], one["address"]);
}

#[actix_web::test]
async fn only_the_host_is_told_where_to_send() {
    let world = world(|cloud| {
        domains(cloud);
        keys(cloud);
    })
    .await;
    let (host, viewer) = (world.join("host").await, world.join("viewer").await);
    let room = world.go_live(&host).await;
    world.enter(&viewer, room).await;
    let (of_host, row_of_host) = told(&world, &host, room).await;
    let push = of_host["pushurl"].as_str().expect("a text");
    assert!(push.starts_with("rtmp://push.example.com/live/"), "{push}");
    assert_eq!(row_of_host["pushurl"], Value::Null);
    let other = world.join("other").await;
    world.go_live(&other).await;
    for token in [&viewer, &other] {
        let fields = json!({"roomnum": room});
        let answer = world.live("getroomplayurl", token, fields).await;
        assert_eq!(answer.code, 0);
        assert!(
            !answer.text.contains("push"),
            "a viewer could send in the host's place: {}",
            answer.text
        );
    }
}

#[actix_web::test]
async fn a_room_that_is_not_live_yet_has_no_address_for_its_host_either() {
    let world = world(domains).await;
    let host = world.join("host").await;
    let room = world.create(&host).await;
    let fields = json!({"roomnum": room});
    assert_eq!(world.code("getroomplayurl", &host, fields).await, 10010);
}
