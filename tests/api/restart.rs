//! After a crash: everything that was answered with 0 is still there.

use serde_json::json;

use crate::world::World;

#[derive(Debug, PartialEq)]
struct Summary {
    end_reason: String,
    peak_members: i64,
    total_members: i64,
    likes: i64,
    lasted: i64,
}

/// The recorded rows of the lives that have ended, oldest first.
fn summaries(world: &World) -> Vec<Summary> {
    let ended = "SELECT CONCAT_WS(' ', end_reason, peak_members, total_members, likes,
        ended_at - opened_at) AS line FROM lives WHERE ended_at IS NOT NULL ORDER BY id";
    let lines = world.records().lines(ended).into_iter();
    let rows = lines.map(|line| {
        let mut words = line.split(' ');
        let end_reason = words.next().expect("a reason").to_owned();
        let numbers: Vec<i64> = words.map(|word| word.parse().expect("a number")).collect();
        summary(&end_reason, numbers[0], numbers[1], numbers[2], numbers[3])
    });
    rows.collect()
}

fn summary(end_reason: &str, peak: i64, total: i64, likes: i64, lasted: i64) -> Summary {
    Summary {
        end_reason: end_reason.to_owned(),
        peak_members: peak,
        total_members: total,
        likes,
        lasted,
    }
}

#[actix_web::test]
async fn accounts_tokens_and_open_rooms_survive_and_members_come_back_with_their_beats() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    let world = world.reborn().await;
    assert_eq!(world.numbers(&anna).await, [room]);
    assert!(world.members(&anna, room).await.is_empty());
    assert_eq!(world.beat(&anna, room, 0).await, 0);
    assert_eq!(world.beat(&host, room, 1).await, 0);
    assert_eq!(world.members(&anna, room).await, ["host:1", "anna:0"]);
    world.login("anna").await;
}

#[actix_web::test]
async fn a_room_whose_host_does_not_come_back_ends_and_its_number_is_not_used_again() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let world = world.reborn().await;
    world.wait(91).await;
    assert!(world.numbers(&host).await.is_empty());
    assert!(world.create(&host).await > room);
}

#[actix_web::test]
async fn the_order_of_the_list_survives() {
    let world = World::new().await;
    let mut tokens = Vec::new();
    for n in 0..4 {
        tokens.push(world.join(&format!("host{n}")).await);
    }
    let mut rooms = Vec::new();
    for token in &tokens {
        rooms.push(world.create(token).await);
    }
    for n in [2, 0, 3, 1] {
        world.wait(1).await;
        world.report(&tokens[n], rooms[n]).await;
    }
    let before = world.numbers(&tokens[0]).await;
    let world = world.reborn().await;
    assert_eq!(world.numbers(&tokens[0]).await, before);
}

#[actix_web::test]
async fn every_end_leaves_a_summary_with_its_reason() {
    let world = World::with(|settings| settings.accounts.admins = vec!["anna".to_owned()]).await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    world
        .ok(
            "heartbeat",
            &host,
            json!({"roomnum": room, "role": 1, "thumbup": 9}),
        )
        .await;
    world.leave(&anna, room).await;
    world.wait(10).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    world.go_live(&host).await;
    world.create(&host).await;
    assert_eq!(
        world
            .post("account", "logout", json!({"token": host}))
            .await
            .code,
        0
    );
    world.go_live(&world.login("host").await).await;
    let kick = json!({"id": "anna", "pwd": "password", "kickid": "host"});
    assert_eq!(world.post("account", "kickout", kick).await.code, 0);
    let expected = [
        summary("exit", 2, 2, 9, 10),
        summary("superseded", 1, 1, 0, 0),
        summary("logout", 1, 1, 0, 0),
        summary("kicked", 1, 1, 0, 0),
    ];
    assert_eq!(summaries(&world), expected);
}

#[actix_web::test]
async fn an_end_by_silence_is_put_on_record_beside_the_requests() {
    let world = World::new().await;
    let host = world.join("host").await;
    world.go_live(&host).await;
    world.kept_for(95).await;
    let ended = summaries(&world);
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].end_reason, "host_timeout");
    assert!((90..=92).contains(&ended[0].lasted), "{ended:?}");
}

#[actix_web::test]
async fn figures_of_an_open_live_are_flushed_and_go_on_after_a_restart() {
    let world = World::new().await;
    let (host, anna) = (world.join("host").await, world.join("anna").await);
    let room = world.go_live(&host).await;
    world.enter(&anna, room).await;
    world
        .ok(
            "heartbeat",
            &host,
            json!({"roomnum": room, "role": 1, "thumbup": 77}),
        )
        .await;
    zaibo::app::background::flush(&world.service)
        .await
        .expect("on record");
    let world = world.reborn().await;
    assert_eq!(world.rooms(&host).await[0]["info"]["thumbup"], 77);
    world.beat(&host, room, 1).await;
    world.ok("exitroom", &host, json!({"roomnum": room})).await;
    assert_eq!(summaries(&world)[0].peak_members, 2);
}

#[actix_web::test]
async fn a_second_server_on_the_same_database_is_refused() {
    let world = World::new().await;
    let refused = zaibo::store::Store::open(&world.opening(), world.service.clock);
    let refused = refused.err().expect("refused");
    assert!(refused.to_string().contains("another zaibo"), "{refused}");
}
