//! `/docs`: the page on which people read the description of the APIs, and try them. It needs nothing from
//! elsewhere.

use std::sync::LazyLock;

use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::asset::Asset;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static PAGE: LazyLock<Asset> = LazyLock::new(|| Asset::text(HTML, include_str!("page.html")));

/// The files that the page loads, by their names. Swagger UI is kept as it was published, compressed with
/// `gzip -9n`.
static FILES: LazyLock<[(&str, Asset); 4]> = LazyLock::new(|| {
    let published = |content_type, file: &'static [u8]| {
        Asset::compressed(content_type, Bytes::from_static(file))
    };
    let style = include_bytes!("swagger-ui/swagger-ui.css.gz");
    let script = include_bytes!("swagger-ui/swagger-ui-bundle.js.gz");
    [
        ("page.css", Asset::text(CSS, include_str!("page.css"))),
        ("page.js", Asset::text(SCRIPT, include_str!("page.js"))),
        ("swagger-ui.css", published(CSS, style)),
        ("swagger-ui-bundle.js", published(SCRIPT, script)),
    ]
});

/// Adds the page to a server.
pub(super) fn configure(server: &mut ServiceConfig) {
    for path in ["/docs", "/docs/"] {
        server.service(web::resource(path).get(page).head(page));
    }
    for (name, _) in &*FILES {
        let path = format!("/docs/{name}");
        server.service(web::resource(path).get(file).head(file));
    }
}

async fn page(request: HttpRequest) -> HttpResponse {
    PAGE.answer(&request)
}

async fn file(request: HttpRequest) -> HttpResponse {
    let name = request.path().strip_prefix("/docs/");
    let found = FILES.iter().find(|(known, _)| Some(*known) == name);
    found.map_or_else(
        || HttpResponse::NotFound().finish(),
        |(_, file)| file.answer(&request),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;
    use sha2::{Digest, Sha256};

    use super::*;

    /// What `swagger-ui-dist` 5.35.0 on npm has.
    const PUBLISHED: [(&str, &str); 2] = [
        (
            "swagger-ui.css",
            "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
        ),
        (
            "swagger-ui-bundle.js",
            "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
        ),
    ];

    #[actix_web::test]
    async fn swagger_ui_is_what_was_published() {
        for (name, sum) in PUBLISHED {
            let request = TestRequest::with_uri(&format!("/docs/{name}")).to_http_request();
            let answer = file(request).await;
            assert!(answer.status().is_success(), "{name}");
            let text = to_bytes(answer.into_body()).await.expect("a body");
            let found = base16ct::lower::encode_string(&Sha256::digest(&text));
            assert_eq!(found, sum, "{name}");
        }
    }

    #[test]
    fn the_page_loads_only_what_is_here() {
        let page = include_str!("page.html");
        let parts = page.split(['"', '\'']);
        let loaded = parts.filter_map(|part| part.strip_prefix("/docs/"));
        let loaded: Vec<_> = loaded.collect();
        assert_eq!(loaded.len(), FILES.len());
        for name in loaded {
            assert!(FILES.iter().any(|(known, _)| *known == name), "{name}");
        }
        assert!(!page.contains("://"));
    }
}
