//! What operators ask: is the process alive, can it do its work, and what has it counted. All of it
//! is served on an address of its own, which clients and proxies do not reach.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;

use super::state::Shared;
use crate::store::Trouble;

/// Puts what operators ask into a server of its own.
pub fn configure(shared: Data<Shared>) -> impl FnOnce(&mut ServiceConfig) {
    move |server| {
        server
            .app_data(shared)
            .route("/healthz", web::get().to(alive))
            .route("/readyz", web::get().to(ready))
            .route("/metrics", web::get().to(metrics));
    }
}

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: everything that requests need works; 503 if not, with what is wrong.
pub(super) async fn ready(shared: Data<Shared>) -> HttpResponse {
    let service = &shared.service;
    let store = service.store.health(service.clock.now()).await;
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

/// `GET /metrics`: what was counted, for Prometheus.
async fn metrics(shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(shared.service.metrics.render())
}
