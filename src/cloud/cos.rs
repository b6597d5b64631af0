//! Uploads of cover pictures to the cloud's object storage (COS): a place for one picture, and the
//! signatures that allow its upload.
//!
//! The original gave anybody a signature for the whole bucket, valid for 30 days. Ours is for one
//! object with a name that we choose, and is valid for ten minutes.
//!
//! The published Android app asks without a token and names its object by itself. It must get a
//! signature that is not empty: with an empty one its uploader never calls back, and its user cannot go
//! live. If the storage refuses the signature, the app goes on without a cover. If the storage reports
//! that the signature has expired, which has a code of its own, the app asks again.

mod sign;

use std::fmt::Write;

use sign::{Request, old_form, presigned};

use crate::domain::{Uid, UnixTime};
use crate::secret::Secret;

/// How long a signature is valid, in seconds.
const LIFE_S: i64 = 600;

/// How long a signature for callers without a token is valid, in seconds. The app fetches a new one by
/// itself after that.
const ANONYMOUS_LIFE_S: i64 = 300;

/// The type of a cover. The XML API's signature covers it.
const CONTENT_TYPE: &str = "image/jpeg";

/// A bucket for covers.
#[derive(Clone, Debug)]
pub struct CoverBucket {
    /// The account, such as `1250000000`.
    pub appid: String,
    /// Id of the secret key.
    pub secret_id: String,
    /// The secret key.
    pub secret_key: Secret,
    /// The short name, such as `sxbbucket`.
    pub bucket: String,
    /// The region of the bucket, such as `ap-beijing`.
    pub region: String,
    /// Whether callers without a token get a signature as well.
    pub anonymous: bool,
}

/// A place for one picture.
#[derive(Clone, Debug)]
pub struct CoverPlace {
    /// The signature in the form that the apps of 2016–2018 know.
    pub old_sign: String,
    /// The object's name in the bucket.
    pub path: String,
    /// The address of the picture after its upload.
    pub url: String,
    /// The address to `PUT` it to, with [`content_type`](Self::content_type). It contains the signature
    /// of the XML API.
    pub upload_url: String,
    /// The value of the `Content-Type` header that the upload must have.
    pub content_type: &'static str,
}

impl CoverBucket {
    /// A place for a user's picture. The random bytes make its name impossible to guess.
    ///
    /// The signature in the old form names the object as its file id and has an expiry. The documents
    /// mention a file id only for signatures for one use, and it could not be tested whether the
    /// storage of 2016 accepts such a signature for an upload. The signature in
    /// [`upload_url`](CoverPlace::upload_url) is as documented.
    pub fn place(&self, uid: &Uid, random: [u8; 16], now: UnixTime) -> CoverPlace {
        let Self {
            appid,
            secret_id,
            secret_key,
            bucket,
            region,
            anonymous: _,
        } = self;
        let (from, until) = (now.as_secs(), now.as_secs() + LIFE_S);
        let path = format!(
            "cover/{}/{}.jpg",
            path_safe(uid),
            base16ct::lower::encode_string(&random)
        );
        let [a, b, c, d, ..] = random;
        let file = format!("/{appid}/{bucket}/{path}");
        let old = OldPlain {
            appid,
            secret_id,
            bucket,
            file: &file,
            nonce: [a, b, c, d],
            now,
            life_s: LIFE_S,
        };
        let host = format!("{bucket}-{appid}.cos.{region}.myqcloud.com");
        let put = Request {
            method: "put",
            path: &format!("/{path}"),
            params: &[],
            headers: &[("content-type", CONTENT_TYPE), ("host", &host)],
        };
        let url = format!("https://{host}/{path}");
        let query = presigned(&put, secret_id, secret_key, &format!("{from};{until}"));
        CoverPlace {
            old_sign: old.signed_with(secret_key),
            upload_url: format!("{url}?{query}"),
            url,
            path,
            content_type: CONTENT_TYPE,
        }
    }
}

impl CoverBucket {
    /// A signature in the old form for a caller without a token; `None` if
    /// [`anonymous`](Self::anonymous) is off.
    ///
    /// It is for the whole bucket: in this form a signature is for one object, given by its whole path,
    /// or for all, and the app names its object by itself. It allows objects to be put and read,
    /// but not deleted, which needs a signature for one use.
    pub fn anonymous_sign(&self, random: [u8; 4], now: UnixTime) -> Option<String> {
        let Self {
            appid,
            secret_id,
            secret_key,
            bucket,
            ..
        } = self;
        let plain = OldPlain {
            appid,
            secret_id,
            bucket,
            file: "",
            nonce: random,
            now,
            life_s: ANONYMOUS_LIFE_S,
        };
        self.anonymous.then(|| plain.signed_with(secret_key))
    }
}

/// A signature in the old form that is well formed, has not expired, and opens nothing: its key is made
/// up for it and is not kept.
pub fn useless_sign(random: [u8; 20], now: UnixTime) -> String {
    let [a, b, c, d, key @ ..] = random;
    let plain = OldPlain {
        appid: "0",
        secret_id: "none",
        bucket: "none",
        file: "",
        nonce: [a, b, c, d],
        now,
        life_s: LIFE_S,
    };
    plain.signed_with(&Secret::from(base16ct::lower::encode_string(&key)))
}

/// The fields of the text that the old form signs.
struct OldPlain<'a> {
    appid: &'a str,
    secret_id: &'a str,
    bucket: &'a str,
    /// The whole path of one object, or empty for every object of the bucket.
    file: &'a str,
    nonce: [u8; 4],
    now: UnixTime,
    life_s: i64,
}

impl OldPlain<'_> {
    fn signed_with(&self, key: &Secret) -> String {
        let Self {
            appid,
            secret_id,
            bucket,
            file,
            nonce,
            now,
            life_s,
        } = self;
        let (from, until) = (now.as_secs(), now.as_secs().saturating_add(*life_s));
        let nonce = u32::from_be_bytes(*nonce);
        let plain =
            format!("a={appid}&k={secret_id}&e={until}&t={from}&r={nonce}&f={file}&b={bucket}");
        old_form(key, &plain)
    }
}

/// An id as a part of a path. Every byte that is not a letter, a digit or a hyphen becomes `_` and two
/// hex digits, so that different ids stay different and nothing has to be escaped.
fn path_safe(uid: &Uid) -> String {
    let mut safe = String::new();
    for byte in uid.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            safe.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(safe, "_{byte:02x}");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::sampling::percent;

    const KEY: &str = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz";

    fn bucket() -> CoverBucket {
        CoverBucket {
            appid: "1250000000".to_owned(),
            secret_id: "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q".to_owned(),
            secret_key: Secret::from(KEY.to_owned()),
            bucket: "sxbbucket".to_owned(),
            region: "ap-beijing".to_owned(),
            anonymous: false,
        }
    }

    fn place(uid: &str) -> CoverPlace {
        let uid = Uid::parse(uid).expect("valid");
        bucket().place(&uid, [0x0a; 16], UnixTime::from_secs(1_600_000_000))
    }

    #[test]
    fn a_place_is_one_object_of_the_user() {
        let place = place("anna");
        let path = "cover/anna/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.jpg";
        assert_eq!(place.path, path);
        let url = format!("https://sxbbucket-1250000000.cos.ap-beijing.myqcloud.com/{path}");
        assert_eq!(place.url, url);
        assert!(
            place
                .upload_url
                .starts_with(&format!("{url}?q-sign-algorithm=sha1&"))
        );
    }

    #[test]
    fn the_old_signature_is_for_that_object_and_ten_minutes() {
        let place = place("anna");
        let signed = STANDARD.decode(&place.old_sign).expect("base64");
        let plain = std::str::from_utf8(&signed[20..]).expect("text");
        assert_eq!(
            plain,
            format!(
                "a=1250000000&k=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q&e=1600000600&t=1600000000&r=168430090&f=/1250000000/sxbbucket/{}&b=sxbbucket",
                place.path
            )
        );
    }

    #[test]
    fn the_signature_of_today_is_for_ten_minutes_and_covers_host_and_type() {
        let url = place("anna").upload_url;
        for part in [
            "q-sign-time=1600000000%3B1600000600&",
            "q-key-time=1600000000%3B1600000600&",
            "q-header-list=content-type%3Bhost&",
            "q-url-param-list=&",
        ] {
            assert!(url.contains(part), "{url}");
        }
    }

    #[test]
    fn an_id_can_not_leave_its_folder() {
        for (uid, folder) in [
            ("../../x", "_2e_2e_2f_2e_2e_2fx"),
            ("a/b", "a_2fb"),
            ("a_2fb", "a_5f2fb"),
            ("a&b=?#%", "a_26b_3d_3f_23_25"),
            ("用户", "_e7_94_a8_e6_88_b7"),
        ] {
            let path = place(uid).path;
            assert_eq!(path.split('/').collect::<Vec<_>>()[1], folder);
        }
    }

    /// Ids of few different letters, some of which also occur in the escapes of others.
    const NEAR: &str = "[_e7é用 ]{1,4}";

    #[test]
    fn many_of_the_ids_that_are_compared_need_escaping() {
        let escaped = percent(NEAR, |id| {
            Uid::parse(&id).is_some_and(|uid| path_safe(&uid) != id)
        });
        assert!(escaped >= 50, "{escaped} %");
    }

    proptest! {
        #[test]
        fn different_ids_have_different_folders(one in NEAR, two in NEAR) {
            if let (Some(one), Some(two)) = (Uid::parse(&one), Uid::parse(&two)) {
                prop_assert_eq!(path_safe(&one) == path_safe(&two), one == two);
            }
        }
    }

    #[test]
    fn a_stranger_is_signed_for_only_if_the_operator_says_so_and_for_five_minutes() {
        let now = UnixTime::from_secs(1_600_000_000);
        assert_eq!(bucket().anonymous_sign([0x0a; 4], now), None);
        let open = CoverBucket {
            anonymous: true,
            ..bucket()
        };
        let sign = open.anonymous_sign([0x0a; 4], now).expect("a sign");
        let signed = STANDARD.decode(sign).expect("base64");
        assert_eq!(
            std::str::from_utf8(&signed[20..]),
            Ok(
                "a=1250000000&k=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q&e=1600000300&t=1600000000&r=168430090&f=&b=sxbbucket"
            )
        );
    }

    #[test]
    fn a_useless_sign_has_the_form_of_a_good_one_and_nothing_of_ours_in_it() {
        let now = UnixTime::from_secs(1_600_000_000);
        let sign = useless_sign([0x0a; 20], now);
        let signed = STANDARD.decode(&sign).expect("base64");
        assert_eq!(
            std::str::from_utf8(&signed[20..]),
            Ok("a=0&k=none&e=1600000600&t=1600000000&r=168430090&f=&b=none")
        );
        let other = [[0x0a; 4].as_slice(), &[0x0b; 16]].concat();
        let other = useless_sign(other.try_into().expect("20 bytes"), now);
        assert_ne!(sign, other, "its key is another each time");
    }

    #[test]
    fn the_key_is_nowhere_in_what_is_given_out_or_shown() {
        let place = place("anna");
        for text in [
            format!("{:?}", bucket()),
            format!("{place:?}"),
            String::from_utf8_lossy(&STANDARD.decode(&place.old_sign).expect("base64"))
                .into_owned(),
        ] {
            assert!(!text.contains(KEY), "{text}");
        }
    }
}
