//! Kicking users out, with a fake of the cloud's messaging service on another port.

use serde_json::json;

use crate::client::{PASSWORD, User};
use crate::im::{FakeIm, Says};
use crate::server::{Server, eventually};
use crate::signatures::unpack;

/// A server with `admin` as its administrator and this messaging service.
fn server(im: &FakeIm) -> Server {
    let server = Server::start(&[
        ("ZAIBO_ACCOUNTS__ADMINS", "[\"admin\"]"),
        ("ZAIBO_CLOUD__IM_ADMIN", "administrator"),
        ("ZAIBO_CLOUD__IM_URL", im.url().leak()),
        ("ZAIBO_LOG__FILTER", "trace"),
    ]);
    User::register(server.client(), "admin");
    server
}

#[test]
fn who_is_kicked_out_is_gone_here_and_in_the_messaging_service_also_after_a_crash() {
    let im = FakeIm::willing();
    let mut server = server(&im);
    let [host, viewer] = ["host", "viewer"].map(|name| server.newcomer(name));
    let room = host.go_live();
    viewer.enter(room).ok();
    let kick = json!({"id": "admin", "pwd": PASSWORD, "kickid": host.id, "holdsig": 1});
    let data = server.client().post("account", "kickout", &kick).ok();
    assert_eq!(data, json!({"kickID": host.id, "holdSig": 1}));
    server.kill_nine();
    let server = server.restart();
    let (host, viewer) = (host.at(server.client()), viewer.at(server.client()));
    host.beat(room, 1).is(10009);
    viewer.enter(room).is(10010);
    let asked = im.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].body, json!({"UserID": host.id}).to_string());
    let sig = unpack(&asked[0].query("usersig"));
    assert_eq!(sig["TLS.identifier"], "administrator");
}

#[test]
fn the_signature_of_the_administrator_is_not_logged_whatever_comes_of_the_kick() {
    for (says, cause) in [
        (
            Says::Body("{\"ActionStatus\":\"FAIL\",\"ErrorCode\":70169}".to_owned()),
            "refused",
        ),
        (Says::Moved("http://127.0.0.1:9/".to_owned()), "refused"),
        (Says::Nothing, "timeout"),
    ] {
        let im = FakeIm::start(says);
        let server = server(&im);
        let user = server.newcomer("user");
        let kick = json!({"id": "admin", "pwd": PASSWORD, "kickid": user.id});
        let answer = server.client().post("account", "kickout", &kick);
        assert_eq!(answer.data, json!({"kickID": user.id, "holdSig": 0}));
        let said = format!(
            "Server internal error: signed out here, but the messaging service did not ({cause})"
        );
        answer.says(90000, &said);
        user.beat(-1, 0).is(10009);
        let log = eventually("a line of it", || {
            let log = server.log();
            log.contains("the messaging service did not").then_some(log)
        });
        let told = log
            .lines()
            .filter(|line| line.contains(" WARN ") && line.contains("messaging"));
        assert_eq!(told.count(), 1, "{log}");
        let sig = im.asked()[0].query("usersig");
        assert!(!log.contains(&sig) && !log.contains("usersig"), "{log}");
    }
}
