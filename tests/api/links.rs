//! Links from one live to another: who gets a signature, and what it contains.

use serde_json::{Value, json};
use zaibo::secret::Secret;
use zaibo::settings::App;

use crate::world::{Answer, World};

const KEY: &str = "3b407fa2d9857f31";
const OTHER_KEY: &str = "0123456789abcdef";

fn app(appid: u32, link_key: &str) -> App {
    App {
        appid,
        usersig_key: Some("any".to_owned()),
        usersig_private_key_file: None,
        link_key: Secret::from(link_key.to_owned()),
    }
}

/// Two hosts with their lives: green in 10001, ghost in 10002.
struct Pair {
    world: World,
    green: String,
    ghost: String,
}

impl Pair {
    async fn new() -> Self {
        let world = World::with(|settings| {
            settings.cloud.default_appid = 7;
            settings.cloud.apps = vec![app(7, KEY), app(8, OTHER_KEY), app(9, "")];
        })
        .await;
        let (green, ghost) = (world.join("green").await, world.join("ghost").await);
        assert_eq!(world.go_live(&green).await, 10001);
        assert_eq!(world.go_live(&ghost).await, 10002);
        Self {
            world,
            green,
            ghost,
        }
    }

    /// The answer to green, who requests a link with some fields changed.
    async fn ask(&self, changed: Value) -> Answer {
        self.ask_as(&self.green, changed).await
    }

    async fn ask_as(&self, token: &str, changed: Value) -> Answer {
        let mut fields = json!({"id": "ghost", "roomnum": 10002, "current_roomnum": 10001});
        for (name, value) in changed.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        self.world.live("linksig", token, fields).await
    }

    async fn exit(&self, token: &str) {
        let fields = json!({"type": "live"});
        assert_eq!(self.world.code("exitroom", token, fields).await, 0);
    }
}

fn is(answer: &Answer, code: i64, info: &str) {
    assert_eq!((answer.code, &*answer.info), (code, info));
}

/// The decrypted message of an answer's signature.
fn decipher(answer: &Answer, key: &str) -> Vec<u8> {
    assert_eq!(answer.code, 0, "{}", answer.info);
    let text = answer.data["linksig"].as_str().expect("a text");
    assert_eq!(text, text.to_uppercase());
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    let bytes: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect();
    tc_tea::decrypt(bytes, key).expect("the key")
}

fn says(message: &[u8], what: &[u8]) -> bool {
    message.windows(what.len()).any(|part| part == what)
}

#[actix_web::test]
async fn a_host_links_his_live_to_another_one() {
    let pair = Pair::new().await;
    let answer = pair.ask(json!({})).await;
    assert!(!answer.text.contains(KEY));
    let message = decipher(&answer, KEY);
    // Field 1 is 10001, field 2 green, field 3 10002, field 4 ghost.
    assert!(
        message.starts_with(b"\x08\x91\x4e\x12\x05green\x18\x92\x4e\x22\x05ghost\x28"),
        "{message:?}"
    );
    let again = pair.ask(json!({})).await;
    assert_ne!(answer.data, again.data, "salted anew");
    let back = json!({"id": "green", "roomnum": 10001, "current_roomnum": 10002});
    let back = pair.ask_as(&pair.ghost, back).await;
    assert!(decipher(&back, KEY).starts_with(b"\x08\x92\x4e\x12\x05ghost"));
}

#[actix_web::test]
async fn each_app_has_a_key_of_its_own_and_one_without_is_not_set_up() {
    let pair = Pair::new().await;
    for number in [json!(8), json!("8")] {
        let answer = pair.ask(json!({"appid": number})).await;
        assert!(says(&decipher(&answer, OTHER_KEY), b"ghost"));
    }
    let to_itself = pair.ask(json!({"id": "green", "roomnum": 10001})).await;
    assert_eq!(to_itself.code, 10010);
    let without_key = pair.ask(json!({"appid": 9})).await;
    is(&without_key, 90002, "linksig is not set up for this app");
    let unknown = pair.ask(json!({"appid": 10})).await;
    is(&unknown, 10003, "Invalid appid");
}

#[actix_web::test]
async fn without_any_key_a_server_says_that_it_is_not_set_up() {
    let world = World::new().await;
    let (green, ghost) = (world.join("green").await, world.join("ghost").await);
    world.go_live(&green).await;
    world.go_live(&ghost).await;
    let fields = json!({"id": "ghost", "roomnum": 10002, "current_roomnum": 10001});
    let answer = world.live("linksig", &green, fields).await;
    is(&answer, 90002, "linksig is not set up for this app");
    assert_eq!(answer.data, Value::Null);
}

#[actix_web::test]
async fn d26_nobody_links_from_a_room_that_is_not_his() {
    let pair = Pair::new().await;
    let viewer = pair.world.join("viewer").await;
    pair.world.enter(&viewer, 10001).await;
    let not_his = "The room was not created by this user";
    for (who, current) in [
        (&viewer, 10001),
        (&pair.ghost, 10001),
        (&pair.green, 10002),
        (&pair.green, 4711),
        (&pair.green, 0),
    ] {
        let answer = pair.ask_as(who, json!({"current_roomnum": current})).await;
        is(&answer, 20001, not_his);
    }
    pair.exit(&pair.ghost).await;
    let answer = pair.ask(json!({"current_roomnum": 10002})).await;
    is(&answer, 20001, not_his);
}

#[actix_web::test]
async fn a_live_that_is_over_or_not_begun_links_to_nothing() {
    let pair = Pair::new().await;
    pair.exit(&pair.green).await;
    let answer = pair.ask(json!({})).await;
    is(&answer, 10010, "av room is not exist");
    // A room that was created but is not live yet.
    let room = pair.world.create(&pair.green).await;
    let answer = pair.ask(json!({"current_roomnum": room})).await;
    is(&answer, 10010, "av room is not exist");
    assert_eq!(pair.world.report(&pair.green, room).await, 0);
    let answer = pair.ask(json!({"current_roomnum": room})).await;
    assert!(says(&decipher(&answer, KEY), b"ghost"));
}

#[actix_web::test]
async fn only_a_live_and_its_host_can_be_linked_to() {
    let pair = Pair::new().await;
    let other = pair.world.join("other").await;
    let created = pair.world.create(&other).await;
    let long = "x".repeat(10_000);
    for changed in [
        json!({"roomnum": 4711}),
        json!({"roomnum": -1}),
        json!({"id": "nobody"}),
        json!({"id": "Ghost"}),
        json!({"id": "other"}),
        json!({"id": long}),
        json!({"id": " ghost"}),
        json!({"id": "green"}),
        json!({"id": "other", "roomnum": created}),
    ] {
        let answer = pair.ask(changed.clone()).await;
        assert_eq!(answer.code, 10010, "{changed}");
    }
    pair.exit(&pair.ghost).await;
    assert_eq!(pair.ask(json!({})).await.code, 10010);
}

#[actix_web::test]
async fn a_link_is_good_for_three_hundred_seconds_from_now() {
    let pair = Pair::new().await;
    let varint = |mut number: i64| {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push((number & 0x7f | 0x80).to_le_bytes()[0]);
            number >>= 7;
        }
        bytes.push(number.to_le_bytes()[0]);
        bytes
    };
    let now = pair.world.service.clock.unix().as_secs();
    let message = decipher(&pair.ask(json!({})).await, KEY);
    let times = [vec![0x28], varint(now), vec![0x30], varint(now + 300)].concat();
    assert!(message.ends_with(&times), "{message:?}");
}
