//! The document's `sign`: it proves that a client with the key made the request a short time ago.
//!
//! `sign` is the md5 hash, in lower-case hexadecimal digits, of the path and query as they were
//! sent, without the `sign` pair, followed by the key. `sign` and `timeStamp` are in the query or,
//! if they are missing there, in the body. The signature covers only the query, so a time in the
//! body proves nothing if a stranger can change requests on their way. No published client sends
//! these fields, so the default is off.

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use super::failure::FormError;
use crate::domain::UnixTime;
use crate::secret::Secret;

/// How many seconds `timeStamp` may differ from the server's clock.
const WINDOW_S: u64 = 300;

/// The fields of a query that belong to its signature.
pub(super) const OWN_FIELDS: [&str; 2] = ["sign", "timeStamp"];

/// The rule for request signatures.
#[derive(Clone, Debug)]
pub struct RequestSign {
    /// Whether a request without a signature is refused. If not, only a wrong signature is.
    pub required: bool,
    /// The key that the server and the clients share.
    pub key: Secret,
}

/// What the body of a request says of its signature. The live API has nothing there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InBody<'b> {
    pub(super) sign: Option<&'b str>,
    pub(super) sent_at: Option<i64>,
}

impl RequestSign {
    /// Checks the signature of a request. `path_and_query` is the text as it was sent; `in_body` is what
    /// the body has, for requests without it in the query.
    ///
    /// # Errors
    /// [`FormError::BadSign`] if the signature is wrong, too old, or missing where it is required.
    pub(super) fn check(
        &self,
        path_and_query: &str,
        in_body: InBody<'_>,
        now: UnixTime,
    ) -> Result<(), FormError> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let Some(sign) = value_of("sign", query).or(in_body.sign) else {
            return if self.required {
                Err(FormError::BadSign)
            } else {
                Ok(())
            };
        };
        let sent_at = match value_of("timeStamp", query) {
            Some(text) => text.parse().ok(),
            None => in_body.sent_at,
        };
        let is_fresh = sent_at.is_some_and(|at: i64| now.as_secs().abs_diff(at) <= WINDOW_S);
        let is_right: bool = self
            .sign(path, query)
            .as_bytes()
            .ct_eq(sign.as_bytes())
            .into();
        if is_fresh && is_right {
            Ok(())
        } else {
            Err(FormError::BadSign)
        }
    }

    fn sign(&self, path: &str, query: &str) -> String {
        let mut md5 = Md5::new();
        md5.update(path);
        let signed = query.split('&').filter(|pair| name_of(pair) != "sign");
        for (at, pair) in signed.enumerate() {
            md5.update(if at == 0 { "?" } else { "&" });
            md5.update(pair);
        }
        md5.update(self.key.expose());
        base16ct::lower::encode_string(&md5.finalize())
    }
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// The value of a parameter, as it was sent. If a name is repeated, the last one counts, as with
/// `svc` and `cmd`.
fn value_of<'q>(name: &str, query: &'q str) -> Option<&'q str> {
    let mut pairs = query.rsplit('&');
    let pair = pairs.find(|pair| name_of(pair) == name)?;
    Some(pair.split_once('=').map_or("", |(_, value)| value))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const NOW: i64 = 1_600_000_000;

    fn rule(required: bool) -> RequestSign {
        RequestSign {
            required,
            key: Secret::from("key".to_owned()),
        }
    }

    /// Whether a request with this body is accepted at `seconds` after [`NOW`].
    fn is_taken(required: bool, path_and_query: &str, body: &str, seconds: i64) -> bool {
        let fields: Value = serde_json::from_str(body).unwrap_or_default();
        let sent_at = &fields["timeStamp"];
        let in_body = InBody {
            sign: fields["sign"].as_str(),
            sent_at: sent_at.as_i64().or_else(|| sent_at.as_str()?.parse().ok()),
        };
        let now = UnixTime::from_secs(NOW + seconds);
        rule(required).check(path_and_query, in_body, now).is_ok()
    }

    /// md5 of `/index.php?svc=live&cmd=heartbeat&timeStamp=1600000000key`.
    const SIGN: &str = "9800d26d7a16fe346c73f42385df0676";
    /// md5 of `/index.php?svc=live&cmd=heartbeatkey`.
    const SIGN_WITHOUT_TIME: &str = "04052e3fc939bce194c40468b514c6ab";
    const SIGNED: &str = "svc=live&cmd=heartbeat&timeStamp=1600000000";

    #[test]
    fn a_sign_may_stand_first_in_the_middle_or_last() {
        for query in [
            format!("sign={SIGN}&{SIGNED}"),
            format!("svc=live&sign={SIGN}&cmd=heartbeat&timeStamp=1600000000"),
            format!("{SIGNED}&sign={SIGN}"),
        ] {
            assert!(
                is_taken(true, &format!("/index.php?{query}"), "", 0),
                "{query}"
            );
        }
    }

    #[test]
    fn sign_and_time_may_come_in_the_body_and_the_query_wins() {
        let bare = "/index.php?svc=live&cmd=heartbeat";
        for time in ["1600000000", "\"1600000000\""] {
            let body = format!("{{\"sign\":\"{SIGN_WITHOUT_TIME}\",\"timeStamp\":{time}}}");
            assert!(is_taken(true, bare, &body, 0), "{body}");
        }
        let timed = format!("/index.php?{SIGNED}");
        let body = |sign: &str| format!("{{\"sign\":\"{sign}\",\"timeStamp\":1}}");
        assert!(is_taken(true, &timed, &body(SIGN), 0));
        assert!(!is_taken(true, &timed, &body(SIGN_WITHOUT_TIME), 0));
        let wrong = format!("{timed}&sign=0");
        assert!(!is_taken(true, &wrong, &body(SIGN), 0));
    }

    #[test]
    fn a_sign_is_good_for_three_hundred_seconds_before_and_after() {
        let request = format!("/index.php?{SIGNED}&sign={SIGN}");
        for (seconds, taken) in [(-301, false), (-300, true), (300, true), (301, false)] {
            assert_eq!(is_taken(true, &request, "", seconds), taken, "{seconds}");
        }
    }

    #[test]
    fn whatever_is_changed_the_sign_is_wrong() {
        for request in [
            format!("/index.php?svc=live&cmd=exitroom&timeStamp=1600000000&sign={SIGN}"),
            format!("/index.php?svc=live&cmd=heartbeat&timeStamp=1600000001&sign={SIGN}"),
            format!("/index.php?cmd=heartbeat&svc=live&timeStamp=1600000000&sign={SIGN}"),
            format!("/index.php?{SIGNED}&more=1&sign={SIGN}"),
            format!("/index.php?{SIGNED}&&sign={SIGN}"),
            format!("/other.php?{SIGNED}&sign={SIGN}"),
            format!("/index.php?{SIGNED}&sign={}", SIGN.to_uppercase()),
            format!("/index.php?{SIGNED}&sign={SIGN}&sign="),
            format!("/index.php?{SIGNED}&sign={}", &SIGN[..31]),
            format!("/index.php?{SIGNED}&sign"),
            format!("/index.php?svc=live&cmd=heartbeat&sign={SIGN_WITHOUT_TIME}"),
        ] {
            assert!(!is_taken(true, &request, "", 0), "{request}");
            assert!(!is_taken(false, &request, "", 0), "{request}");
        }
        let request = format!("/index.php?{SIGNED}&sign={SIGN}");
        let other = RequestSign {
            required: true,
            key: Secret::from("Key".to_owned()),
        };
        let now = UnixTime::from_secs(NOW);
        assert_eq!(
            other.check(&request, InBody::default(), now),
            Err(FormError::BadSign)
        );
    }

    #[test]
    fn a_missing_sign_is_refused_only_where_it_is_required() {
        let bare = "/index.php?svc=live&cmd=heartbeat";
        for body in ["", "{}", "{\"sign\":null}"] {
            assert!(is_taken(false, bare, body, 0), "{body}");
            assert!(!is_taken(true, bare, body, 0), "{body}");
        }
        assert!(!is_taken(false, bare, "{\"sign\":\"x\"}", 0));
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        for time in ["", "soon", "1600000000.0", "99999999999999999999"] {
            let unsigned = format!("/?svc=live&cmd=heartbeat&timeStamp={time}");
            let sign = rule(true).sign("/", unsigned.strip_prefix("/?").expect("a query"));
            let request = format!("{unsigned}&sign={sign}");
            assert!(!is_taken(true, &request, "", 0), "{request}");
        }
        let smallest = format!("/?svc=live&cmd=heartbeat&timeStamp={}", i64::MIN);
        assert!(!is_taken(true, &format!("{smallest}&sign=0"), "", 0));
    }
}
