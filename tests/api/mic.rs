//! The mic: requesting a seat, going on mic, and the users who may do so.

use serde_json::{Value, json};
use zaibo::domain::MicPolicy;

use crate::world::World;

async fn report(world: &World, token: &str, room: i64, status: &str) -> i64 {
    world
        .code(
            "reportstatus",
            token,
            json!({"roomnum": room, "status": status}),
        )
        .await
}

async fn request(world: &World, token: &str, room: i64) -> i64 {
    world.code("request", token, json!({"roomnum": room})).await
}

#[actix_web::test]
async fn a_viewer_asks_goes_on_mic_and_off_again() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    assert_eq!(request(&world, &anna, room).await, 0);
    assert_eq!(world.members(&host, room).await, ["host:1", "anna:0"]);
    assert_eq!(report(&world, &anna, room, "on").await, 0);
    assert_eq!(world.members(&host, room).await, ["host:1", "anna:2"]);
    assert_eq!(report(&world, &anna, room, "off").await, 0);
    assert_eq!(world.members(&host, room).await, ["host:1", "anna:0"]);
}

#[actix_web::test]
async fn seats_are_few_and_a_beat_that_claims_one_in_vain_is_answered_with_zero() {
    let world = World::with(|settings| settings.rooms.mic_seats = 1).await;
    let (host, anna, otto) = (
        world.join("host").await,
        world.join("anna").await,
        world.join("otto").await,
    );
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    world.enter(&otto, room).await;
    assert_eq!(world.beat(&anna, room, 2).await, 0);
    assert_eq!(world.beat(&otto, room, 2).await, 0);
    assert_eq!(
        world.members(&host, room).await,
        ["host:1", "anna:2", "otto:0"]
    );
    assert_eq!(request(&world, &otto, room).await, 20003);
    assert_eq!(report(&world, &otto, room, "on").await, 20003);
    assert_eq!(world.beat(&anna, room, 0).await, 0);
    assert_eq!(report(&world, &otto, room, "on").await, 0);
}

#[actix_web::test]
async fn where_the_host_approves_he_names_whom() {
    let world = World::with(|settings| settings.rooms.mic_policy = MicPolicy::Approve).await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    assert_eq!(request(&world, &anna, room).await, 0);
    assert_eq!(report(&world, &anna, room, "on").await, 20004);
    let approve = |who: &str| -> Value { json!({"roomnum": room, "status": "on", "uid": who}) };
    assert_eq!(
        world.code("reportstatus", &anna, approve("host")).await,
        20001
    );
    assert_eq!(
        world.code("reportstatus", &host, approve("nobody")).await,
        10010
    );
    assert_eq!(world.code("reportstatus", &host, approve("anna")).await, 0);
    assert_eq!(report(&world, &anna, room, "on").await, 0);
    assert_eq!(world.members(&host, room).await, ["host:1", "anna:2"]);
}

#[actix_web::test]
async fn who_is_not_a_member_has_no_mic_and_no_room_no_seat() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    assert_eq!(report(&world, &anna, room, "on").await, 10010);
    assert_eq!(request(&world, &anna, 4711).await, 10010);
    assert_eq!(request(&world, &anna, -1).await, 10010);
    let wrong = world
        .live(
            "reportstatus",
            &anna,
            json!({"roomnum": room, "status": "maybe"}),
        )
        .await;
    assert_eq!(
        (wrong.code, wrong.info.as_str()),
        (10003, " Invalid status")
    );
}
