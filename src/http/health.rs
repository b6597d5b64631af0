//! Health: is the process alive, and can it do its work.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::Services;
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
