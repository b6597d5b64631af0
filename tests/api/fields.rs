//! Every field of every command, wrong in every way: the code and the text of the answer.

use serde_json::{Map, Value, json};

use crate::world::{World, room_report};

const PAGE_INDEX: &str = "Page index should be a non-negative integer";
const PAGE_SIZE: &str = "Page size should be a positive integer(not larger than 50)";
const RECORD_SIZE: &str = "Page size should be a positive integer(not larger than 100)";
const DEVICE: &str = "device should be 0-IOS 1-Android  2-PC.";

/// Which values a field takes beside the one of the sound request.
enum Takes {
    Text,
    Int,
    Number,
}

/// Command, field (`room.` for one within the room), what it takes, the text for "empty" (none: it
/// may be absent), the text for "wrong".
type Rule = (
    &'static str,
    &'static str,
    &'static str,
    Takes,
    Option<&'static str>,
    &'static str,
);

const RULES: &[Rule] = &[
    (
        "account",
        "regist",
        "id",
        Takes::Text,
        Some("Lack of id"),
        "Invalid id",
    ),
    (
        "account",
        "regist",
        "pwd",
        Takes::Text,
        Some("Lack of pwd"),
        "Invalid pwd",
    ),
    (
        "account",
        "login",
        "id",
        Takes::Text,
        Some("Lack of id"),
        "Invalid id",
    ),
    (
        "account",
        "login",
        "pwd",
        Takes::Text,
        Some("Lack of pwd"),
        "Invalid pwd",
    ),
    (
        "account",
        "login",
        "appid",
        Takes::Number,
        None,
        "Invalid appid",
    ),
    (
        "account",
        "logout",
        "token",
        Takes::Text,
        Some("Lack of token"),
        "Invalid token",
    ),
    (
        "account",
        "authPrivMap",
        "pwd",
        Takes::Text,
        Some("Lack of pwd"),
        "Invalid pwd",
    ),
    (
        "account",
        "authPrivMap",
        "roomnum",
        Takes::Int,
        Some("Lack of roomnum"),
        " Invalid roomnum",
    ),
    (
        "account",
        "authPrivMap",
        "strRoomId",
        Takes::Text,
        None,
        " Invalid roomnum",
    ),
    (
        "account",
        "kickout",
        "id",
        Takes::Text,
        Some("Lack of id"),
        "Invalid id",
    ),
    (
        "account",
        "kickout",
        "pwd",
        Takes::Text,
        Some("Lack of pwd"),
        "Invalid pwd",
    ),
    (
        "account",
        "kickout",
        "kickid",
        Takes::Text,
        Some("Lack of kickid"),
        "Invalid kickid",
    ),
    (
        "account",
        "kickout",
        "appid",
        Takes::Number,
        None,
        "Invalid appid",
    ),
    (
        "account",
        "verify",
        "id",
        Takes::Text,
        Some("Lack of id"),
        "Invalid id",
    ),
    (
        "account",
        "verify",
        "sig",
        Takes::Text,
        Some("Lack of sig"),
        "Invalid sig",
    ),
    (
        "account",
        "verify",
        "appid",
        Takes::Number,
        None,
        "Invalid appid",
    ),
    (
        "live",
        "heartbeat",
        "token",
        Takes::Text,
        Some("Lack of token"),
        " Invalid token",
    ),
    (
        "live",
        "create",
        "token",
        Takes::Text,
        Some("Lack of token"),
        "Lack of token",
    ),
    (
        "live",
        "create",
        "type",
        Takes::Text,
        Some("Lack of type"),
        " Invalid type",
    ),
    (
        "live",
        "reportroom",
        "room",
        Takes::Text,
        Some("Lack of room."),
        "Lack of type.",
    ),
    (
        "live",
        "reportroom",
        "room.type",
        Takes::Text,
        Some("Lack of type."),
        "invalid type.",
    ),
    (
        "live",
        "reportroom",
        "room.roomnum",
        Takes::Number,
        Some("Lack of av room id."),
        "AV room id should be integer or string.",
    ),
    (
        "live",
        "reportroom",
        "room.groupid",
        Takes::Text,
        Some("Lack of chat room id."),
        "Chat room id should be string.",
    ),
    (
        "live",
        "reportroom",
        "room.device",
        Takes::Int,
        None,
        DEVICE,
    ),
    (
        "live",
        "reportroom",
        "room.videotype",
        Takes::Int,
        None,
        "videotype should be 0 or 1.",
    ),
    (
        "live",
        "reportroom",
        "room.appid",
        Takes::Number,
        Some("Lack of appid."),
        "appid should be integer or string.",
    ),
    (
        "live",
        "roomlist",
        "index",
        Takes::Int,
        Some("Lack of page index"),
        PAGE_INDEX,
    ),
    (
        "live",
        "roomlist",
        "size",
        Takes::Int,
        Some("Lack of page size"),
        PAGE_SIZE,
    ),
    (
        "live",
        "roomlist",
        "appid",
        Takes::Number,
        None,
        "Invalid appid",
    ),
    (
        "live",
        "livestreamlist",
        "index",
        Takes::Int,
        Some("Lack of page index"),
        PAGE_INDEX,
    ),
    (
        "live",
        "livestreamlist",
        "size",
        Takes::Int,
        Some("Lack of page size"),
        PAGE_SIZE,
    ),
    (
        "live",
        "reportmemid",
        "roomnum",
        Takes::Number,
        Some("Lack of roomnum"),
        " Invalid roomnum",
    ),
    (
        "live",
        "reportmemid",
        "role",
        Takes::Int,
        Some("Lack of role"),
        " Invalid role",
    ),
    (
        "live",
        "reportmemid",
        "operate",
        Takes::Int,
        None,
        " Invalid operate",
    ),
    (
        "live",
        "roomidlist",
        "roomnum",
        Takes::Number,
        Some("Lack of roomnum"),
        " Invalid roomnum",
    ),
    (
        "live",
        "roomidlist",
        "index",
        Takes::Int,
        Some("Lack of page index"),
        PAGE_INDEX,
    ),
    (
        "live",
        "roomidlist",
        "size",
        Takes::Int,
        Some("Lack of page size"),
        PAGE_SIZE,
    ),
    (
        "live",
        "heartbeat",
        "roomnum",
        Takes::Number,
        Some("Lack of roomnum"),
        "Invalid roomnum",
    ),
    (
        "live",
        "heartbeat",
        "role",
        Takes::Int,
        Some("Lack of role"),
        "Invalid role",
    ),
    (
        "live",
        "request",
        "roomnum",
        Takes::Number,
        Some("Lack of roomnum"),
        "Invalid roomnum",
    ),
    (
        "live",
        "reportstatus",
        "roomnum",
        Takes::Number,
        Some("Lack of roomnum"),
        "Invalid roomnum",
    ),
    (
        "live",
        "reportstatus",
        "status",
        Takes::Text,
        Some("Lack of status"),
        " Invalid status",
    ),
    (
        "live",
        "reportrecord",
        "roomnum",
        Takes::Number,
        Some("lack of roomnum"),
        "Invalid roomnum",
    ),
    (
        "live",
        "reportrecord",
        "uid",
        Takes::Text,
        Some("lack of uid"),
        "invalid uid",
    ),
    (
        "live",
        "reportrecord",
        "name",
        Takes::Text,
        Some("lack of name"),
        "invalid video name",
    ),
    (
        "live",
        "reportrecord",
        "type",
        Takes::Int,
        Some("Lack of type"),
        "invalid of type",
    ),
    (
        "live",
        "reportrecord",
        "cover",
        Takes::Text,
        None,
        "invalid cover",
    ),
    (
        "live",
        "exitroom",
        "roomnum",
        Takes::Number,
        None,
        "Invalid roomnum",
    ),
    (
        "live",
        "exitroom",
        "type",
        Takes::Text,
        None,
        " Invalid type",
    ),
    (
        "live",
        "recordlist",
        "type",
        Takes::Int,
        Some("Lack of type"),
        "invalid of type",
    ),
    (
        "live",
        "recordlist",
        "index",
        Takes::Int,
        Some("Lack of page index"),
        PAGE_INDEX,
    ),
    (
        "live",
        "recordlist",
        "size",
        Takes::Int,
        Some("Lack of page size"),
        RECORD_SIZE,
    ),
    (
        "live",
        "recordlist",
        "s_uid",
        Takes::Text,
        None,
        "Invalid s_uid",
    ),
    (
        "live",
        "getroomplayurl",
        "roomnum",
        Takes::Number,
        Some("Lack of roomnum"),
        "Invalid roomnum",
    ),
    (
        "live",
        "linksig",
        "id",
        Takes::Text,
        Some("Lack of id"),
        "Invalid id",
    ),
    (
        "live",
        "linksig",
        "roomnum",
        Takes::Int,
        Some("Lack of roomnum"),
        " Invalid roomnum",
    ),
    (
        "live",
        "linksig",
        "current_roomnum",
        Takes::Int,
        Some("Lack of current_roomnum"),
        " Invalid current_roomnum",
    ),
    (
        "live",
        "linksig",
        "appid",
        Takes::Number,
        None,
        "Invalid appid",
    ),
];

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
    for (svc, cmd, field, takes, empty, wrong) in RULES {
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
        // Some of these are sound requests that end the live.
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
    for (svc, cmd, ..) in RULES.iter().filter(|(svc, ..)| *svc == "live") {
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
