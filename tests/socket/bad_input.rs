//! The answers to empty and wrong fields, for every field of every command.

use serde_json::{Value, json};

use crate::client::{Answer, PASSWORD};
use crate::fields::{COMMANDS, Command, Rule, Stage};
use crate::server::{shared, unique};

impl Command {
    fn send(&self, stage: &Stage, fields: &Value) -> Answer {
        stage.server.client().post(self.svc, self.cmd, fields)
    }
}

/// The values that are sent in the place of a valid one.
fn probes() -> Vec<Option<Value>> {
    let values = [
        json!(null),
        json!(""),
        json!(0),
        json!(false),
        json!(true),
        json!([]),
        json!([1]),
        json!({}),
        json!({"a": 1}),
        json!(1.0),
        json!(1.5),
        json!(-0.5),
        json!(1e300),
        json!(u64::MAX),
        json!("text"),
    ];
    std::iter::once(None).chain(values.map(Some)).collect()
}

/// The expected answer to a probe. `None` if it depends on the value.
fn expected(rule: Rule, probe: Option<&Value>) -> Option<(i64, &'static str)> {
    let refused = |text| Some((10003, text));
    let fine = Some((0, ""));
    let empty = probe.is_none_or(|value| value.is_null() || value == "");
    let (text, int) = (probe == Some(&json!("text")), probe == Some(&json!(0)));
    match rule {
        Rule::Free => fine,
        Rule::Maybe => fine.filter(|_| empty),
        Rule::Token => refused("Lack of token").filter(|_| !text),
        Rule::Object(lack, wrong) => refused(if probe.is_none_or(Value::is_null) {
            lack
        } else {
            wrong
        })
        .filter(|_| probe != Some(&json!(""))),
        Rule::Text(lack, _) | Rule::Int(lack, _) | Rule::Number(lack, _) if empty => refused(lack),
        Rule::MaybeText(_) | Rule::MaybeInt(_) | Rule::MaybeNumber(_) if empty => fine,
        Rule::Text(_, wrong) | Rule::MaybeText(wrong) => refused(wrong).filter(|_| !text),
        Rule::Int(_, wrong)
        | Rule::MaybeInt(wrong)
        | Rule::Number(_, wrong)
        | Rule::MaybeNumber(wrong) => refused(wrong).filter(|_| !int),
    }
}

/// Sets the value at a path, or removes it.
fn put(fields: &mut Value, path: &str, value: Option<Value>) {
    let (within, name) = match path.split_once('.') {
        Some((object, name)) => (&mut fields[object], name),
        None => (fields, path),
    };
    let within = within.as_object_mut().expect("an object");
    match value {
        Some(value) => within.insert(name.to_owned(), value),
        None => within.remove(name),
    };
}

#[test]
fn every_field_of_every_command_is_checked_as_by_the_original() {
    let stage = Stage::new();
    let mut wrong = Vec::new();
    for command in COMMANDS {
        command.send(&stage, &stage.good(command)).ok();
        for (path, rule) in command.fields {
            for probe in probes() {
                let Some(expected) = expected(*rule, probe.as_ref()) else {
                    continue;
                };
                let mut fields = stage.good(command);
                put(&mut fields, path, probe.clone());
                let answer = command.send(&stage, &fields);
                if (answer.code, &*answer.info) != expected {
                    let cmd = command.cmd;
                    wrong.push(format!(
                        "{cmd} {path}={probe:?}: {answer:?}, not {expected:?}"
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn fields_are_checked_in_order_and_the_token_before_all_others() {
    let stage = Stage::new();
    for command in COMMANDS {
        let mut fields = stage.good(command);
        let good = fields.clone();
        let checked: Vec<(&str, &str)> = command
            .fields
            .iter()
            .filter_map(|(path, rule)| match *rule {
                Rule::Text(_, wrong) | Rule::Int(_, wrong) | Rule::Number(_, wrong) => {
                    Some((*path, wrong))
                }
                Rule::MaybeText(wrong) | Rule::MaybeInt(wrong) | Rule::MaybeNumber(wrong) => {
                    Some((*path, wrong))
                }
                Rule::Token => Some((*path, "Lack of token")),
                Rule::Maybe | Rule::Object(..) | Rule::Free => None,
            })
            .collect();
        for (path, _) in &checked {
            put(&mut fields, path, Some(json!([])));
        }
        if checked[0].0 == "token" && command.cmd != "logout" {
            put(&mut fields, "token", Some(json!("nobodys-token")));
            command.send(&stage, &fields).says(10009, "Token expired");
            put(&mut fields, "token", Some(json!([])));
        }
        for (path, wrong) in &checked {
            command.send(&stage, &fields).says(10003, wrong);
            let value = good.pointer(&format!("/{}", path.replace('.', "/")));
            put(&mut fields, path, value.cloned());
        }
        command.send(&stage, &fields).ok();
    }
}

#[test]
fn an_unknown_token_of_a_logout_is_a_repeated_logout() {
    let server = shared();
    let answer = server
        .client()
        .post("account", "logout", &json!({"token": "nobodys-token"}));
    answer.says(10008, "Repeat logout");
}

#[test]
fn values_just_outside_the_limits_are_refused_and_those_just_inside_are_not() {
    let stage = Stage::new();
    let index = "Page index should be a non-negative integer";
    let size = "Page size should be a positive integer(not larger than 50)";
    let size_of_records = "Page size should be a positive integer(not larger than 100)";
    let device = "device should be 0-IOS 1-Android  2-PC.";
    let video = "videotype should be 0 or 1.";
    let address = "Address length too long.";
    let title = "Title length too long.";
    let cases: &[(&str, &str, Value, i64, &str)] = &[
        ("roomlist", "index", json!(-1), 10003, index),
        ("roomlist", "index", json!(i64::MAX), 0, ""),
        ("roomlist", "size", json!(-1), 10003, size),
        ("roomlist", "size", json!(50), 0, ""),
        ("roomlist", "size", json!(0), 0, ""),
        ("roomlist", "size", json!(51), 10003, size),
        ("roomlist", "size", json!("10"), 10003, size),
        ("roomlist", "index", json!("0"), 10003, index),
        ("livestreamlist", "size", json!(51), 10003, size),
        ("roomidlist", "size", json!(51), 10003, size),
        ("roomidlist", "index", json!(-1), 10003, index),
        ("roomidlist", "index", json!(i64::MAX), 0, ""),
        ("roomidlist", "roomnum", json!(-1), 0, ""),
        ("recordlist", "size", json!(100), 0, ""),
        ("recordlist", "size", json!(101), 10003, size_of_records),
        ("recordlist", "index", json!(-1), 10003, index),
        ("recordlist", "index", json!(i64::MAX), 0, ""),
        ("recordlist", "size", json!(0), 0, ""),
        ("reportmemid", "role", json!(3), 10003, " Invalid role"),
        ("reportmemid", "role", json!(-1), 10003, " Invalid role"),
        ("reportmemid", "role", json!("0"), 10003, " Invalid role"),
        (
            "reportmemid",
            "operate",
            json!(2),
            10003,
            " Invalid operate",
        ),
        (
            "reportmemid",
            "operate",
            json!(-1),
            10003,
            " Invalid operate",
        ),
        (
            "reportmemid",
            "roomnum",
            json!(0),
            10010,
            "av room is not exist",
        ),
        (
            "reportmemid",
            "roomnum",
            json!(4_294_967_297_i64),
            10010,
            "av room is not exist",
        ),
        (
            "reportmemid",
            "roomnum",
            json!("10001abc"),
            10003,
            " Invalid roomnum",
        ),
        ("heartbeat", "role", json!(3), 10003, "Invalid role"),
        ("heartbeat", "roomnum", json!(0), 0, ""),
        ("heartbeat", "roomnum", json!("-1"), 0, ""),
        ("heartbeat", "roomnum", json!(i64::MAX), 0, ""),
        ("heartbeat", "thumbup", json!(-1), 0, ""),
        ("heartbeat", "thumbup", json!(i64::MAX), 0, ""),
        (
            "request",
            "roomnum",
            json!(2_000_000_000),
            10010,
            "av room is not exist",
        ),
        (
            "reportstatus",
            "status",
            json!("maybe"),
            10003,
            " Invalid status",
        ),
        (
            "reportstatus",
            "status",
            json!("ON"),
            10003,
            " Invalid status",
        ),
        (
            "reportstatus",
            "roomnum",
            json!(2_000_000_000),
            10010,
            "av room is not exist",
        ),
        ("exitroom", "roomnum", json!(0), 0, ""),
        ("exitroom", "roomnum", json!("2000000000"), 0, ""),
        ("exitroom", "roomnum", json!(i64::MAX), 0, ""),
        ("exitroom", "type", json!("other"), 0, ""),
        ("create", "type", json!("other"), 0, ""),
        ("create", "type", json!("0"), 0, ""),
        ("reportroom", "room.device", json!(2), 0, ""),
        ("reportroom", "room.device", json!(3), 10003, device),
        ("reportroom", "room.device", json!(-1), 10003, device),
        ("reportroom", "room.videotype", json!(2), 10003, video),
        ("reportroom", "room.videotype", json!(-1), 10003, video),
        ("reportroom", "room.groupid", json!("0"), 0, ""),
        ("reportroom", "lbs.address", json!("a".repeat(100)), 0, ""),
        (
            "reportroom",
            "lbs.address",
            json!("a".repeat(101)),
            10003,
            address,
        ),
        // The title is checked before the type, even if the type is wrong too.
        (
            "reportroom",
            "room",
            json!({"title": "t".repeat(129), "type": 1}),
            10003,
            title,
        ),
        (
            "reportroom",
            "room",
            json!({"title": "t", "type": 1}),
            10003,
            "invalid type.",
        ),
    ];
    for (cmd, path, value, code, info) in cases {
        let command = COMMANDS
            .iter()
            .find(|command| command.cmd == *cmd)
            .expect("a command");
        let mut fields = stage.good(command);
        put(&mut fields, path, Some(value.clone()));
        let answer = command.send(&stage, &fields);
        assert_eq!(
            (answer.code, &*answer.info),
            (*code, *info),
            "{cmd} {path}={value}"
        );
    }
}

#[test]
fn zero_as_text_is_a_text() {
    let server = shared();
    let client = server.client();
    // Another of these tests may have registered this id first.
    let code = client.regist("0", "0").code;
    assert!([0, 10004].contains(&code), "{code}");
    client.login("0", "0").ok();
    client.regist(&unique("user"), "0").ok();
}

#[test]
fn accounts_are_refused_with_the_codes_of_the_original() {
    let server = shared();
    let client = server.client();
    let id = unique("user");
    client.login(&id, PASSWORD).says(10005, "User not exist");
    client.regist(&id, PASSWORD).ok();
    client
        .regist(&id, PASSWORD)
        .says(10004, "Register user id existed");
    client
        .regist(&id, "other")
        .says(10004, "Register user id existed");
    client
        .login(&id, "other")
        .says(10006, "User password error");
    let login = |app: Value| {
        let fields = json!({"id": id, "pwd": PASSWORD, "appid": app});
        client.post("account", "login", &fields)
    };
    login(json!("no-app")).says(10003, "Invalid appid");
    login(json!("1400000000")).ok();
}
