//! Routing: which protocol a request belongs to. Old clients are routed by the query alone, at nearly every
//! path.

use std::sync::{Arc, LazyLock};

use actix_http::body::BoxBody;
use actix_http::{Request, Response};
use actix_web::dev::RequestHead;
use actix_web::http::Method;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::callbacks::{self, Callbacks, Door};
use super::docs;
use super::legacy::{self, Command, Legacy};
use super::openapi::Document;
use super::ops;
use super::state::Shared;
use super::v2::{self, Upgraded, V2};

/// The protocols that answer clients and the cloud.
pub struct Site {
    /// The state that the protocols share.
    pub shared: Arc<Shared>,
    /// The protocol of 2016.
    pub legacy: Data<Legacy>,
    /// The live API.
    pub v2: Data<V2>,
    /// The callbacks of the video cloud.
    pub callbacks: Callbacks,
}

/// The description of the APIs. It depends on no setting.
static DOCUMENT: LazyLock<Data<Document>> =
    LazyLock::new(|| Data::new(Document::of(v2::description(), [legacy::description()])));

/// The first parts of the paths at which a query names no command.
const NAMESPACES: [&str; 5] = ["v1", "v2", "console", "demo", "docs"];

/// The destination of a request.
enum Route {
    Command(Option<Command>),
    Callback(Door),
}

impl Route {
    /// A command in the query takes precedence over the path, except where the path has a meaning of its own.
    fn of(path: &str, query: &str) -> Self {
        let first = path
            .strip_prefix('/')
            .and_then(|path| path.split('/').next());
        if first.is_some_and(|first| NAMESPACES.contains(&first)) {
            return Self::Command(Command::of_path(path));
        }
        if let Some(command) = Command::of_query(query) {
            return Self::Command(Some(command));
        }
        Door::of(path, query).map_or(Self::Command(None), Self::Callback)
    }
}

/// Adds the site to a server.
pub fn configure(site: Data<Site>) -> impl FnOnce(&mut ServiceConfig) {
    move |server| {
        server
            .configure(v2::configure(Data::clone(&site.v2)))
            .configure(docs::configure)
            .app_data(Data::clone(&DOCUMENT))
            .app_data(Data::from(Arc::clone(&site.shared)))
            .app_data(site)
            .route("/healthz", web::get().to(ops::alive))
            .route("/readyz", web::get().to(ops::ready))
            // Metrics are for operators: `ops.listen` serves them, and this server does not.
            .route("/metrics", web::get().to(HttpResponse::NotFound))
            .default_service(web::to(answer));
    }
}

/// Answers every request except those for health and metrics.
async fn answer(request: HttpRequest, payload: Payload, site: Data<Site>) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        return legacy::preflight(request.headers());
    }
    match Route::of(request.path(), request.query_string()) {
        Route::Command(command) => legacy::answer(command, request, payload, &site.legacy).await,
        Route::Callback(door) => callbacks::answer(door, request, payload, &site.callbacks).await,
    }
}

/// Refuses a request whose announced body is too large, if the client waits for permission to send
/// it (`Expect: 100-continue`).
pub(super) fn refuse_unsent(head: &RequestHead, site: &Site) -> Option<HttpResponse> {
    if v2::is_of(head.uri.path()) {
        return v2::refuse_unsent(head, &site.v2);
    }
    match Route::of(head.uri.path(), head.uri.query().unwrap_or_default()) {
        Route::Command(_) => legacy::refuse_unsent(head, &site.legacy),
        Route::Callback(door) => callbacks::refuse_unsent(door, head, &site.callbacks),
    }
}

/// Answers the handshake of a WebSocket, which only the live API has.
pub(super) async fn upgrade(
    request: &Request,
    site: &Site,
) -> (Response<BoxBody>, Option<Upgraded>) {
    v2::upgrade(request, &site.v2).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Sender;

    fn command(path: &str, query: &str) -> Option<Command> {
        match Route::of(path, query) {
            Route::Command(command) => command,
            Route::Callback(door) => panic!("{path}?{query} leads to {door:?}"),
        }
    }

    fn door(path: &str, query: &str) -> Option<Door> {
        match Route::of(path, query) {
            Route::Command(_) => None,
            Route::Callback(door) => Some(door),
        }
    }

    #[test]
    fn only_svc_and_cmd_of_the_query_name_a_command() {
        for query in [
            "svc=live&cmd=heartbeat",
            "cmd=heartbeat&svc=live&timeStamp=1&sign=x",
            "svc=account&svc=live&cmd=heartbeat",
            "svc=live&cmd=heart%62eat",
            "svc=live&cmd=heartbeat&",
        ] {
            let beat = command("/callback/im", query);
            assert_eq!(beat, Some(Command::Heartbeat), "{query}");
        }
        for query in [
            "",
            "svc=live",
            "cmd=heartbeat",
            "svc=test&cmd=test",
            "svc=live&cmd=Heartbeat",
            "SVC=live&cmd=heartbeat",
        ] {
            assert_eq!(command("/sxb/index.php", query), None, "{query}");
        }
    }

    #[test]
    fn where_the_path_has_a_meaning_the_query_names_nothing() {
        let beat = "svc=live&cmd=heartbeat";
        let named = command("/v1/live/heartbeat", "svc=account&cmd=logout");
        assert_eq!(named, Some(Command::Heartbeat));
        for path in [
            "/v1",
            "/v1/live",
            "/v1/live/",
            "/v1/live/callback",
            "/v1/live/Heartbeat",
            "/v1/live/heart%62eat",
            "/v1/live/heartbeat/",
            "/v1//live/heartbeat",
            "/v1/callback/im",
            "/console",
            "/console/callback/im",
            "/demo/x",
            "/docs/x",
        ] {
            assert_eq!(command(path, beat), None, "{path}");
        }
        for path in [
            "/v10",
            "/x/v1",
            "/docs.php",
            "/V1/live/exitroom",
            "//v1/live/exitroom",
        ] {
            assert_eq!(command(path, beat), Some(Command::Heartbeat), "{path}");
        }
    }

    #[test]
    fn a_sender_has_a_door_behind_every_prefix_and_before_every_secret() {
        for sender in Sender::ALL {
            let name = sender.as_str();
            for path in [
                format!("/callback/{name}"),
                format!("/callback/{name}/secret"),
                format!("/some/prefix/callback/{name}"),
                format!("/secret/callback/{name}/"),
            ] {
                let found = door(&path, "CallbackCommand=x&SdkAppid=1");
                assert_eq!(found, Some(Door::Of(sender)), "{path}");
            }
        }
        let of_2016 = door("/sxb/index.php", "svc=live&cmd=callback");
        assert_eq!(of_2016, Some(Door::Of(Sender::Live)));
        for path in [
            "/callback",
            "/callback/",
            "/callback/css",
            "/x/callback/Live",
        ] {
            assert_eq!(door(path, ""), Some(Door::Unknown), "{path}");
        }
        assert_eq!(door("/callbacks/live", ""), None);
    }
}
