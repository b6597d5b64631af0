//! The longest texts that are taken fit into the tables of both engines, whole.

use super::*;

/// The longest id of the cloud, and the longest address.
const ID: usize = 255;
const ADDRESS: usize = 4096;

#[actix_web::test]
async fn the_longest_ids_and_addresses_of_the_cloud_are_kept_whole() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let (stream, file) = (stream(room, "host"), "f".repeat(ID));
    let address = format!("http://v/{}", "a".repeat(ADDRESS - 9));
    let mut event = recorded(&stream, &file, 10, 50);
    event["video_url"] = address.clone().into();
    event["video_id"] = "v".repeat(ID).into();
    assert_eq!(world.told("live", &event).await, 200);
    assert_eq!(world.told("live", &event).await, 200);
    let listed = recordings(&world, &host).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["playurl"][0], address);
    let foreign = "s".repeat(ID);
    let push = push(&foreign, &"q".repeat(ID), true, 5);
    assert_eq!(world.told("live", &push).await, 200);
    let picture = json!({"event_type": 200, "stream_id": foreign, "create_time": DAWN,
        "pic_full_url": address});
    assert_eq!(world.told("live", &picture).await, 200);
    let whole = format!(
        "pushes WHERE stream = '{foreign}' AND sequence = '{}'",
        "q".repeat(ID)
    );
    assert_eq!(world.count(&whole), 1);
    let pictured = format!("streams WHERE stream = '{foreign}' AND picture_url = '{address}'");
    assert_eq!(world.count(&pictured), 1);
    // With a number of a room, the name of the stream is longer by that.
    let mut named = push.clone();
    named["stream_param"] = format!("groupid={}", u32::MAX / 2).into();
    assert_eq!(world.told("live", &named).await, 200);
}

#[actix_web::test]
async fn a_text_that_is_too_long_for_an_id_counts_as_absent_and_its_event_is_kept() {
    let world = World::new().await;
    let host = world.join("host").await;
    let room = world.go_live(&host).await;
    let mut event = recorded(&stream(room, "host"), &"f".repeat(ID + 1), 10, 50);
    assert_eq!(world.told("live", &event).await, 200);
    // Such a file is known by its stream and times. They make no longer id either.
    event["file_format"] = "m".repeat(ID).into();
    assert_eq!(world.told("live", &event).await, 200);
    let push = push(&"s".repeat(ID + 1), "q", true, 5);
    assert_eq!(world.told("live", &push).await, 200);
    assert_eq!(recordings(&world, &host).await.len(), 1);
    let kept = ["live 100 done", "live 100 kept", "live 1 kept"];
    assert_eq!(inbox(&world), kept);
}
