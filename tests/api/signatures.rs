//! Signatures: room keys and their rights, and the verification of signatures.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use serde_json::{Value, json};

use crate::world::{Answer, DAWN, World};

const HOST: u64 = 255;
const LINKED: u64 = 62;
const AUDIENCE: u64 = 42;

/// Requests a room key with these fields in addition to the usual ones.
async fn ask(world: &World, id: &str, room: i64, more: Value) -> Answer {
    let mut fields = json!({"identifier": id, "pwd": "password", "roomnum": room});
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    world.post("account", "authPrivMap", fields).await
}

/// A room key that has to be issued.
async fn key(world: &World, id: &str, room: i64, more: Value) -> Value {
    let answer = ask(world, id, room, more).await;
    assert_eq!(answer.code, 0, "{}", answer.info);
    answer.data
}

async fn rights(world: &World, id: &str, room: i64) -> Value {
    key(world, id, room, json!({})).await["privMap"].clone()
}

async fn verify(world: &World, fields: Value) -> (i64, String) {
    let answer = world.post("account", "verify", fields).await;
    (answer.code, answer.info)
}

fn members(sig: &Value) -> Value {
    let text = sig.as_str().expect("a text");
    let text = text.replace('*', "+").replace('-', "/").replace('_', "=");
    let mut json = String::new();
    ZlibDecoder::new(&*STANDARD.decode(text).expect("base64"))
        .read_to_string(&mut json)
        .expect("zlib");
    serde_json::from_str(&json).expect("JSON")
}

/// The bytes of a room key.
fn bytes(key: &Value) -> Vec<u8> {
    let members = members(&key["privMapEncrypt"]);
    STANDARD
        .decode(members["TLS.userbuf"].as_str().expect("a text"))
        .expect("base64")
}

/// A host with a live, and anna as a viewer.
async fn scene() -> (World, String, String, i64) {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    (world, host, anna, room)
}

#[actix_web::test]
async fn rights_follow_the_role_that_the_caller_has_in_that_room() {
    let (world, _, anna, room) = scene().await;
    world.join("otto").await;
    assert_eq!(rights(&world, "host", room).await, HOST);
    assert_eq!(rights(&world, "anna", room).await, AUDIENCE);
    assert_eq!(
        rights(&world, "otto", room).await,
        AUDIENCE,
        "they are not in it yet"
    );
    let mic = |status: &str| json!({"roomnum": room, "status": status});
    world.ok("reportstatus", &anna, mic("on")).await;
    assert_eq!(rights(&world, "anna", room).await, LINKED);
    assert_eq!(
        rights(&world, "anna", room + 1).await,
        AUDIENCE,
        "there she is nobody"
    );
    world.ok("reportstatus", &anna, mic("off")).await;
    assert_eq!(rights(&world, "anna", room).await, AUDIENCE);
}

#[actix_web::test]
async fn a_host_gets_every_right_in_a_room_of_his_that_is_not_live_any_more() {
    let (world, host, _, room) = scene().await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    let world = world.reborn().await;
    assert_eq!(rights(&world, "host", room).await, HOST);
    assert_eq!(rights(&world, "anna", room).await, AUDIENCE);
}

#[actix_web::test]
async fn who_fell_silent_on_mic_has_the_rights_of_a_viewer() {
    let (world, host, anna, room) = scene().await;
    world
        .ok(
            "reportstatus",
            &anna,
            json!({"roomnum": room, "status": "on"}),
        )
        .await;
    world.wait(30).await;
    world.beat(&host, room, 1).await;
    assert_eq!(rights(&world, "anna", room).await, LINKED);
    world.wait(10).await;
    assert_eq!(rights(&world, "anna", room).await, AUDIENCE);
}

#[actix_web::test]
async fn a_client_may_ask_for_less_and_never_gets_more() {
    let (world, _, _, room) = scene().await;
    for (id, asked, granted) in [
        ("host", json!({"privMap": 255}), 255),
        ("host", json!({"privMap": 42}), 42),
        ("host", json!({"UPB_CREATE": "1", "UPB_ENTER": 1}), 3),
        ("anna", json!({"privMap": 255}), 42),
        ("anna", json!({"privMap": -1}), 42),
        ("anna", json!({"privMap": 3}), 2),
        (
            "anna",
            json!({"UPB_CREATE": "1", "UPB_ENTER": "1", "UPB_SEND_AUDIO": "1"}),
            2,
        ),
    ] {
        let key = key(&world, id, room, asked.clone()).await;
        assert_eq!(key["privMap"], granted, "{id} {asked}");
        let bytes = bytes(&key);
        let rights = &bytes[bytes.len() - 8..bytes.len() - 4];
        assert_eq!(rights, u32::to_be_bytes(granted), "{id} {asked}");
    }
}

#[actix_web::test]
async fn viewers_of_the_apps_of_2018_may_send_if_the_operator_says_so() {
    let world = World::with(|settings| settings.compat.viewer_keys_may_send = true).await;
    let host = world.join("host").await;
    world.join("anna").await;
    let room = world.go_live(&host).await;
    assert_eq!(rights(&world, "anna", room).await, LINKED);
    assert_eq!(rights(&world, "host", room).await, HOST);
}

#[actix_web::test]
async fn a_key_says_who_may_do_what_where_and_until_when() {
    let (world, _, _, room) = scene().await;
    let number = u32::try_from(room).expect("positive").to_be_bytes();
    let expires = |life: i64| u32::try_from(DAWN + life).expect("positive").to_be_bytes();
    let app = 1_400_027_849_u32.to_be_bytes();
    let asked = json!({"appid": 1_400_027_849, "accounttype": 11656, "privMap": 255});
    let given = key(&world, "anna", room, asked.clone()).await;
    let head = [0, 0, 4, b'a', b'n', b'n', b'a'];
    let tail = [0, 0, 0, 42, 0, 0, 0x2d, 0x88];
    let expected = [&head[..], &app, &number, &expires(600), &tail].concat();
    assert_eq!(bytes(&given), expected);
    let container = members(&given["privMapEncrypt"]);
    assert_eq!(
        (
            &container["TLS.identifier"],
            &container["TLS.sdkappid"],
            &container["TLS.expire"]
        ),
        (&json!("anna"), &json!(1_400_027_849), &json!(600))
    );
    let sig = members(&given["userSig"]);
    assert_eq!(
        (&sig["TLS.expire"], &sig["TLS.userbuf"]),
        (&json!(15_552_000), &Value::Null)
    );
    // The room is named by text, and the key is valid for longer.
    let mut by_text = asked;
    by_text["strRoomId"] = room.to_string().into();
    by_text["expire_time"] = 7200.into();
    let name = [&[0, 5], room.to_string().as_bytes()].concat();
    let head = [1, 0, 4, b'a', b'n', b'n', b'a'];
    let expected = [&head[..], &app, &[0; 4], &expires(7200), &tail, &name].concat();
    assert_eq!(bytes(&key(&world, "anna", room, by_text).await), expected);
}

#[actix_web::test]
async fn the_token_that_comes_with_a_key_is_one_more_and_survives_a_restart() {
    let (world, _, anna, room) = scene().await;
    let given = key(&world, "anna", room, json!({})).await;
    let further = given["token"].as_str().expect("a token").to_owned();
    assert_ne!(further, anna);
    let world = world.reborn().await;
    for token in [&anna, &further] {
        assert_eq!(world.beat(token, room, 0).await, 0);
    }
    // Each session has its own logout, and a login ends all that are left.
    let logout = json!({"token": further});
    assert_eq!(world.post("account", "logout", logout).await.code, 0);
    assert_eq!(world.beat(&further, room, 0).await, 10009);
    assert_eq!(world.beat(&anna, room, 0).await, 0);
    let third = key(&world, "anna", room, json!({})).await["token"].clone();
    let login = world.login("anna").await;
    for token in [&anna, third.as_str().expect("a token")] {
        assert_eq!(world.beat(token, room, 0).await, 10009);
    }
    assert_eq!(world.beat(&login, room, 0).await, 0);
}

#[actix_web::test]
async fn of_many_tokens_the_newest_sixty_four_stay() {
    let world = World::new().await;
    let mut tokens = vec![world.join("anna").await];
    world.join("otto").await;
    for _ in 0..64 {
        // The token is used, so that the session cache has it.
        assert_eq!(world.beat(&tokens[0], -1, 0).await, 0);
        world.wait(1).await;
        let given = key(&world, "anna", 10001, json!({})).await;
        tokens.push(given["token"].as_str().expect("a token").to_owned());
        rights(&world, "otto", 10001).await;
    }
    assert_eq!(world.beat(&tokens[0], -1, 0).await, 10009);
    for token in &tokens[1..] {
        assert_eq!(world.beat(token, -1, 0).await, 0);
    }
}

#[actix_web::test]
async fn a_key_needs_the_password_and_guessing_at_it_is_guessing_at_the_login() {
    let (world, _, _, room) = scene().await;
    let guess = json!({"pwd": "guess"});
    assert_eq!(ask(&world, "nobody", room, json!({})).await.code, 10005);
    for _ in 0..3 {
        assert_eq!(ask(&world, "anna", room, guess.clone()).await.code, 10006);
    }
    let login = json!({"id": "anna", "pwd": "guess"});
    for _ in 0..2 {
        assert_eq!(
            world.post("account", "login", login.clone()).await.code,
            10006
        );
    }
    assert_eq!(ask(&world, "anna", room, guess).await.code, 10012);
    assert_eq!(world.post("account", "login", login).await.code, 10012);
    world.wait(31).await;
    assert_eq!(rights(&world, "anna", room).await, AUDIENCE);
}

#[actix_web::test]
async fn an_id_of_digits_may_come_as_a_number() {
    let world = World::new().await;
    world.join("4711").await;
    for id in [json!("4711"), json!(4711)] {
        let answer = ask(&world, "", 10001, json!({"identifier": id})).await;
        assert_eq!(answer.code, 0, "{}", answer.info);
    }
    for id in [json!(4712), json!(true), json!([])] {
        assert_eq!(
            ask(&world, "", 10001, json!({"identifier": id})).await.code,
            10005
        );
    }
}

#[actix_web::test]
async fn an_app_that_is_not_configured_is_neither_signed_nor_checked_for() {
    let world = World::with(|settings| {
        settings.cloud.default_appid = 7;
        settings.cloud.apps = vec![zaibo::settings::App {
            appid: 7,
            usersig_key: Some("key".to_owned()),
            usersig_private_key_file: None,
            link_key: Default::default(),
        }];
    })
    .await;
    world.join("anna").await;
    for (app, code) in [
        (json!(7), 0),
        (json!(8), 10003),
        (json!(0), 10003),
        (json!("8"), 0),
    ] {
        let answer = ask(&world, "anna", 10001, json!({"appid": app})).await;
        assert_eq!(answer.code, code, "{app}");
        if code == 0 {
            let signed = members(&answer.data["privMapEncrypt"])["TLS.sdkappid"].clone();
            assert_eq!(signed, 7, "what is no number is as good as no app");
        } else {
            assert_eq!(answer.info, "Invalid appid");
        }
    }
    let sig = key(&world, "anna", 10001, json!({})).await["userSig"].clone();
    let check = |app: i64| json!({"id": "anna", "sig": sig, "appid": app});
    assert_eq!(verify(&world, check(7)).await.0, 0);
    assert_eq!(
        verify(&world, check(8)).await,
        (10003, "Invalid appid".to_owned())
    );
}

#[actix_web::test]
async fn a_signature_is_good_for_its_user_its_app_and_its_time_alone() {
    let world = World::new().await;
    world.join("anna").await;
    let login = json!({"id": "anna", "pwd": "password"});
    let sig = world.post("account", "login", login).await.data["userSig"].clone();
    let (good, bad) = (
        (0, "Sig verify success!".to_owned()),
        (90000, "Sig verify failed!".to_owned()),
    );
    let check = |id: &str, sig: &Value| json!({"id": id, "sig": sig});
    assert_eq!(verify(&world, check("anna", &sig)).await, good);
    for (id, sig) in [
        ("Anna", &sig),
        (" anna ", &sig),
        ("anna", &json!("x")),
        ("anna", &json!("x".repeat(20_000))),
    ] {
        assert_eq!(verify(&world, check(id, sig)).await, bad, "{id}");
    }
    let mut other_app = check("anna", &sig);
    other_app["appid"] = "1400000001".into();
    assert_eq!(verify(&world, other_app).await, bad);
    world.wait(15_552_000).await;
    assert_eq!(
        verify(&world, check("anna", &sig)).await,
        good,
        "the last second"
    );
    world.wait(1).await;
    assert_eq!(verify(&world, check("anna", &sig)).await, bad);
}
