//! Defects of accounts, passwords, tokens and signatures.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Scene;
use crate::client::{PASSWORD, User};
use crate::raw::{Raw, head};
use crate::server::{Server, shared, unique};
use crate::signatures::user_sig;

#[test]
fn d01_a_room_key_needs_the_password_and_gives_the_rights_of_its_owner() {
    let scene = Scene::new();
    let (client, room) = (&scene.host.client, scene.room);
    let ask = |id: &str, password: &str| {
        let fields = json!({
            "identifier": id, "pwd": password, "appid": 1, "accounttype": 1, "roomnum": room, "privMap": 255,
        });
        client.post("account", "authPrivMap", &fields)
    };
    ask(&scene.host.id, "guessed").says(10006, "User password error");
    ask(&unique("nobody"), PASSWORD).says(10005, "User not exist");
    for (user, rights) in [
        (&scene.host, 255),
        (&scene.viewer, 42),
        (&scene.stranger, 42),
    ] {
        let data = ask(&user.id, PASSWORD).ok();
        assert_eq!(data["privMap"], rights, "{}", user.id);
        // Both the old and the new token are valid.
        user.beat(-1, 0).ok();
        let token = data["token"].as_str().expect("a text").to_owned();
        let again = User {
            token,
            ..user.clone()
        };
        again.beat(-1, 0).ok();
    }
    scene.is_untouched();
}

#[test]
fn d02_a_token_can_not_be_guessed() {
    let server = shared();
    let user = server.newcomer("user");
    let mut tokens = BTreeSet::from([user.token.clone()]);
    for _ in 0..30 {
        let token = User::log_in(server.client(), &user.id).token;
        assert!(token.len() >= 22, "128 bits take 22 letters: {token}");
        assert!(!token.starts_with('0'), "{token}");
        assert!(
            token
                .bytes()
                .all(|letter| letter.is_ascii_alphanumeric() || b"-_.~".contains(&letter))
        );
        assert!(!token.contains(&STANDARD.encode(&user.id)[..8]), "{token}");
        assert!(tokens.insert(token), "the same token twice");
    }
    let letters = |at| tokens.iter().filter_map(move |token| token.chars().nth(at));
    let varied = (0..64).filter(|at| letters(*at).collect::<BTreeSet<_>>().len() > 3);
    assert!(varied.count() >= 22, "{tokens:?}");
}

#[test]
fn d03_every_byte_of_a_password_counts() {
    let server = shared();
    let client = server.client();
    let cases: &[(&str, &[&str])] = &[
        ("a b c", &["abc", "a b c ", " a b c"]),
        ("YSBiIGM=", &["a b c", "YSBiIGM"]),
        ("пароль-密码-🔑", &["пароль-密码-🔒", "ПАРОЛЬ-密码-🔑"]),
        ("$(id) `id` '\"\\ ; | \n\t", &["$(id) `id` '\"\\ ; |", "\\"]),
    ];
    for (password, others) in cases {
        let id = unique("user");
        client.regist(&id, password).ok();
        client.login(&id, password).ok();
        for other in *others {
            client.login(&id, other).is(10006);
        }
        client.login(&id, password).ok();
    }
}

#[test]
fn d04_every_login_works_and_ends_the_token_before() {
    let server = shared();
    let first = server.newcomer("user");
    let second = User::log_in(server.client(), &first.id);
    let third = User::log_in(server.client(), &first.id);
    first.beat(-1, 0).is(10009);
    second.beat(-1, 0).is(10009);
    third.beat(-1, 0).ok();
}

#[test]
fn d04_verify_takes_the_good_for_good_and_the_bad_for_bad() {
    let server = shared();
    let [anna, otto] = ["anna", "otto"].map(|name| server.newcomer(name));
    let sig = server.client().login(&anna.id, PASSWORD).ok()["userSig"].clone();
    let verify = |user: &User, sig: &Value| {
        let fields = json!({"id": user.id, "sig": sig});
        server.client().post("account", "verify", &fields)
    };
    verify(&anna, &sig).says(0, "Sig verify success!");
    verify(&otto, &sig).says(90000, "Sig verify failed!");
    verify(&anna, &json!("garbage")).says(90000, "Sig verify failed!");
}

#[test]
fn d05_each_app_gets_a_signature_of_its_own() {
    let server = shared();
    let id = server.newcomer("user").id;
    let login = |app: Value| {
        let fields = json!({"id": id, "pwd": PASSWORD, "appid": app});
        user_sig(server.client().post("account", "login", &fields))
    };
    for (sent, signed) in [
        (json!(1_400_000_001), 1_400_000_001),
        (json!("1400000002"), 1_400_000_002),
        (json!(null), 1_400_000_000),
        (json!(1_400_000_001), 1_400_000_001),
    ] {
        let sig = login(sent);
        assert_eq!(sig["TLS.sdkappid"], signed, "{sig}");
        assert_eq!(sig["TLS.identifier"], *id, "{sig}");
    }
}

#[test]
fn d20_ids_and_passwords_are_kept_whole_or_refused() {
    let server = shared();
    let client = server.client();
    let n = unique("");
    let longest = format!("{n}{}", "x".repeat(32 - n.len()));
    for (id, password) in [
        (longest.clone(), "x".repeat(128)),
        (format!("用户é{n}"), "密".repeat(42)),
        (format!("USER{n}"), "p".to_owned()),
        (format!("user{n}"), "q".to_owned()),
        (format!("usér{n}"), "r".to_owned()),
    ] {
        client.regist(&id, &password).ok();
        client.regist(&id, &password).is(10004);
        client.login(&id, &password).ok();
    }
    client.login(&format!("User{n}"), "p").is(10005);
    for id in [
        format!("{longest}x"),
        "用".repeat(11),
        format!(" {n}"),
        format!("{n} "),
        format!("{n}\n"),
        format!("a\0{n}"),
    ] {
        client.regist(&id, "password").says(10003, "Invalid id");
    }
    client
        .regist(&unique("user"), &"x".repeat(129))
        .says(10003, "Invalid pwd");
    client
        .regist(&unique("user"), &"密".repeat(43))
        .says(10003, "Invalid pwd");
}

#[test]
fn d25_only_a_caller_with_a_token_may_upload_and_only_one_picture() {
    let key = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz";
    let server = Server::start(&[
        ("ZAIBO_COS__APPID", "1250000000"),
        (
            "ZAIBO_COS__SECRET_ID",
            "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q",
        ),
        ("ZAIBO_COS__SECRET_KEY", key),
        ("ZAIBO_COS__BUCKET", "sxbbucket"),
        ("ZAIBO_COS__REGION", "ap-beijing"),
        ("ZAIBO_LOG__FILTER", "trace"),
    ]);
    let user = server.newcomer("user");
    let nothing = json!({"sign": ""});
    let mut raw = Raw::connect(server.address());
    raw.send(head("GET", "/sxb/index.php?svc=cos&cmd=get_sign", &[]));
    assert_eq!(raw.response().answer().ok(), nothing);
    assert_eq!(user.client.send("cos", "get_sign", "{}").ok(), nothing);
    let ask = |token: &str| {
        user.client
            .post("cos", "get_sign", &json!({"token": token}))
    };
    ask("guessed").is(10009);
    let data = ask(&user.token).ok();
    let sign = data["sign"].as_str().expect("a text");
    let plain = STANDARD.decode(sign).expect("base64").split_off(20);
    let plain = String::from_utf8(plain).expect("text");
    let object = format!(
        "&f=/1250000000/sxbbucket/cover/{}/",
        user.id.replace('_', "_5f")
    );
    assert!(plain.contains(&object), "{plain}");
    let upload = data["upload"]["url"].as_str().expect("a text");
    assert!(upload.contains("q-signature="), "{upload}");
    for secret in [key, sign, upload] {
        assert!(!server.log().contains(secret), "{secret} is in the log");
    }
}

#[test]
fn d29_the_log_and_the_folder_hold_no_secrets() {
    let server = Server::start(&[("ZAIBO_LOG__FILTER", "trace")]);
    let (client, id) = (server.client(), unique("user"));
    let password = "a password that is nowhere else";
    client.regist(&id, password).ok();
    client.regist(&id, password).is(10004);
    client.login(&id, "a wrong password of somebody").is(10006);
    let secrets = client.login(&id, password).ok();
    let text = |data: &Value, name: &str| data[name].as_str().expect("a text").to_owned();
    let [token, sig] = ["token", "userSig"].map(|name| text(&secrets, name));
    let user = User {
        client: client.clone(),
        id: id.clone(),
        token: token.clone(),
        app: 1,
    };
    let room = user.go_live();
    let ask = json!({"identifier": id, "pwd": password, "roomnum": room});
    let given = client.post("account", "authPrivMap", &ask).ok();
    let [further, key] = ["token", "privMapEncrypt"].map(|name| text(&given, name));
    let check = json!({"id": id, "sig": sig});
    let checked = client.post("account", "verify", &check);
    checked.says(0, "Sig verify success!");
    user.beat(room, 1).ok();
    user.enter(room).ok();
    user.listed();
    user.exit(room).ok();
    client
        .send("live", "heartbeat", format!("{{\"token\": \"{token}\", "))
        .is(10002);
    client
        .send("account", "login", format!("{{\"pwd\": \"{password}\""))
        .is(10002);
    client
        .send_to(&format!("/?svc=live&cmd=heartbeat&token={token}"), "{}")
        .is(10003);
    client
        .post("account", "logout", &json!({"token": token}))
        .ok();
    user.beat(room, 1).is(10009);
    let written: Vec<u8> = std::fs::read_dir(server.folder())
        .expect("a folder")
        .flat_map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file"))
        .collect();
    // The log names the user who registered.
    let log = server.logged(&id);
    let wrong = "a wrong password of somebody";
    for secret in [password, wrong, &token, &sig, &further, &key] {
        assert!(!log.contains(secret), "{secret} is in the log");
        let found = written
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret} is in a file");
    }
}

#[test]
fn d33_logging_out_ends_the_live_and_the_visit() {
    let scene = Scene::new();
    let log_out = |user: &User| {
        user.client
            .post("account", "logout", &json!({"token": user.token}))
    };
    log_out(&scene.viewer).ok();
    assert_eq!(
        scene.stranger.members(scene.room),
        [(scene.host.id.clone(), 1)]
    );
    log_out(&scene.host).ok();
    assert_eq!(scene.stranger.lives_of(scene.host.app), [json!(null); 0]);
    scene.stranger.enter(scene.room).is(10010);
    for gone in [&scene.viewer, &scene.host] {
        log_out(gone).says(10008, "Repeat logout");
        gone.beat(scene.room, 0).is(10009);
    }
}

#[test]
fn d34_guessing_at_a_password_ends_soon_and_hits_nobody_else() {
    let server = Server::start(&[]);
    let [victim, neighbour] = ["victim", "neighbour"].map(|name| server.newcomer(name));
    let guesses: Vec<i64> = (0..40)
        .map(|n| {
            server
                .client()
                .login(&victim.id, &format!("guess {n}"))
                .code
        })
        .collect();
    let limit = guesses
        .iter()
        .position(|code| *code == 10012)
        .expect("a limit");
    assert!(limit > 0);
    assert!(
        guesses[..limit].iter().all(|code| *code == 10006),
        "{guesses:?}"
    );
    assert!(
        guesses[limit..]
            .iter()
            .filter(|code| **code == 10012)
            .count()
            > 10,
        "{guesses:?}"
    );
    victim.beat(-1, 0).ok();
    neighbour.client.login(&neighbour.id, PASSWORD).ok();
    // Guesses with ids that do not exist count as well.
    let guesses = (0..400).map(|n| server.client().login(&format!("id{n}"), "guess").code);
    assert!(
        guesses.into_iter().any(|code| code == 10012),
        "one address tries every id"
    );
}
