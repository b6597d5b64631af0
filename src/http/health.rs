//! Health: is the process alive, can it do its work, and what has it counted.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::Services;
use super::door::is_passed_on;
use crate::error::Error;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /readyz`: the database answers too; 503 if not.
pub(super) async fn ready(services: Data<Services>) -> HttpResponse {
    match services.store.ping().await {
        Ok(()) => HttpResponse::Ok()
            .content_type("text/plain")
            .body("ready\n"),
        Err(Error::Refused(_)) => HttpResponse::ServiceUnavailable()
            .content_type("text/plain")
            .body("busy\n"),
        Err(Error::Fault(fault)) => {
            tracing::error!(cause = %fault, "not ready: the database does not answer");
            HttpResponse::ServiceUnavailable()
                .content_type("text/plain")
                .body("the database does not answer\n")
        }
    }
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
