//! The number of allocations of a request. It is counted and not timed, so that a careless change
//! to the hot path fails a test. `zaibo-bench` measures the time.
//!
//! The counts include everything from the route to the rendered answer, and the room's actor. A
//! change that lowers a count lowers its limit too; a change that raises one gives the reason in
//! its commit message.

use actix_web::App;
use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use allocation_counter::measure;
use serde_json::{Value, json};
use zaibo::http::configure;

use crate::world::World;

/// A beat that changes nothing: a guest's, or a host's with the same count of likes.
const BEAT: u64 = 5;

/// Ten rows of the room list.
const PAGE_OF_LIVES: u64 = 10;

/// Fifty rows of the member list, which the room's actor returns.
const PAGE_OF_MEMBERS: u64 = 13;

/// Runs a story, then counts the allocations of each request that the story returns. Each request
/// is sent several times and only the last one is counted, so that buffers that are allocated once
/// and then reused do not count.
fn count(story: impl AsyncFnOnce(&World) -> Vec<(&'static str, Value)>) -> Vec<u64> {
    let system = actix::System::new();
    let (site, requests, _world) = system.block_on(async {
        let world = World::new().await;
        let requests = story(&world).await;
        let app = App::new().configure(configure(world.site.clone()));
        (init_service(app).await, requests, world)
    });
    let count = |(cmd, fields): (&str, Value)| {
        let mut allocations = 0;
        for _ in 0..5 {
            let request = TestRequest::post()
                .uri(&format!("/sxb/index.php?svc=live&cmd={cmd}"))
                .set_payload(fields.to_string())
                .to_request();
            let counted = measure(|| {
                let answer = system.block_on(site.call(request)).expect("an answer");
                assert_eq!(answer.status(), 200);
                drop(answer);
            });
            allocations = counted.count_total;
        }
        allocations
    };
    requests.into_iter().map(count).collect()
}

#[test]
fn a_beat_that_changes_nothing_costs_few_allocations() {
    let counts = count(async |world| {
        let host = world.join("host").await;
        let guest = world.join("guest").await;
        let room = world.go_live(&host).await;
        world.enter(&guest, room).await;
        let guests = json!({"token": guest, "roomnum": room, "role": 0, "thumbup": 0});
        let hosts = json!({"token": host, "roomnum": room, "role": 1, "thumbup": 7});
        vec![("heartbeat", guests), ("heartbeat", hosts)]
    });
    assert_eq!(counts, [BEAT; 2]);
}

#[test]
fn a_page_of_lives_costs_the_same_wherever_it_is_and_however_many_there_are() {
    for lives in [20, 60] {
        let counts = count(async |world| {
            let mut token = String::new();
            for host in 0..lives {
                token = world.join(&format!("host{host}")).await;
                world.go_live(&token).await;
            }
            let page = |index| {
                let fields = json!({"token": token, "type": "live", "index": index, "size": 10});
                ("roomlist", fields)
            };
            vec![page(0), page(lives - 10)]
        });
        assert_eq!(counts, [PAGE_OF_LIVES; 2]);
    }
}

#[test]
fn a_page_of_members_costs_the_same_wherever_it_is_and_however_many_there_are() {
    for members in [60, 160] {
        let counts = count(async |world| {
            let host = world.join("host").await;
            let room = world.go_live(&host).await;
            for guest in 1..members {
                let guest = world.join(&format!("guest{guest:04}")).await;
                world.enter(&guest, room).await;
            }
            let page = |index| {
                let fields = json!({"token": host, "roomnum": room, "index": index, "size": 50});
                ("roomidlist", fields)
            };
            vec![page(0), page(members - 50)]
        });
        assert_eq!(counts, [PAGE_OF_MEMBERS; 2]);
    }
}
