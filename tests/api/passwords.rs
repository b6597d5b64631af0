//! Another password ends the sessions of before, whoever sets it: the user, or an operator beside the
//! server.

use serde_json::json;
use zaibo::domain::{Refusal, Uid};
use zaibo::error::Error;
use zaibo::service::Client;
use zaibo::store::set_password;

use crate::world::World;

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("an id")
}

impl World {
    /// The code of a login with that password.
    async fn login_code(&self, id: &str, password: &str) -> i64 {
        let account = json!({"id": id, "pwd": password});
        self.post("account", "login", account).await.code
    }

    /// A user changes their password by the use case.
    async fn change(&self, token: &str, old: &str, new: &str) -> Result<(), Error> {
        let caller = self.service.caller(token).await?;
        let client = Client::at([192, 0, 2, 1].into());
        let changing = self.service.change_password(caller, old, new, client);
        changing.await
    }
}

#[actix_web::test]
async fn who_changes_their_password_stays_and_their_other_sessions_end() {
    let world = World::new().await;
    let anna = world.join("anna").await;
    let otto = world.join("otto").await;
    let sessions = &world.service.sessions;
    let other = sessions.begin_another(&uid("anna")).await.expect("begun");
    let room = world.go_live(&anna).await;
    assert_eq!(world.beat(other.as_str(), room, 1).await, 0);
    world
        .change(&anna, "password", "other")
        .await
        .expect("changed");
    assert_eq!(world.beat(&anna, room, 1).await, 0, "the live goes on");
    assert_eq!(world.beat(other.as_str(), room, 1).await, 10009);
    assert_eq!(
        world.beat(&otto, room, 0).await,
        0,
        "others are not concerned"
    );
    assert_eq!(world.login_code("anna", "password").await, 10006);
    let world = world.reborn().await;
    assert_eq!(world.beat(&anna, room, 1).await, 0);
    assert_eq!(world.beat(other.as_str(), room, 1).await, 10009);
    assert_eq!(world.login_code("anna", "other").await, 0);
}

#[actix_web::test]
async fn of_two_changes_at_once_one_wins_and_the_other_is_told_so() {
    let world = World::new().await;
    let anna = world.join("anna").await;
    let (one, other) = tokio::join!(
        world.change(&anna, "password", "one"),
        world.change(&anna, "password", "other"),
    );
    assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
    let lost = one.and(other).expect_err("one has lost");
    assert!(matches!(lost, Error::Refused(Refusal::WrongPassword)));
    let codes = [
        world.login_code("anna", "one").await,
        world.login_code("anna", "other").await,
    ];
    assert!(codes.contains(&0) && codes.contains(&10006), "{codes:?}");
}

#[actix_web::test]
async fn a_running_server_forgets_within_seconds_who_got_a_password_beside_it() {
    let world = World::new().await;
    let (anna, otto) = (world.join("anna").await, world.join("otto").await);
    let room = world.go_live(&otto).await;
    assert_eq!(world.enter(&anna, room).await, 0);
    let hash = world.service.passwords.hash_now("other").expect("hashed");
    let url = world.opening().url;
    let set = |id| set_password(&url, &uid(id), &hash).expect("set");
    assert!(!set("nobody"));
    assert!(set("anna"));
    world.kept_for(11).await;
    assert_eq!(world.beat(&anna, room, 0).await, 10009);
    assert_eq!(world.beat(&otto, room, 1).await, 0);
    assert_eq!(world.login_code("anna", "password").await, 10006);
    assert_eq!(world.login_code("anna", "other").await, 0);
}
