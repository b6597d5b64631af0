//! Health and metrics for operators. They are served on an address of their own, which clients and
//! proxies cannot reach.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::rt;
use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;
use serde_json::Value;

use super::state::Shared;
use crate::service::Trouble;

/// How long a scrape waits for the answer of the store.
const PROBE_PATIENCE: Duration = Duration::from_millis(500);

/// Adds the routes for operators to a server of their own.
pub fn configure(shared: Data<Shared>) -> impl FnOnce(&mut ServiceConfig) {
    move |server| {
        server
            .app_data(shared)
            .route("/healthz", web::get().to(alive))
            .route("/readyz", web::get().to(ready))
            .route("/metrics", web::get().to(metrics));
    }
}

/// `GET /healthz`: 200 as long as the process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: 200 if everything that requests need works; otherwise 503, with the reason.
pub(super) async fn ready(shared: Data<Shared>) -> HttpResponse {
    let service = &shared.service;
    let health = service.store_health().await;
    let readiness = Readiness {
        ready: health.is_ok(),
        checks: [Check {
            name: "store",
            ok: health.is_ok(),
            why: health.err().map(Trouble::as_str),
        }],
    };
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

/// The answer of `/readyz`. Load balancers read its status, people read its text.
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

/// What an answer of `/readyz` says is wrong, for people. `None` if it is not such an answer, or says
/// nothing of that kind.
pub fn trouble_in(answer: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let failed = answer["checks"].as_array()?.iter();
    let failed = failed.filter(|check| check["ok"] == false);
    let said = failed.filter_map(|check| {
        let (name, why) = (check["name"].as_str()?, check["why"].as_str()?);
        Some(format!("{name}: {why}"))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// `GET /metrics`: the counters, in the text format of Prometheus.
async fn metrics(shared: Data<Shared>) -> HttpResponse {
    // The answer stands in the metrics, so that an alarm needs nobody else who asks `/readyz`. A held
    // database takes seconds to answer; then the next scrape shows it, and this one does not wait.
    let service = Arc::clone(&shared.service);
    let probe = rt::spawn(async move { service.store_health().await });
    let _ = tokio::time::timeout(PROBE_PATIENCE, probe).await;
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(shared.service.render_metrics())
}
