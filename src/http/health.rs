//! Health: is the process alive, can it do its work, and what has it counted.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use serde::Serialize;

use super::Services;
use super::door::is_passed_on;
use crate::store::Trouble;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: everything that requests need works; 503 if not, with what is wrong.
pub(super) async fn ready(services: Data<Services>) -> HttpResponse {
    let store = services.store.health(services.clock.now()).await;
    let readiness = Readiness {
        ready: store.is_ok(),
        checks: [Check {
            name: "store",
            ok: store.is_ok(),
            why: store.err().map(Trouble::as_str),
        }],
    };
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

/// What load balancers read by its status, and people by its words.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: [Check; 1],
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

/// `GET /metrics`: what was counted, for Prometheus on this machine and nobody else.
pub(super) async fn metrics(request: HttpRequest, services: Data<Services>) -> HttpResponse {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let is_local = peer.is_some_and(|peer| peer.is_loopback());
    if !is_local || is_passed_on(&request, &services.doorway) {
        return HttpResponse::NotFound().finish();
    }
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(services.metrics.render())
}
