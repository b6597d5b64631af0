//! Every field of every command, with every kind of wrong value: the code and the text of the
//! answer.

mod accounts;
mod lives;

use serde_json::{Map, Value, json};

use crate::world::{World, room_report};

/// The values that a field accepts.
enum Takes {
    Text,
    Int,
    Number,
}

/// The service, the command, the field (`room.` for a field within the room), the values that it
/// accepts, the text for "empty" (`None` if the field may be absent), and the text for "wrong".
type Rule = (
    &'static str,
    &'static str,
    &'static str,
    Takes,
    Option<&'static str>,
    &'static str,
);

/// A request that has every field and would succeed.
fn sound(cmd: &str) -> Value {
    match cmd {
        "regist" | "login" => json!({"id": "newcomer", "pwd": "password"}),
        "authPrivMap" => json!({"identifier": "newcomer", "pwd": "password", "roomnum": 10001}),
        "kickout" => json!({"id": "newcomer", "pwd": "password", "kickid": "host"}),
        "verify" => json!({"id": "newcomer", "sig": "signature"}),
        "create" => json!({"type": "live"}),
        "reportroom" => room_report(10001),
        "roomlist" | "livestreamlist" => json!({"index": 0, "size": 10}),
        "reportmemid" => json!({"roomnum": 10001, "role": 1, "operate": 0}),
        "roomidlist" => json!({"roomnum": 10001, "index": 0, "size": 10}),
        "heartbeat" => json!({"roomnum": 10001, "role": 1}),
        "request" | "getroomplayurl" => json!({"roomnum": 10001}),
        "reportstatus" => json!({"roomnum": 10001, "status": "off"}),
        "reportrecord" => {
            json!({"roomnum": 10001, "uid": "host", "name": "rec", "type": 0, "cover": ""})
        }
        "exitroom" => json!({"roomnum": 10001, "type": "live"}),
        "linksig" => json!({"id": "host", "roomnum": 10001, "current_roomnum": 10001}),
        "recordlist" => json!({"type": 0, "index": 1, "size": 10}),
        _ => json!({}),
    }
}

fn with(mut request: Value, field: &str, value: Option<Value>) -> Value {
    let (object, name) = match field.strip_prefix("room.") {
        Some(name) => (&mut request["room"], name),
        None => (&mut request, field),
    };
    let object: &mut Map<String, Value> = object.as_object_mut().expect("an object");
    match value {
        Some(value) => drop(object.insert(name.to_owned(), value)),
        None => drop(object.remove(name)),
    }
    request
}

fn wrong_values(takes: &Takes) -> Vec<Value> {
    let mut values = vec![
        json!(false),
        json!(true),
        json!([]),
        json!([1]),
        json!(1.5),
        json!(1e30),
    ];
    match takes {
        Takes::Text => values.extend([json!(0), json!(7)]),
        Takes::Int => values.extend([json!("1"), json!("x"), json!({})]),
        Takes::Number => values.extend([
            json!("x"),
            json!("1x"),
            json!(" 1"),
            json!("1.0"),
            json!({}),
        ]),
    }
    values
}

async fn world_with_live() -> (World, String) {
    let world = World::new().await;
    let host = world.join("host").await;
    assert_eq!(world.go_live(&host).await, 10001);
    (world, host)
}

#[actix_web::test]
async fn every_empty_field_is_named_and_every_wrong_one_too() {
    let (world, token) = world_with_live().await;
    for (svc, cmd, field, takes, empty, wrong) in accounts::RULES.iter().chain(lives::RULES) {
        let request = with(sound(cmd), "token", Some(token.as_str().into()));
        for value in [None, Some(Value::Null), Some("".into())] {
            let answer = world
                .post(svc, cmd, with(request.clone(), field, value.clone()))
                .await;
            match empty {
                Some(text) => assert_eq!(
                    (answer.code, answer.info.as_str()),
                    (10003, *text),
                    "{cmd} {field} {value:?}"
                ),
                None => assert_ne!(
                    answer.code, 10003,
                    "{cmd} {field} {value:?}: {}",
                    answer.info
                ),
            }
        }
        // Some of these requests are valid and end the live, so it is begun again.
        assert_eq!(world.report(&token, 10001).await, 0);
        for value in wrong_values(takes) {
            let answer = world
                .post(svc, cmd, with(request.clone(), field, Some(value.clone())))
                .await;
            assert_eq!(
                (answer.code, answer.info.as_str()),
                (10003, *wrong),
                "{cmd} {field} {value}"
            );
        }
    }
    assert_eq!(
        world.numbers(&token).await,
        [10001],
        "none of it changed anything"
    );
}

#[actix_web::test]
async fn a_wrong_token_wins_over_wrong_fields_and_rubbish_over_both() {
    let (world, _) = world_with_live().await;
    for (svc, cmd, ..) in lives::RULES {
        let answer = world
            .post(svc, cmd, json!({"token": "unknown", "roomnum": []}))
            .await;
        assert_eq!(
            (answer.code, answer.info.as_str()),
            (10009, "Token expired"),
            "{cmd}"
        );
        let answer = world.send(svc, cmd, "{\"token\":\"unknown\"").await;
        assert_eq!(
            (answer.code, answer.info.as_str()),
            (10002, "HTTP Request Json Parse Error"),
            "{cmd}"
        );
        for nothing in ["", "[]", "1", "\"x\"", "{}"] {
            let answer = world.send(svc, cmd, nothing).await;
            assert_eq!(
                (answer.code, answer.info.as_str()),
                (10003, "Lack of token"),
                "{cmd} {nothing}"
            );
        }
    }
}

#[actix_web::test]
async fn numbers_out_of_range_are_refused_or_mean_no_room() {
    let (world, token) = world_with_live().await;
    for (cmd, field, value, code) in [
        ("heartbeat", "role", json!(3), 10003),
        ("heartbeat", "role", json!(-1), 10003),
        ("reportmemid", "role", json!(7), 10003),
        ("reportmemid", "operate", json!(2), 10003),
        ("roomlist", "index", json!(-1), 10003),
        ("roomlist", "size", json!(51), 10003),
        ("roomlist", "size", json!(-1), 10003),
        ("roomlist", "index", json!(i64::MAX), 0),
        ("roomidlist", "index", json!(i64::MAX), 0),
        ("recordlist", "size", json!(101), 10003),
        ("recordlist", "index", json!(i64::MAX), 0),
        ("reportroom", "room.device", json!(3), 10003),
        ("reportroom", "room.videotype", json!(2), 10003),
        ("reportroom", "room.videotype", json!(-1), 10003),
        (
            "reportroom",
            "room.appid",
            json!(u64::from(u32::MAX) + 1),
            10003,
        ),
        ("reportroom", "room.roomnum", json!(0), 20001),
        ("reportroom", "room.roomnum", json!(i64::MAX), 20001),
        ("heartbeat", "roomnum", json!(i64::MAX), 0),
        ("reportmemid", "roomnum", json!(-1), 10010),
        ("roomidlist", "roomnum", json!(-1), 0),
        ("getroomplayurl", "roomnum", json!(1i64 << 40), 10010),
        ("linksig", "roomnum", json!(-1), 10010),
        ("linksig", "roomnum", json!(i64::MAX), 10010),
        ("linksig", "current_roomnum", json!(-1), 20001),
        ("linksig", "current_roomnum", json!(i64::MAX), 20001),
        ("linksig", "appid", json!(-1), 10003),
    ] {
        let answer = world
            .live(cmd, &token, with(sound(cmd), field, Some(value.clone())))
            .await;
        assert_eq!(answer.code, code, "{cmd} {field} {value}: {}", answer.info);
    }
}

#[actix_web::test]
async fn texts_that_are_too_long_are_refused_and_the_longest_are_kept_whole() {
    let (world, token) = world_with_live().await;
    let (title, cover) = ("😀".repeat(128), "c".repeat(1024));
    for (field, value, info) in [
        ("room.title", format!("{title}x"), "Title length too long."),
        ("room.cover", format!("{cover}x"), "Cover length too long."),
        ("room.type", "t".repeat(65), "invalid type."),
    ] {
        let answer = world
            .live(
                "reportroom",
                &token,
                with(room_report(10001), field, Some(value.into())),
            )
            .await;
        assert_eq!((answer.code, answer.info.as_str()), (10003, info));
    }
    let mut lost = room_report(10001);
    lost["lbs"] = json!({"address": "x".repeat(101)});
    assert_eq!(
        world.live("reportroom", &token, lost).await.info,
        "Address length too long."
    );
    let mut longest = with(room_report(10001), "room.title", Some(title.clone().into()));
    longest["room"]["cover"] = cover.clone().into();
    let typed = with(longest.clone(), "room.type", Some("t".repeat(64).into()));
    assert_eq!(world.code("reportroom", &token, typed).await, 0);
    assert_eq!(world.code("reportroom", &token, longest).await, 0);
    let world = world.reborn().await;
    let info = &world.rooms(&token).await[0]["info"];
    assert_eq!(
        (info["title"].as_str(), info["cover"].as_str()),
        (Some(&*title), Some(&*cover))
    );
}

#[actix_web::test]
async fn ids_and_passwords_have_their_limits_at_registration() {
    let world = World::new().await;
    for (id, pwd, info) in [
        ("x".repeat(33), "password".to_owned(), "Invalid id"),
        (" anna".to_owned(), "password".to_owned(), "Invalid id"),
        ("an\nna".to_owned(), "password".to_owned(), "Invalid id"),
        (
            "anna\u{200b}".to_owned(),
            "password".to_owned(),
            "Invalid id",
        ),
        (
            "\u{202e}anna".to_owned(),
            "password".to_owned(),
            "Invalid id",
        ),
        ("an\u{ad}na".to_owned(), "password".to_owned(), "Invalid id"),
        (
            "anna\u{3164}".to_owned(),
            "password".to_owned(),
            "Invalid id",
        ),
        (
            "jose\u{301}".to_owned(),
            "password".to_owned(),
            "Invalid id",
        ),
        ("anna".to_owned(), "p".repeat(129), "Invalid pwd"),
    ] {
        let answer = world
            .post("account", "regist", json!({"id": id, "pwd": pwd}))
            .await;
        assert_eq!((answer.code, answer.info.as_str()), (10003, info));
        assert_eq!(
            world
                .post("account", "login", json!({"id": id, "pwd": pwd}))
                .await
                .code,
            10005
        );
    }
    for (id, pwd) in [
        ("0".to_owned(), "0".to_owned()),
        ("用户".repeat(5), "密".repeat(42)),
        ("A b".to_owned(), " a b ".to_owned()),
        ("jos\u{e9}".to_owned(), "p\u{200b}e\u{301}".to_owned()),
    ] {
        let account = json!({"id": id, "pwd": pwd});
        assert_eq!(
            world.post("account", "regist", account.clone()).await.code,
            0,
            "{id:?}"
        );
        assert_eq!(
            world.post("account", "login", account).await.code,
            0,
            "{id:?}"
        );
    }
}
