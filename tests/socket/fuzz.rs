//! Random requests: each of them gets an answer.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::fields::COMMANDS;
use crate::server::shared;

/// Random JSON, which sometimes contains fields of commands.
fn anything(token: String) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2_i64..3).prop_map(Value::from),
        (10_000_i64..10_020).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(json!("live")),
        Just(json!(token)),
    ];
    let name = prop_oneof![
        Just("token"),
        Just("id"),
        Just("pwd"),
        Just("appid"),
        Just("identifier"),
        Just("privMap"),
        Just("roomnum"),
        Just("role"),
        Just("type"),
        Just("index"),
        Just("size"),
        Just("room"),
        Just("title"),
        Just("cover"),
        Just("groupid"),
        Just("uid"),
        Just("name"),
        Just("operate"),
        Just("status"),
        Just("lbs"),
        Just("thumbup"),
        Just("s_uid"),
        Just("x"),
    ];
    let name = name.prop_map(str::to_owned);
    leaf.prop_recursive(3, 40, 10, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..10)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[test]
fn whatever_comes_is_answered_and_nothing_fails() {
    let server = shared();
    let user = server.newcomer("user");
    let room = user.go_live();
    let config = ProptestConfig {
        cases: 600,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let input = (
        0..COMMANDS.len(),
        anything(user.token.clone()),
        any::<bool>(),
    );
    let tried = TestRunner::new(config).run(&input, |(at, body, with_token)| {
        let command = &COMMANDS[at];
        let mut body = body;
        if with_token && body.is_object() {
            body["token"] = user.token.clone().into();
        }
        if command.cmd != "logout" {
            let code = user
                .client
                .send(command.svc, command.cmd, body.to_string())
                .code;
            prop_assert!(code < 90000, "{} {body}: {code}", command.cmd);
        }
        Ok(())
    });
    tried.expect("an answer to everything");
    user.beat(room, 1).ok();
    assert!(!server.log().contains("panicked"));
}
