//! The description of the API: it is there for everybody, and it is true. Every answer that a test of the live
//! API gets is looked up in it.

use actix_web::http::Method;
use actix_web::{App, test};
use serde_json::Value;
use tokio::sync::OnceCell;
use zaibo::http::configure;

use super::Told;
use crate::world::World;

const PATH: &str = "/v2/openapi.json";

impl World {
    /// Sends a request with these headers. Returns the status, the headers and the body of the answer.
    async fn fetch(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (u16, Vec<(String, String)>, String) {
        let site = test::init_service(App::new().configure(configure(self.site.clone()))).await;
        let mut request =
            test::TestRequest::with_uri(path).peer_addr(([192, 0, 2, 1], 4000).into());
        for header in headers {
            request = request.insert_header(*header);
        }
        let response = test::call_service(&site, request.to_request()).await;
        let status = response.status().as_u16();
        let of = response.headers().iter();
        let of =
            of.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
        let of = of.collect();
        let body = String::from_utf8(test::read_body(response).await.to_vec());
        (status, of, body.unwrap_or_default())
    }

    /// The description, which is the same in every world.
    pub(crate) async fn description(&self) -> &'static Value {
        static DESCRIPTION: OnceCell<Value> = OnceCell::const_new();
        let read = || async {
            let (status, _, body) = self.fetch(PATH, &[]).await;
            assert_eq!(status, 200);
            serde_json::from_str(&body).expect("JSON")
        };
        DESCRIPTION.get_or_init(read).await
    }

    /// Compares an answer with what is described.
    pub(super) async fn compare(&self, method: &str, path: &str, told: &Told) {
        let described = self.description().await["paths"]
            .as_object()
            .expect("paths");
        let path = path.split('?').next().unwrap_or_default();
        let is_same = |template: &str| {
            let parts = template.split('/').zip(path.split('/'));
            template.split('/').count() == path.split('/').count()
                && parts
                    .into_iter()
                    .all(|(known, part)| known == part || known.starts_with('{'))
        };
        let mut templates = described.iter().filter(|(template, _)| is_same(template));
        let method = match method {
            "HEAD" => "get".to_owned(),
            other => other.to_lowercase(),
        };
        let operation = templates.find_map(|(_, item)| item.get(&method));
        let Some(operation) = operation else {
            return;
        };
        let answer = &operation["responses"][told.status.to_string()];
        let shown = format!("{method} {path} answers {}", told.status);
        assert!(answer.is_object(), "{shown}, which is not described");
        if told.status >= 400 && told.body.is_object() {
            let reason = told.body["reason"].as_str().expect("a reason");
            let reasons = answer["description"].as_str().unwrap_or_default();
            let is_described = reasons.split(", ").any(|known| known == reason);
            assert!(is_described, "{shown}: {reason} is not described");
        }
    }
}

fn of<'h>(headers: &'h [(String, String)], name: &str) -> &'h str {
    let found = headers.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("no {name}: {headers:?}")).1
}

#[actix_web::test]
async fn everybody_may_read_the_description_and_keep_it() {
    let world = World::new().await;
    let (status, headers, body) = world.fetch(PATH, &[]).await;
    assert_eq!(status, 200);
    let described: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(described["openapi"], "3.1.0");
    assert_eq!(of(&headers, "content-type"), "application/json");
    assert_eq!(of(&headers, "cache-control"), "no-cache");
    let tag = of(&headers, "etag");
    let (status, headers, body) = world.fetch(PATH, &[("if-none-match", tag)]).await;
    assert_eq!((status, &*body), (304, ""));
    assert_eq!(of(&headers, "etag"), tag);
    let (_, headers, _) = world.fetch(PATH, &[("accept-encoding", "gzip")]).await;
    assert_eq!(of(&headers, "content-encoding"), "gzip");
}

#[actix_web::test]
async fn what_is_described_has_its_limits() {
    let world = World::new().await;
    let described = world.description().await;
    let schemas = &described["components"]["schemas"];
    assert_eq!(schemas["Title"]["maxLength"], 128);
    assert_eq!(
        schemas["Register"]["required"],
        serde_json::json!(["id", "pwd"])
    );
    let paths = described["paths"].as_object().expect("paths").iter();
    let bodies = paths
        .filter(|(path, _)| path.starts_with("/v2/"))
        .flat_map(|(path, item)| {
            let operations = item.as_object().expect("an object").values();
            operations.filter_map(move |operation| {
                let body = &operation["requestBody"]["content"]["application/json"]["schema"];
                Some((path, body["$ref"].as_str()?.rsplit('/').next()?))
            })
        });
    let bodies: Vec<_> = bodies.collect();
    assert!(bodies.len() >= 6, "{bodies:?}");
    for (path, name) in bodies {
        assert_eq!(schemas[name]["additionalProperties"], false, "{path}");
    }
}

#[actix_web::test]
async fn the_reader_comes_from_here_alone() {
    let world = World::new().await;
    let (status, headers, page) = world.fetch("/docs?svc=live&cmd=heartbeat", &[]).await;
    assert_eq!(status, 200);
    assert_eq!(of(&headers, "content-type"), "text/html; charset=utf-8");
    let policy = of(&headers, "content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(of(&headers, "x-content-type-options"), "nosniff");
    let mut loaded = 0;
    for path in page.split('"').filter(|part| part.starts_with("/docs/")) {
        let (status, headers, _) = world.fetch(path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(of(&headers, "content-encoding"), "gzip", "{path}");
        loaded += 1;
    }
    assert_eq!(loaded, 4);
    let other = world.request(Method::GET, "/docs/other.js", "").await;
    assert_eq!(other.code, 10001);
}
