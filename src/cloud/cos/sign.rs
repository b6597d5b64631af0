//! The two kinds of signatures for COS: the plain text of 2016, and version 5 for today's XML API.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::{Digest, Sha1};

use crate::secret::Secret;

/// Characters that are escaped in values: all except those that RFC 3986 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The signature of 2016: the MAC of a text, followed by the text itself, in base64.
pub(super) fn old_form(key: &Secret, plain: &str) -> String {
    let mut signed = mac(key.expose().as_bytes(), plain).to_vec();
    signed.extend_from_slice(plain.as_bytes());
    STANDARD.encode(signed)
}

/// The parts of a request that the signature of today covers. Names are in lower case and sorted;
/// values are not escaped.
pub(super) struct Request<'a> {
    /// Lower case.
    pub(super) method: &'a str,
    /// Not escaped.
    pub(super) path: &'a str,
    pub(super) params: &'a [(&'a str, &'a str)],
    pub(super) headers: &'a [(&'a str, &'a str)],
}

/// The query that allows a request during `time`, which is `from;until` in seconds since 1970.
pub(super) fn presigned(request: &Request<'_>, id: &str, key: &Secret, time: &str) -> String {
    let names = |pairs: &[(&str, &str)]| {
        let names: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
        names.join(";")
    };
    listed(&[
        ("q-sign-algorithm", "sha1"),
        ("q-ak", id),
        ("q-sign-time", time),
        ("q-key-time", time),
        ("q-header-list", &names(request.headers)),
        ("q-url-param-list", &names(request.params)),
        ("q-signature", &signature(request, key, time)),
    ])
}

fn signature(request: &Request<'_>, key: &Secret, time: &str) -> String {
    let signed = format!("sha1\n{time}\n{}\n", http_hash(request));
    // The derived key is used as hex text and not decoded.
    hex(&mac(sign_key(key, time).as_bytes(), &signed))
}

fn sign_key(key: &Secret, time: &str) -> String {
    hex(&mac(key.expose().as_bytes(), time))
}

fn http_hash(request: &Request<'_>) -> String {
    let Request {
        method,
        path,
        params,
        headers,
    } = request;
    let (params, headers) = (listed(params), listed(headers));
    let http = format!("{method}\n{path}\n{params}\n{headers}\n");
    hex(&Sha1::digest(http))
}

/// The pairs as `name=value&…`, with escaped values.
fn listed(pairs: &[(&str, &str)]) -> String {
    let pair =
        |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, ESCAPED));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

fn mac(key: &[u8], text: &str) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q";
    const HOST: &str = "examplebucket-1250000000.cos.ap-beijing.myqcloud.com";

    /// The key in the cloud's documents; it opens nothing.
    fn key() -> Secret {
        Secret::from("BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz".to_owned())
    }

    #[test]
    fn the_old_form_is_mac_and_plain_text_in_base64() {
        let plain = format!("a=1250000000&k={ID}&e=1602592000&t=1600000000&r=12345&f=&b=sxbbucket");
        assert_eq!(
            old_form(&key(), &plain),
            "3Qz+sQVoKJlTQvHxWPyNgCWwcRthPTEyNTAwMDAwMDAmaz1BS0lEUWp6M2x0b21wVmpCbmk1TGl0a1dIRmxGcHdrbjlVNXEmZT0xNjAyNTkyMDAwJnQ9MTYwMDAwMDAwMCZyPTEyMzQ1JmY9JmI9c3hiYnVja2V0"
        );
    }

    #[test]
    fn the_documented_put_has_the_documented_signature() {
        let time = "1557989151;1557996351";
        let put = Request {
            method: "put",
            path: "/exampleobject(腾讯云)",
            params: &[],
            headers: &[
                ("content-length", "13"),
                ("content-md5", "mQ/fVh815F3k6TAUm8m0eg=="),
                ("content-type", "text/plain"),
                ("date", "Thu, 16 May 2019 06:45:51 GMT"),
                ("host", HOST),
                ("x-cos-acl", "private"),
                ("x-cos-grant-read", "uin=\"100000000011\""),
            ],
        };
        assert_eq!(
            sign_key(&key(), time),
            "eb2519b498b02ac213cb1f3d1a3d27a3b3c9bc5f"
        );
        assert_eq!(
            signature(&put, &key(), time),
            "3b8851a11a569213c17ba8fa7dcf2abec6935172"
        );
    }

    #[test]
    fn the_documented_get_has_the_documented_signature() {
        let time = "1557989753;1557996953";
        let get = Request {
            method: "get",
            path: "/exampleobject(腾讯云)",
            params: &[
                ("response-cache-control", "max-age=600"),
                ("response-content-type", "application/octet-stream"),
            ],
            headers: &[("date", "Thu, 16 May 2019 06:55:53 GMT"), ("host", HOST)],
        };
        assert_eq!(
            sign_key(&key(), time),
            "937914bf490e9e8c189836aad2052e4feeb35eaf"
        );
        assert_eq!(
            signature(&get, &key(), time),
            "01681b8c9d798a678e43b685a9f1bba0f6c0e012"
        );
    }

    #[test]
    fn a_presigned_put_has_everything_in_its_query() {
        let time = "1600000000;1600000600";
        let put = Request {
            method: "put",
            path: "/cover/10017.jpg",
            params: &[],
            headers: &[("host", HOST)],
        };
        assert_eq!(
            sign_key(&key(), time),
            "d995286817ccb335837ef7d1922568f83c21016f"
        );
        assert_eq!(http_hash(&put), "5b87ac3e8202e7be3af1a09435605c059d8e5d15");
        assert_eq!(
            presigned(&put, ID, &key(), time),
            format!(
                "q-sign-algorithm=sha1&q-ak={ID}&q-sign-time=1600000000%3B1600000600&q-key-time=1600000000%3B1600000600&q-header-list=host&q-url-param-list=&q-signature=a2f2071465bb06ba482acea98a6412840d44a0a3"
            )
        );
    }
}
