//! Signatures with which the cloud's senders authenticate callbacks. All are compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Live streaming: the md5 of the key and the expiry of the signature, both as text. It does not cover
/// the body.
pub fn is_live_sign(key: &str, expiry: &str, sign: &str) -> bool {
    is_hex_of(&Md5::digest(format!("{key}{expiry}")), sign)
}

/// TRTC: HMAC-SHA256 of the body as it arrived, in base64.
pub fn is_trtc_sign(key: &str, body: &[u8], sign: &str) -> bool {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    let sign = STANDARD.decode(sign).unwrap_or_default();
    mac.verify_slice(&sign).is_ok()
}

/// Instant messaging: the SHA-256 of the token and the time of the request, both as text. It does
/// not cover the body.
pub fn is_im_sign(token: &str, request_time: &str, sign: &str) -> bool {
    is_hex_of(&Sha256::digest(format!("{token}{request_time}")), sign)
}

/// Whether two secrets are equal.
pub fn is_same_secret(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn is_hex_of(hash: &[u8], sign: &str) -> bool {
    let hex = base16ct::lower::encode_string(hash);
    is_same_secret(&hex, &sign.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_of_live_streaming_is_the_published_one() {
        let key = "5c1e7f0b2d8a4c6e9f3b7d1a0e5c8b24";
        for (t, sign) in [
            ("1473126233", "a94d290fb07248bf4d40468e9422292f"),
            ("1703732078", "ed0ce45fd81a693c22fda398ce09e9e0"),
        ] {
            assert!(is_live_sign(key, t, sign));
            assert!(is_live_sign(key, t, &sign.to_uppercase()));
            assert!(!is_live_sign(key, "1473126234", sign));
            assert!(!is_live_sign("", t, sign));
            assert!(!is_live_sign(key, t, ""));
        }
    }

    #[test]
    fn the_sign_of_trtc_covers_every_byte_of_the_body() {
        let body = "{\n\t\"EventGroupId\":\t2,\n\t\"EventType\":\t204,\n\t\"CallbackTs\":\t1664209748188,\n\t\"EventInfo\":\t{\n\t\t\"RoomId\":\t8489,\n\t\t\"EventTs\":\t1664209748,\n\t\t\"EventMsTs\":\t1664209748180,\n\t\t\"UserId\":\t\"user_85034614\",\n\t\t\"Reason\":\t0\n\t}\n}";
        let sign = "kkoFeO3Oh2ZHnjtg8tEAQhtXK16/KI05W3BQff8IvGA=";
        assert!(is_trtc_sign("123654", body.as_bytes(), sign));
        assert!(!is_trtc_sign("123655", body.as_bytes(), sign));
        assert!(!is_trtc_sign(
            "123654",
            body.replace('\t', " ").as_bytes(),
            sign
        ));
        for wrong in ["", "kkoFeO3O", "not base64 at all"] {
            assert!(!is_trtc_sign("123654", body.as_bytes(), wrong));
        }
        let created = "{\n\t\"EventGroupId\":\t1,\n\t\"EventType\":\t101,\n\t\"CallbackTs\":\t1608086882372,\n\t\"EventInfo\":\t{\n\t\t\"RoomId\":\t20222,\n\t\t\"EventTs\":\t1608086882,\n\t\t\"UserId\":\t\"222222_phone\"\n\t}\n}";
        let sign = "t2Yq1R4wilV/RIMRyygkgdhxWO8dgTdXXrfNVtz7V3k=";
        assert!(is_trtc_sign("789", created.as_bytes(), sign));
    }

    #[test]
    fn the_sign_of_instant_messaging_is_the_published_one() {
        let sign = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";
        assert!(is_im_sign("xxxxyyyy", "1669872112", sign));
        assert!(!is_im_sign("xxxxyyyy", "1669872113", sign));
        assert!(!is_im_sign("xxxxyyyz", "1669872112", sign));
    }
}
