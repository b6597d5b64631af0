//! Hashes that are cheaper than new ones, as an import makes them, are renewed when their user logs in.

use serde_json::json;
use zaibo::domain::{Uid, UnixTime};
use zaibo::passwords::Passwords;

use crate::world::World;

/// The cost of the worlds here, and the lower one of an import.
const COST: u32 = 16;
const CHEAP: u32 = 8;

const AT_COST: &str = "accounts WHERE password_hash LIKE '$argon2id$v=19$m=16,t=1,%'";

fn hash(memory_kib: u32, password: &str) -> String {
    let passwords = Passwords::<u8>::new(memory_kib, 1, 1).expect("valid cost");
    passwords.hash_now(password).expect("hashed")
}

/// A world in which Anna's account was imported, with a hash of this cost.
async fn imported(memory_kib: u32) -> World {
    let world = World::with(|settings| settings.accounts.argon2_memory_kib = COST).await;
    let anna = Uid::parse("anna").expect("valid");
    let store = &world.service.store;
    let kept = store.register(&anna, hash(memory_kib, "secret-1"), UnixTime::from_secs(1));
    kept.await.expect("registered");
    world
}

async fn login(world: &World, password: &str) -> i64 {
    let fields = json!({"id": "anna", "pwd": password});
    world.post("account", "login", fields).await.code
}

#[actix_web::test]
async fn a_cheap_hash_is_renewed_at_the_first_login_and_the_password_stays() {
    let world = imported(CHEAP).await;
    assert_eq!(world.count(AT_COST), 0);
    assert_eq!(login(&world, "secret-1").await, 0);
    // The login does not wait for it.
    while world.count(AT_COST) == 0 {
        world.wait(1).await;
    }
    assert_eq!(login(&world, "secret-1").await, 0);
    assert_eq!(login(&world, "secret-2").await, 10006);
}

#[actix_web::test]
async fn a_wrong_password_renews_nothing() {
    let world = imported(CHEAP).await;
    assert_eq!(login(&world, "secret-2").await, 10006);
    // Passwords take their turns in order, so a renewal would be over when this one is.
    world.join("otto").await;
    world.wait(1).await;
    assert_eq!(world.count(&format!("{AT_COST} AND uid = 'anna'")), 0);
}

#[actix_web::test]
async fn a_hash_of_the_usual_cost_or_a_higher_one_stays_as_it_is() {
    for memory_kib in [COST, 2 * COST] {
        let world = imported(memory_kib).await;
        let uid = Uid::parse("anna").expect("valid");
        let before = world.service.store.password_hash(&uid).await.expect("read");
        assert_eq!(login(&world, "secret-1").await, 0);
        world.join("otto").await;
        world.wait(1).await;
        let after = world.service.store.password_hash(&uid).await.expect("read");
        assert_eq!(before, after);
    }
}

#[actix_web::test]
async fn a_hash_that_was_replaced_meanwhile_is_not_overwritten() {
    let world = imported(COST).await;
    let uid = Uid::parse("anna").expect("valid");
    let store = &world.service.store;
    let (outdated, renewed) = (hash(CHEAP, "secret-1"), hash(COST, "secret-0"));
    let done = store.renew_password_hash(&uid, outdated, renewed).await;
    done.expect("nothing to do");
    assert_eq!(login(&world, "secret-0").await, 10006);
    assert_eq!(login(&world, "secret-1").await, 0);
}
