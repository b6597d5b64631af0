//! The live API: REST under `/v2`, on the same rooms as the protocol of 2016.

mod at_fault;
mod guests;
mod idempotency;
mod likes;
mod lists;
mod openapi;
mod passwords;
mod playback;
mod profile;
mod server_keys;
mod sorted;
mod stories;
mod summaries;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::{App, test};
use serde_json::{Value, json};
use zaibo::http::configure;

use crate::world::World;

/// An answer of the API.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) headers: HeaderMap,
}

impl Told {
    /// The body of a success with that status.
    #[track_caller]
    pub(super) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The status and the reason of a problem, which has to have the form of one.
    #[track_caller]
    pub(super) fn problem(&self) -> (u16, &str) {
        let content_type = self.headers.get("content-type").expect("a content type");
        assert_eq!(content_type, "application/problem+json", "{}", self.body);
        assert_eq!(self.body["status"], self.status);
        let id = self.headers.get("x-request-id").expect("an id");
        assert_eq!(self.body["request_id"], id.to_str().expect("text"));
        (self.status, self.body["reason"].as_str().expect("a reason"))
    }

    /// The field that a problem names, after its status was checked.
    #[track_caller]
    pub(super) fn wrong_field(&self) -> &str {
        assert_eq!(self.problem(), (422, "field_invalid"), "{}", self.body);
        self.body["field"].as_str().expect("a field")
    }
}

impl World {
    /// Sends a request to the live API, and looks its answer up in the description. An empty token sends
    /// none.
    pub(super) async fn rest(&self, method: &str, path: &str, token: &str, body: &str) -> Told {
        self.rest_with(method, path, token, body, &[]).await
    }

    /// As above, with these headers beside the token.
    pub(super) async fn rest_with(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Told {
        let site = test::init_service(App::new().configure(configure(self.site.clone()))).await;
        let mut request = test::TestRequest::with_uri(path)
            .method(Method::from_bytes(method.as_bytes()).expect("a method"))
            .peer_addr(([192, 0, 2, 1], 4000).into())
            .set_payload(body.to_owned());
        if !token.is_empty() {
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        for header in headers {
            request = request.insert_header(*header);
        }
        let response = test::call_service(&site, request.to_request()).await;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = test::read_body(response).await;
        let body = match body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&body).expect("JSON"),
        };
        let told = Told {
            status,
            body,
            headers,
        };
        self.compare(method, path, &told).await;
        told
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Told {
        self.rest("GET", path, token, "").await
    }

    /// Registers a user and logs them in by the live API. Returns the token.
    pub(super) async fn newcomer(&self, id: &str) -> String {
        let account = json!({"id": id, "pwd": "password"}).to_string();
        let registered = self.rest("POST", "/v2/register", "", &account).await;
        assert_eq!(registered.ok(201), json!({"uid": id}));
        let given = self.rest("POST", "/v2/login", "", &account).await.ok(200);
        given["token"].as_str().expect("a token").to_owned()
    }

    /// Creates a room and goes live in it by the live API. Returns its number.
    pub(super) async fn on_air(&self, token: &str, title: &str) -> i64 {
        let created = self.rest("POST", "/v2/rooms", token, "").await.ok(201);
        let room = created["room"].as_i64().expect("a number");
        let path = format!("/v2/rooms/{room}/live");
        let body = json!({"title": title}).to_string();
        let live = self.rest("POST", &path, token, &body).await.ok(200);
        assert_eq!(live["state"], "live");
        room
    }
}
