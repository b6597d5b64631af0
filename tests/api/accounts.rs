//! Accounts: registration, logins, sessions and their lifetime, and refused logins.

use futures_util::FutureExt;
use serde_json::json;

use zaibo::domain::Uid;
use zaibo::secret::Secret;

use crate::world::World;

const DAY: u64 = 24 * 60 * 60;

#[actix_web::test]
async fn a_user_registers_once_and_logs_in_with_his_password_only() {
    let world = World::new().await;
    let account = |id, pwd| json!({"id": id, "pwd": pwd});
    assert_eq!(
        world
            .post("account", "regist", account("anna", "secret-1"))
            .await
            .code,
        0
    );
    assert_eq!(
        world
            .post("account", "regist", account("anna", "other"))
            .await
            .code,
        10004
    );
    assert_eq!(
        world
            .post("account", "login", account("anna", "secret-1"))
            .await
            .code,
        0
    );
    assert_eq!(
        world
            .post("account", "login", account("anna", "secret-2"))
            .await
            .code,
        10006
    );
    assert_eq!(
        world
            .post("account", "login", account("otto", "secret-1"))
            .await
            .code,
        10005
    );
    assert_eq!(
        world
            .post("account", "login", account("Anna", "secret-1"))
            .await
            .code,
        10005,
        "case matters"
    );
}

#[actix_web::test]
async fn an_app_may_be_named_as_number_or_text_and_has_to_be_one() {
    let world = World::new().await;
    world.join("anna").await;
    for (appid, code) in [
        (json!(1_400_000_001), 0),
        (json!("1400000001"), 0),
        (json!(null), 0),
        (json!("x"), 10003),
    ] {
        let login = json!({"id": "anna", "pwd": "password", "appid": appid});
        assert_eq!(
            world.post("account", "login", login).await.code,
            code,
            "{appid}"
        );
    }
}

#[actix_web::test]
async fn where_apps_are_configured_no_other_is_signed_for() {
    let world = World::with(|settings| {
        settings.cloud.apps = vec![zaibo::settings::App {
            appid: 7,
            usersig_key: Some("key".to_owned()),
            usersig_private_key_file: None,
            link_key: Secret::default(),
        }];
    })
    .await;
    world.join("anna").await;
    for (appid, code) in [(json!(7), 0), (json!(8), 10003), (json!(null), 0)] {
        let login = json!({"id": "anna", "pwd": "password", "appid": appid});
        let answer = world.post("account", "login", login).await;
        assert_eq!(answer.code, code, "{appid}");
        assert!(code == 0 || answer.info == "Invalid appid");
    }
}

#[actix_web::test]
async fn a_second_login_ends_the_first_token() {
    let world = World::new().await;
    let first = world.join("anna").await;
    let second = world.login("anna").await;
    assert_ne!(first, second);
    assert_eq!(
        world.code("create", &first, json!({"type": "live"})).await,
        10009
    );
    assert_eq!(world.beat(&first, 1, 0).await, 10009);
    assert_eq!(world.beat(&second, 1, 0).await, 0);
}

#[actix_web::test]
async fn a_token_slides_with_every_use_and_ends_after_a_week_without() {
    let world = World::new().await;
    let token = world.join("anna").await;
    for _ in 0..3 {
        world.wait(7 * DAY - 1).await;
        assert_eq!(world.beat(&token, -1, 0).await, 0);
    }
    world.wait(7 * DAY + 1).await;
    let answer = world
        .live("heartbeat", &token, json!({"roomnum": -1, "role": 0}))
        .await;
    assert_eq!(
        (answer.code, answer.info.as_str()),
        (10009, "User token expired")
    );
    assert_eq!(
        world.beat(&token, -1, 0).await,
        10009,
        "a beat does not revive it"
    );
}

#[actix_web::test]
async fn logout_ends_token_membership_and_live_and_can_not_be_repeated() {
    let world = World::new().await;
    let (host, viewer) = (world.join("host").await, world.join("viewer").await);
    let room = world.go_live(&host).await;
    world.enter(&viewer, room).await;
    assert_eq!(
        world
            .post("account", "logout", json!({"token": viewer}))
            .await
            .code,
        0
    );
    let viewer_again = world.login("viewer").await;
    assert_eq!(world.members(&viewer_again, room).await, ["host:1"]);
    assert_eq!(
        world
            .post("account", "logout", json!({"token": host, "id": "host"}))
            .await
            .code,
        0
    );
    assert!(world.numbers(&viewer_again).await.is_empty());
    let repeated = world
        .post("account", "logout", json!({"token": host}))
        .await;
    assert_eq!(
        (repeated.code, repeated.info.as_str()),
        (10008, "Repeat logout")
    );
    assert_eq!(world.beat(&host, room, 1).await, 10009);
}

#[actix_web::test]
async fn wrong_passwords_are_few_and_time_heals() {
    let world = World::new().await;
    world.join("anna").await;
    let guess = json!({"id": "anna", "pwd": "wrong"});
    for _ in 0..5 {
        assert_eq!(
            world.post("account", "login", guess.clone()).await.code,
            10006
        );
    }
    assert_eq!(
        world.post("account", "login", guess.clone()).await.code,
        10012
    );
    let right = json!({"id": "anna", "pwd": "password"});
    assert_eq!(
        world.post("account", "login", right.clone()).await.code,
        10012,
        "guessing does not go on"
    );
    world.wait(31).await;
    assert_eq!(world.post("account", "login", right).await.code, 0);
}

#[actix_web::test]
async fn a_use_of_a_token_is_on_record_after_it_was_written_back() {
    let world = World::new().await;
    let token = world.join("anna").await;
    world.wait(5 * DAY).await;
    assert_eq!(world.beat(&token, -1, 0).await, 0);
    world
        .service
        .sessions
        .write_back(false)
        .await
        .expect("written");
    let world = world.reborn().await;
    world.wait(5 * DAY).await;
    assert_eq!(
        world.beat(&token, -1, 0).await,
        0,
        "ten days after the login, five after the last use"
    );
}

#[actix_web::test]
async fn what_left_the_cache_is_found_on_record_and_what_is_stale_is_forgotten() {
    let world = World::new().await;
    let token = world.join("anna").await;
    world.wait(3600).await;
    world
        .service
        .sessions
        .write_back(false)
        .await
        .expect("written");
    assert_eq!(world.beat(&token, -1, 0).await, 0);
    world.wait(15 * DAY).await;
    world
        .service
        .sessions
        .forget_stale()
        .await
        .expect("written");
    let answer = world
        .live("heartbeat", &token, json!({"roomnum": -1, "role": 0}))
        .await;
    assert_eq!(answer.code, 10009);
}

#[actix_web::test]
async fn who_hangs_up_before_the_password_was_looked_at_ends_no_session() {
    // The hash is slow.
    let world = World::with(|settings| settings.accounts.argon2_memory_kib = 1 << 16).await;
    let token = world.join("anna").await;
    let login = json!({"id": "anna", "pwd": "password"});
    // The server does the same when a connection is closed: it drops the request where it is.
    let asked = world.post("account", "login", login).now_or_never();
    assert_eq!(asked, None, "the password is looked at beside the workers");
    world.wait(1).await;
    assert_eq!(world.beat(&token, -1, 0).await, 0);
    world.login("anna").await;
    assert_eq!(world.beat(&token, -1, 0).await, 10009);
}

#[actix_web::test]
async fn who_registered_an_id_that_is_refused_today_still_logs_in_with_it() {
    let world = World::new().await;
    let old = "jose\u{301}\u{200b}";
    let account = json!({"id": old, "pwd": "password"});
    let refused = world.post("account", "regist", account).await;
    assert_eq!((refused.code, &*refused.info), (10003, "Invalid id"));
    // The account is created as an earlier version did.
    let service = &world.service;
    let hash = service.passwords.hash_now("password").expect("a hash");
    let uid = Uid::parse(old).expect("an id");
    let now = service.clock.unix();
    service.store.register(&uid, hash, now).await.expect("new");
    let token = world.login(old).await;
    let room = world.go_live(&token).await;
    assert_eq!(world.members(&token, room).await, [format!("{old}:1")]);
}
