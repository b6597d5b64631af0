//! Rooms by a figure and by their titles: pages fit together while figures change and rooms come and go.

use serde_json::Value;

use crate::world::World;

/// The titles of a page.
fn titles(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("a list").iter();
    items
        .map(|item| item["title"].as_str().expect("a title"))
        .collect()
}

fn next(page: &Value) -> &str {
    page["next"].as_str().expect("a cursor")
}

/// Lives with these titles and likes. Returns the tokens of their hosts and their paths.
async fn liked(world: &World, lives: &[(&str, u32)]) -> Vec<(String, String)> {
    let mut hosts = Vec::new();
    for (at, (title, likes)) in lives.iter().enumerate() {
        let host = world.newcomer(&format!("host{at}")).await;
        let room = world.on_air(&host, title).await;
        hosts.push((host, format!("/v2/rooms/{room}")));
        like(world, &hosts[at], *likes).await;
    }
    hosts
}

async fn like(world: &World, (host, path): &(String, String), likes: u32) {
    let body = format!(r#"{{"likes":{likes}}}"#);
    let path = format!("{path}/likes");
    world.rest("PUT", &path, host, &body).await.ok(200);
}

#[actix_web::test]
async fn a_walk_by_likes_goes_through_one_order_while_likes_and_rooms_change() {
    let world = World::new().await;
    let lives = [("a", 10), ("b", 40), ("c", 20), ("d", 30), ("e", 20)];
    let hosts = liked(&world, &lives).await;
    let token = &hosts[0].0;
    let first = world.get("/v2/rooms?sort=-likes&limit=2", token).await;
    let first = first.ok(200);
    assert_eq!(titles(&first), ["b", "d"]);
    assert_eq!(first["total"], 5);
    assert!(first.get("partial").is_none());
    // The last one overtakes all, one that is still to come ends, and a new one begins.
    like(&world, &hosts[0], 100).await;
    world.rest("DELETE", &hosts[2].1, &hosts[2].0, "").await;
    let late = world.newcomer("late").await;
    world.on_air(&late, "late").await;
    world.wait(2).await;
    let path = format!("/v2/rooms?sort=-likes&limit=2&cursor={}", next(&first));
    let rest = world.get(&path, token).await.ok(200);
    assert_eq!(titles(&rest), ["e", "a"]);
    assert_eq!(rest["items"][1]["likes"], 100, "figures are those of now");
    assert_eq!(rest["next"], Value::Null);
    let again = world.get("/v2/rooms?sort=-likes&limit=9", token).await;
    assert_eq!(titles(&again.ok(200)), ["a", "b", "d", "e", "late"]);
}

#[actix_web::test]
async fn the_order_is_taken_anew_once_a_second_and_only_then() {
    let world = World::new().await;
    let hosts = liked(&world, &[("a", 1), ("b", 2)]).await;
    let token = &hosts[0].0;
    let sorted = async || {
        let page = world.get("/v2/rooms?sort=-likes", token).await.ok(200);
        titles(&page).join(" ")
    };
    assert_eq!(sorted().await, "b a");
    like(&world, &hosts[0], 9).await;
    assert_eq!(sorted().await, "b a");
    world.wait(1).await;
    assert_eq!(sorted().await, "a b");
}

#[actix_web::test]
async fn who_is_slow_goes_on_in_the_newest_order_from_the_same_place() {
    let world = World::new().await;
    let hosts = liked(&world, &[("a", 10), ("b", 40), ("c", 20), ("d", 30)]).await;
    let token = &hosts[0].0;
    let first = world.get("/v2/rooms?sort=-likes&limit=2", token).await;
    let first = first.ok(200);
    assert_eq!(titles(&first), ["b", "d"]);
    like(&world, &hosts[0], 25).await;
    for _ in 0..3 {
        world.wait(1).await;
        world.get("/v2/rooms?sort=-likes", token).await.ok(200);
    }
    let path = format!("/v2/rooms?sort=-likes&limit=2&cursor={}", next(&first));
    let rest = world.get(&path, token).await.ok(200);
    assert_eq!(titles(&rest), ["a", "c"]);
}

#[actix_web::test]
async fn rooms_are_found_by_a_part_of_their_titles_in_every_order() {
    let world = World::new().await;
    let lives = [("Go talk", 1), ("Rust TALK", 3), ("Music", 9), ("talk", 2)];
    let hosts = liked(&world, &lives).await;
    let token = &hosts[0].0;
    for (query, expected) in [
        ("q=talk", &["talk", "Rust TALK", "Go talk"][..]),
        ("q=TALK&sort=-likes", &["Rust TALK", "talk", "Go talk"]),
        ("q=t+t&sort=-created", &["Rust TALK"]),
        ("q=nothing&sort=-members", &[]),
        (
            "type=live&sort=-members",
            &["talk", "Music", "Rust TALK", "Go talk"],
        ),
        ("app=7&sort=-likes", &[]),
    ] {
        let page = world.get(&format!("/v2/rooms?{query}"), token).await;
        assert_eq!(titles(&page.ok(200)), expected, "{query}");
    }
    let first = world.get("/v2/rooms?q=talk&limit=2", token).await.ok(200);
    let path = format!("/v2/rooms?q=talk&limit=2&cursor={}", next(&first));
    let rest = world.get(&path, token).await.ok(200);
    assert_eq!(
        (titles(&rest), &rest["next"]),
        (vec!["Go talk"], &Value::Null)
    );
    let other = format!("/v2/rooms?q=music&cursor={}", next(&first));
    let long = format!("/v2/rooms?q={}", "x".repeat(65));
    for (path, field) in [
        (other.as_str(), "/cursor"),
        ("/v2/rooms?q=", "/q"),
        (&long, "/q"),
        ("/v2/rooms?sort=likes", "/sort"),
    ] {
        assert_eq!(world.get(path, token).await.wrong_field(), field, "{path}");
    }
}
