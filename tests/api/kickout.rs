//! Kicking users out: who may do it, what ends, and how failures of the messaging service are
//! answered.

use serde_json::{Value, json};
use zaibo::domain::Uid;

use crate::im::{FakeIm, Says};
use crate::world::{Answer, World};

const REFUSED: &str =
    "Server internal error: signed out here, but the messaging service did not (refused)";

/// A world in which `admin` may kick others out, with the messaging service at this address.
async fn world(im: Option<&str>) -> World {
    let world = World::with(|settings| {
        settings.accounts.admins = vec!["admin".to_owned()];
        if let Some(url) = im {
            settings.cloud.im_admin = "im admin".to_owned();
            settings.cloud.im_url = url.to_owned();
        }
    })
    .await;
    world.join("admin").await;
    world
}

async fn kick(world: &World, by: &str, who: &str, more: Value) -> Answer {
    let mut fields = json!({"id": by, "pwd": "password", "kickid": who});
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    world.post("account", "kickout", fields).await
}

fn kicked(who: &str) -> Value {
    json!({"kickID": who, "holdSig": 0})
}

/// Kicks a user out with the messaging service at this address. The user is signed out here in any
/// case. Returns the code and the text of the answer.
async fn told(im: &str) -> (i64, String) {
    let world = world(Some(im)).await;
    let anna = world.join("anna").await;
    let answer = kick(&world, "admin", "anna", json!({})).await;
    assert_eq!(answer.data, kicked("anna"));
    assert_eq!(world.beat(&anna, -1, 0).await, 10009);
    (answer.code, answer.info)
}

#[actix_web::test]
async fn every_session_and_the_visit_of_who_is_kicked_out_end() {
    let world = world(None).await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    let ask = json!({"identifier": "anna", "pwd": "password", "roomnum": room});
    let further = world.post("account", "authPrivMap", ask).await.data["token"].clone();
    let further = further.as_str().expect("a token");
    assert_eq!(world.beat(further, room, 0).await, 0);
    let answer = kick(&world, "admin", "anna", json!({})).await;
    assert_eq!((answer.code, &*answer.info), (0, ""));
    assert_eq!(answer.data, kicked("anna"));
    for token in [&*anna, further] {
        assert_eq!(world.beat(token, room, 0).await, 10009);
        assert_eq!(world.enter(token, room).await, 10009);
    }
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    // A repetition changes nothing, and a user who logs in again is not brought back by a late
    // beat.
    assert_eq!(kick(&world, "admin", "anna", json!({})).await.code, 0);
    let anna = world.login("anna").await;
    assert_eq!(world.beat(&anna, room, 0).await, 0);
    assert_eq!(world.members(&host, room).await, ["host:1"]);
    assert_eq!(world.enter(&anna, room).await, 0);
}

#[actix_web::test]
async fn the_live_of_a_host_who_is_kicked_out_ends_with_him_for_good() {
    let world = world(None).await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    assert_eq!(kick(&world, "admin", "host", json!({})).await.code, 0);
    assert_eq!(world.numbers(&anna).await, [0; 0]);
    assert_eq!(world.enter(&anna, room).await, 10010);
    let world = world.reborn().await;
    assert_eq!(world.numbers(&anna).await, [0; 0]);
    assert_eq!(world.beat(&host, room, 1).await, 10009);
    // The host may log in again and go live again under the same number.
    let host = world.login("host").await;
    assert_eq!(world.report(&host, room).await, 0);
    assert_eq!(world.numbers(&anna).await, [room]);
}

#[actix_web::test]
async fn only_an_administrator_who_proves_to_be_one_kicks_anybody_out() {
    let world = world(None).await;
    let anna = world.join("anna").await;
    world.join("otto").await;
    for (by, more, code, info) in [
        ("otto", json!({}), 10013, "The user is not an administrator"),
        (
            "otto",
            json!({"pwd": "guess"}),
            10006,
            "User password error",
        ),
        (
            "admin",
            json!({"pwd": "guess"}),
            10006,
            "User password error",
        ),
        ("nobody", json!({}), 10005, "User not exist"),
        (
            "admin",
            json!({"kickid": "nobody"}),
            10005,
            "User not exist",
        ),
        (
            "admin",
            json!({"kickid": "x".repeat(50)}),
            10005,
            "User not exist",
        ),
        (
            "otto",
            json!({"kickid": "nobody"}),
            10013,
            "The user is not an administrator",
        ),
    ] {
        let answer = kick(&world, by, "anna", more.clone()).await;
        assert_eq!((answer.code, &*answer.info), (code, info), "{by} {more}");
        assert!(answer.data.is_null(), "{by} {more}");
    }
    assert_eq!(world.beat(&anna, -1, 0).await, 0);
    // A wrong password here counts as a failed login.
    for _ in 0..5 {
        kick(&world, "admin", "anna", json!({"pwd": "guess"})).await;
    }
    let login = json!({"id": "admin", "pwd": "password"});
    assert_eq!(world.post("account", "login", login).await.code, 10012);
}

#[actix_web::test]
async fn what_was_said_of_the_signature_is_repeated() {
    let world = world(None).await;
    world.join("anna").await;
    for (hold, repeated) in [
        (json!(true), 1),
        (json!(1), 1),
        (json!("1"), 1),
        (json!("yes"), 1),
        (json!(false), 0),
        (json!(0), 0),
        (json!("0"), 0),
        (json!(""), 0),
        (json!(null), 0),
    ] {
        let answer = kick(&world, "admin", "anna", json!({"holdsig": hold})).await;
        assert_eq!(answer.data["holdSig"], repeated, "{hold}");
    }
}

#[actix_web::test]
async fn the_messaging_service_is_asked_by_its_own_administrator() {
    let im = FakeIm::willing();
    // A slash at the end of the address does no harm.
    let world = world(Some(&format!("{}/", im.url()))).await;
    world.join("anna").await;
    for app in [json!(null), json!(1_400_000_001)] {
        let answer = kick(&world, "admin", "anna", json!({"appid": app})).await;
        assert_eq!(
            (answer.code, answer.data),
            (0, kicked("anna")),
            "{}",
            answer.info
        );
    }
    let asked = im.asked();
    assert_eq!(asked.len(), 2);
    let admin = Uid::parse("im admin").expect("valid");
    let signer = &world.service.signer;
    let now = world.service.clock.unix().as_secs();
    for (asked, app) in asked.iter().zip(["1400000000", "1400000001"]) {
        assert!(
            asked.line.starts_with("POST /v4/im_open_login_svc/kick?"),
            "{}",
            asked.line
        );
        assert_eq!(asked.body, r#"{"UserID":"anna"}"#);
        assert_eq!(asked.query("sdkappid"), app);
        assert_eq!(asked.query("identifier"), "im admin");
        assert_eq!(asked.query("contenttype"), "json");
        assert!(asked.query("random").parse::<u32>().is_ok());
        let app = zaibo::domain::AppId::new(app.parse().expect("a number"));
        let (app, sig) = (signer.app(app).expect("an app"), asked.query("usersig"));
        assert!(app.verify(&sig, &admin, now));
        assert!(
            !app.verify(&sig, &admin, now + 3601),
            "it is not good for long"
        );
    }
    assert_ne!(asked[0].query("random"), asked[1].query("random"));
}

#[actix_web::test]
async fn nothing_is_asked_for_who_may_not_kick() {
    let im = FakeIm::willing();
    let world = world(Some(&im.url())).await;
    world.join("anna").await;
    for (by, who) in [("anna", "admin"), ("admin", "nobody")] {
        assert_ne!(kick(&world, by, who, json!({})).await.code, 0);
    }
    assert!(im.asked().is_empty());
}

#[actix_web::test]
async fn a_service_that_refuses_or_says_rubbish_is_told_of_truthfully() {
    let elsewhere = FakeIm::willing();
    for says in [
        Says::Body(r#"{"ActionStatus":"FAIL","ErrorInfo":"no","ErrorCode":70107}"#.to_owned()),
        Says::Body("<html>".to_owned()),
        Says::Body(String::new()),
        Says::Body(" ".repeat(1 << 20)),
        Says::Moved(elsewhere.url()),
    ] {
        let im = FakeIm::start(says);
        assert_eq!(told(&im.url()).await, (90000, REFUSED.to_owned()));
        assert_eq!(im.asked().len(), 1);
    }
    assert!(
        elsewhere.asked().is_empty(),
        "no signature follows a redirect"
    );
}

#[actix_web::test]
async fn a_service_that_is_not_there_or_does_not_answer_is_told_of_truthfully() {
    let gone = FakeIm::willing().url();
    let (code, info) = told(&gone).await;
    assert_eq!(code, 90000);
    assert!(info.ends_with("(not reachable)"), "{info}");
    let silent = FakeIm::start(Says::Nothing);
    let (code, info) = told(&silent.url()).await;
    assert_eq!(code, 90000);
    assert!(info.ends_with("(timeout)"), "{info}");
}

#[actix_web::test]
async fn nobody_is_signed_for_as_an_administrator_of_the_cloud() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = zaibo::settings::StoreUrl::from(crate::engine::store_url(folder.path()));
    let before = World::with(|settings| settings.store.url = url.clone()).await;
    // The user registered before the name was reserved.
    before.join("im admin").await;
    drop(before);
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    let world = World::with(|settings| {
        settings.store.url = url;
        settings.cloud.im_admin = "im admin".to_owned();
        settings.cloud.apps = vec![zaibo::settings::App {
            appid: 1_400_000_000,
            usersig_key: Some("key".to_owned()),
            usersig_private_key_file: None,
            link_key: Default::default(),
        }];
    })
    .await;
    for id in ["im admin", "administrator"] {
        let account = json!({"id": id, "pwd": "password"});
        let regist = world.post("account", "regist", account.clone()).await;
        assert_eq!((regist.code, &*regist.info), (10003, "Invalid id"));
        assert_eq!(world.post("account", "login", account).await.code, 10005);
        let ask = json!({"identifier": id, "pwd": "password", "roomnum": 10001});
        assert_eq!(world.post("account", "authPrivMap", ask).await.code, 10005);
    }
}
