//! Properties that hold after any requests of users, in any order.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use crate::world::World;

const HOSTS: usize = 2;
const PEOPLE: usize = 5;

#[derive(Clone, Debug)]
enum Step {
    Create(usize),
    Report(usize),
    Exit(usize),
    Enter(usize, usize),
    Leave(usize, usize),
    Beat(usize, usize, i64),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (host, who) = (0..HOSTS, 0..PEOPLE);
    let step = prop_oneof![
        1 => host.clone().prop_map(Step::Create),
        2 => host.clone().prop_map(Step::Report),
        1 => host.clone().prop_map(Step::Exit),
        4 => (who.clone(), host.clone()).prop_map(|(who, of)| Step::Enter(who, of)),
        2 => (who.clone(), host.clone()).prop_map(|(who, of)| Step::Leave(who, of)),
        4 => (who, host, 0i64..3).prop_map(|(who, of, role)| Step::Beat(who, of, role)),
        2 => (1u64..40).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..40)
}

/// Checks that no user is in two rooms, is listed twice, or hosts the room of another user, and
/// that the numbers in the room list match the rooms.
async fn check(world: &World, tokens: &[String], known: &[i64]) -> Result<(), TestCaseError> {
    let mut seen: HashMap<String, i64> = HashMap::new();
    for room in known {
        for member in world.members(&tokens[0], *room).await {
            let (name, role) = member.split_once(':').expect("name and role");
            prop_assert_eq!(
                seen.insert(name.to_owned(), *room),
                None,
                "{} is in two places",
                name
            );
            if role == "1" {
                prop_assert!(name == "u0" || name == "u1", "{} hosts", name);
            }
        }
    }
    let mut hosts = Vec::new();
    for room in world.rooms(&tokens[0]).await {
        let number = room["info"]["roomnum"].as_i64().expect("a number");
        let members = seen.values().filter(|at| **at == number).count();
        prop_assert_eq!(&room["info"]["memsize"], members);
        hosts.push(room["uid"].as_str().expect("a text").to_owned());
    }
    hosts.sort();
    let listed = hosts.len();
    hosts.dedup();
    prop_assert_eq!(hosts.len(), listed, "a host has two lives");
    Ok(())
}

async fn play(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let world = World::new().await;
    let mut tokens = Vec::new();
    for n in 0..PEOPLE {
        tokens.push(world.join(&format!("u{n}")).await);
    }
    let mut rooms = [0; HOSTS];
    let mut known = Vec::new();
    for step in steps {
        let code = match step {
            Step::Create(host) => {
                rooms[host] = world.create(&tokens[host]).await;
                known.push(rooms[host]);
                0
            }
            Step::Report(host) if rooms[host] == 0 => 0,
            Step::Report(host) => world.report(&tokens[host], rooms[host]).await,
            Step::Exit(host) => {
                world
                    .code("exitroom", &tokens[host], json!({"roomnum": rooms[host]}))
                    .await
            }
            Step::Enter(who, of) => match world.enter(&tokens[who], rooms[of]).await {
                10010 => 0,
                code => code,
            },
            Step::Leave(who, of) => world.leave(&tokens[who], rooms[of]).await,
            Step::Beat(who, of, role) => world.beat(&tokens[who], rooms[of], role).await,
            Step::Wait(seconds) => {
                world.wait(seconds).await;
                0
            }
        };
        prop_assert_eq!(code, 0);
        check(&world, &tokens, &known).await?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_in_two_rooms_and_no_host_has_two_lives(steps in steps()) {
        actix_web::rt::System::new().block_on(play(steps))?;
    }
}
