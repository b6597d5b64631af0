//! Files that are the same for everybody: pages, scripts and descriptions, kept compressed, with their
//! `ETag`.

use std::io::{Read, Write};
use std::sync::OnceLock;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Clients may keep a file, and ask each time whether it is still the same.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

/// What a page may load and do: only what is of this server, and nothing that stands in the page itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// A file of the server.
pub(super) struct Asset {
    content_type: &'static str,
    /// The opaque tag. As `ETag` it is weak: it stands for the same file in both forms.
    tag: String,
    compressed: Bytes,
    /// What is compressed, for clients that do not take it compressed; as soon as one asks.
    plain: OnceLock<Bytes>,
}

impl Asset {
    /// A file that was compressed with gzip.
    pub(super) fn compressed(content_type: &'static str, file: impl Into<Bytes>) -> Self {
        let compressed = file.into();
        let sum = URL_SAFE_NO_PAD.encode(&Sha256::digest(&compressed)[..15]);
        Self {
            content_type,
            tag: format!("\"{sum}\""),
            compressed,
            plain: OnceLock::new(),
        }
    }

    /// A text that is compressed here.
    pub(super) fn text(content_type: &'static str, text: &str) -> Self {
        let mut packing = GzEncoder::new(Vec::new(), Compression::best());
        let packed = packing.write_all(text.as_bytes());
        let packed = packed.and_then(|()| packing.finish());
        Self::compressed(content_type, packed.expect("memory can be written to"))
    }

    /// The answer to whoever asks for the file.
    pub(super) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let asked = request.headers();
        let is_known = self.is_known(asked);
        let mut response = if is_known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((header::ETAG, format!("W/{}", self.tag)))
            .insert_header((header::CACHE_CONTROL, REVALIDATED))
            .insert_header((header::VARY, "Accept-Encoding"));
        if is_known {
            return response.finish();
        }
        response
            .insert_header((header::CONTENT_TYPE, self.content_type))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY));
        if takes_gzip(asked) {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
            return response.body(Bytes::clone(&self.compressed));
        }
        response.body(Bytes::clone(self.plain()))
    }

    fn plain(&self) -> &Bytes {
        self.plain.get_or_init(|| {
            let mut plain = Vec::new();
            let unpacked = GzDecoder::new(&*self.compressed).read_to_end(&mut plain);
            unpacked.expect("it was compressed with gzip");
            plain.into()
        })
    }

    /// Whether the client has this very file.
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let mut known = listed(asked, &header::IF_NONE_MATCH);
        known.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag)
    }
}

/// Whether a client takes what is compressed with gzip. Only weights of nothing but zeros refuse it.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let mut codings = listed(asked, &header::ACCEPT_ENCODING);
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().trim_start_matches("q=");
        let is_refused = !weight.is_empty() && weight.bytes().all(|byte| b"0.".contains(&byte));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// What a header lists, separated by commas.
fn listed<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    /// The status, the encoding and the body of the answer to a request with that header.
    async fn told(asset: &Asset, header: (HeaderName, &str)) -> (u16, Option<String>, Bytes) {
        let request = TestRequest::default()
            .insert_header(header)
            .to_http_request();
        let response = asset.answer(&request);
        let status = response.status().as_u16();
        let coding = response.headers().get(header::CONTENT_ENCODING);
        let coding = coding.map(|coding| coding.to_str().expect("text").to_owned());
        let body = to_bytes(response.into_body()).await.expect("a body");
        (status, coding, body)
    }

    #[actix_web::test]
    async fn a_file_comes_compressed_to_those_who_take_it_so() {
        let text = "a file ".repeat(100);
        let asset = Asset::text("text/plain", &text);
        for taken in ["gzip", "br, GZIP;q=0.5", "deflate,gzip ; q=1"] {
            let (status, coding, body) = told(&asset, (header::ACCEPT_ENCODING, taken)).await;
            assert_eq!((status, coding.as_deref()), (200, Some("gzip")), "{taken}");
            assert!(body.len() < text.len() / 2, "{taken}");
        }
        for other in ["", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"] {
            let (status, coding, body) = told(&asset, (header::ACCEPT_ENCODING, other)).await;
            assert_eq!((status, coding), (200, None), "{other}");
            assert_eq!(body, text, "{other}");
        }
    }

    #[actix_web::test]
    async fn who_has_the_file_does_not_get_it_again() {
        let asset = Asset::text("text/plain", "a file");
        let first = asset.answer(&TestRequest::default().to_http_request());
        let tag = first.headers().get(header::ETAG).expect("a tag");
        let tag = tag.to_str().expect("text");
        let strong = tag.trim_start_matches("W/");
        for known in [tag, strong, "*", &format!("\"x\", {tag}")] {
            let (status, _, body) = told(&asset, (header::IF_NONE_MATCH, known)).await;
            assert_eq!((status, body.len()), (304, 0), "{known}");
        }
        for other in ["", "\"", "\"x\"", "W/"] {
            let (status, _, body) = told(&asset, (header::IF_NONE_MATCH, other)).await;
            assert_eq!((status, &body[..]), (200, &b"a file"[..]), "{other}");
        }
    }
}
