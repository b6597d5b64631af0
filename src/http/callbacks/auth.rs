//! Authentication of callbacks: which requests are accepted as the video cloud's, and why others
//! are refused.
//!
//! The signatures of live streaming and instant messaging do not cover the body, and video on
//! demand has no signature at all. So a stranger who saw one valid signature could send any event
//! until it expires. Operators can add two more checks: a secret part of the path, and a list of
//! the networks that callbacks may come from.

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

use super::parsed::ExpirySign;
use crate::cloud::{is_im_sign, is_live_sign, is_same_secret, is_trtc_sign};
use crate::domain::{AppId, Sender, UnixTime};
use crate::http::request::{asks_this_machine, is_of_browser, is_passed_on};
use crate::secret::Secret;
use crate::service::Client;

/// How far in the future an expiry may lie, in seconds. The cloud's signatures are valid for ten
/// minutes; one with a much longer life would be worth stealing.
const MAX_AHEAD_S: i64 = 24 * 60 * 60;

/// The checks that a callback has to pass.
#[derive(Default)]
pub struct CallbackAuth {
    /// The key of live streaming.
    pub live_key: Option<Secret>,
    /// The key of TRTC.
    pub trtc_key: Option<Secret>,
    /// The token of instant messaging.
    pub im_token: Option<Secret>,
    /// Whether senders without a key are accepted from this machine instead of refused. TRTC always
    /// needs its key.
    pub unsigned_from_loopback: bool,
    /// A secret that every path has to contain as one of its parts.
    pub path_secret: Option<Secret>,
    /// The networks that callbacks may come from. If empty, they may come from anywhere.
    pub allow_from: Vec<IpNet>,
    /// The apps whose groups instant messaging may report. If empty, any app.
    pub apps: Vec<AppId>,
    /// For how many seconds after its expiry a signature is still accepted.
    pub grace_s: i64,
}

/// The address that a callback comes from, its headers and its path.
pub(super) struct CallbackHead<'r> {
    pub(super) client: Client,
    pub(super) headers: &'r HeaderMap,
    pub(super) path: &'r str,
}

/// The reason why a callback is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthError {
    Browser,
    ForeignNetwork,
    NoPathSecret,
    NoKey(Sender),
    NotFromHere,
    ForeignHost,
    Unsigned,
    WrongSign,
    Expired,
    TooFarAhead,
    ForeignApp,
}

impl AuthError {
    /// The reason as text, for the log and the metrics.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Browser => "a browser sends it",
            Self::ForeignNetwork => "its address is not in callback.allow_from",
            Self::NoPathSecret => "its path lacks callback.path_secret",
            Self::NoKey(Sender::Live) => "callback.key is not set, and callback.unsigned refuses",
            Self::NoKey(Sender::Im) => {
                "callback.im_token is not set, and callback.unsigned refuses"
            }
            Self::NoKey(Sender::Vod) => {
                "neither callback.path_secret nor callback.allow_from is set, and callback.unsigned refuses"
            }
            Self::NoKey(Sender::Trtc) => "callback.trtc_key is not set",
            Self::NotFromHere => "without a key only requests from this machine are accepted",
            Self::ForeignHost => {
                "without a key only requests to this machine's loopback address or to localhost are accepted"
            }
            Self::Unsigned => "it is not signed",
            Self::WrongSign => "its sign is wrong",
            Self::Expired => "its sign has expired",
            Self::TooFarAhead => "its sign expires too late",
            Self::ForeignApp => "its app is not in cloud.apps",
        }
    }
}

impl CallbackAuth {
    /// Checks everything that can be checked before the body is read.
    pub(super) fn admit(&self, sender: Sender, head: &CallbackHead<'_>) -> Result<(), AuthError> {
        // The cloud is no browser, and any web page can make a visitor's browser send a request.
        if is_of_browser(head.headers) {
            return Err(AuthError::Browser);
        }
        if !self.allow_from.is_empty() && !self.is_allowed(head.client) {
            return Err(AuthError::ForeignNetwork);
        }
        if let Some(secret) = &self.path_secret {
            let mut parts = head.path.split('/');
            if !parts.any(|part| is_same_secret(part, secret.expose())) {
                return Err(AuthError::NoPathSecret);
            }
        }
        let has_key = match sender {
            Sender::Live => self.live_key.is_some(),
            Sender::Trtc => self.trtc_key.is_some(),
            Sender::Im => self.im_token.is_some(),
            // Video on demand has no signature, so only these two checks are possible.
            Sender::Vod => self.path_secret.is_some() || !self.allow_from.is_empty(),
        };
        if has_key {
            Ok(())
        } else if !self.unsigned_from_loopback || sender == Sender::Trtc {
            Err(AuthError::NoKey(sender))
        } else if !head.client.is_loopback() || is_passed_on(head.headers) {
            Err(AuthError::NotFromHere)
        } else if !asks_this_machine(head.headers) {
            Err(AuthError::ForeignHost)
        } else {
            Ok(())
        }
    }

    fn is_allowed(&self, client: Client) -> bool {
        let Client::At(address) = client else {
            return false;
        };
        self.allow_from
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Checks the signature of live streaming, which is in the body.
    pub(super) fn verify_live(
        &self,
        sign: Option<&ExpirySign>,
        now: UnixTime,
    ) -> Result<(), AuthError> {
        let Some(key) = &self.live_key else {
            return Ok(());
        };
        let ExpirySign { t, expires, sign } = sign.ok_or(AuthError::Unsigned)?;
        if !is_live_sign(key.expose(), t, sign) {
            return Err(AuthError::WrongSign);
        }
        self.in_time(*expires, now)
    }

    /// Checks the signature of TRTC, which covers the body.
    pub(super) fn verify_trtc(&self, sign: Option<&str>, body: &[u8]) -> Result<(), AuthError> {
        let key = self.trtc_key.as_ref();
        let key = key.ok_or(AuthError::NoKey(Sender::Trtc))?;
        let sign = sign.ok_or(AuthError::Unsigned)?;
        if is_trtc_sign(key.expose(), body, sign) {
            Ok(())
        } else {
            Err(AuthError::WrongSign)
        }
    }

    /// Checks the app and the signature in the query of a callback of instant messaging.
    pub(super) fn verify_im(&self, query: &str, now: UnixTime) -> Result<(), AuthError> {
        let (mut app, mut sign, mut time) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "SdkAppid" => app = value.parse().ok().and_then(AppId::new),
                "Sign" => sign = Some(value),
                "RequestTime" => time = Some(value),
                _ => {}
            }
        }
        if !self.apps.is_empty() && !app.is_some_and(|app| self.apps.contains(&app)) {
            return Err(AuthError::ForeignApp);
        }
        let Some(token) = &self.im_token else {
            return Ok(());
        };
        let (sign, time) = sign.zip(time).ok_or(AuthError::Unsigned)?;
        if !is_im_sign(token.expose(), &time, &sign) {
            return Err(AuthError::WrongSign);
        }
        // `RequestTime` is the time of the request, not an expiry.
        self.in_time(time.parse().map_err(|_| AuthError::WrongSign)?, now)
    }

    fn in_time(&self, at: i64, now: UnixTime) -> Result<(), AuthError> {
        let late = now.as_secs().saturating_sub(at);
        if late > self.grace_s {
            Err(AuthError::Expired)
        } else if late < -MAX_AHEAD_S {
            Err(AuthError::TooFarAhead)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const LOOPBACK: Client = Client::At(IpAddr::V4(Ipv4Addr::LOCALHOST));
    const ELSEWHERE: Client = Client::At(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::from(text.to_owned()))
    }

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in of {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        headers
    }

    /// The result of the checks for a callback from this client with these headers.
    fn admit(
        trust: &CallbackAuth,
        sender: Sender,
        client: Client,
        head: &[(&'static str, &'static str)],
    ) -> Result<(), AuthError> {
        let head = CallbackHead {
            client,
            headers: &headers(head),
            path: "/callback/x",
        };
        trust.admit(sender, &head)
    }

    fn live_sign(key: &str, expires: i64) -> ExpirySign {
        use md5::{Digest, Md5};
        let hash = Md5::digest(format!("{key}{expires}"));
        ExpirySign {
            t: expires.to_string(),
            expires,
            sign: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    #[test]
    fn without_a_key_every_door_is_shut_also_to_this_machine() {
        let trust = CallbackAuth::default();
        for sender in Sender::ALL {
            for client in [LOOPBACK, ELSEWHERE, Client::Unknown] {
                let refused = Err(AuthError::NoKey(sender));
                assert_eq!(admit(&trust, sender, client, &[]), refused);
            }
        }
    }

    #[test]
    fn where_it_is_set_this_machine_itself_is_heard_without_a_key_but_not_as_trtc() {
        let trust = CallbackAuth {
            unsigned_from_loopback: true,
            ..CallbackAuth::default()
        };
        for sender in [Sender::Live, Sender::Vod, Sender::Im] {
            assert_eq!(admit(&trust, sender, LOOPBACK, &[]), Ok(()));
            for client in [ELSEWHERE, Client::Unknown] {
                let refused = Err(AuthError::NotFromHere);
                assert_eq!(admit(&trust, sender, client, &[]), refused);
            }
            for (name, value, expected) in [
                ("host", "localhost:8080", Ok(())),
                ("host", "evil.test:8080", Err(AuthError::ForeignHost)),
                ("x-forwarded-for", "127.0.0.1", Err(AuthError::NotFromHere)),
                ("forwarded", "for=127.0.0.1", Err(AuthError::NotFromHere)),
                ("x-real-ip", "127.0.0.1", Err(AuthError::NotFromHere)),
                ("via", "1.1 proxy", Err(AuthError::NotFromHere)),
            ] {
                let tried = admit(&trust, sender, LOOPBACK, &[(name, value)]);
                assert_eq!(tried, expected, "{name}");
            }
        }
        let trtc = admit(&trust, Sender::Trtc, LOOPBACK, &[]);
        assert_eq!(trtc, Err(AuthError::NoKey(Sender::Trtc)));
    }

    #[test]
    fn a_browser_is_refused_with_a_key_and_without() {
        let keyless = CallbackAuth {
            unsigned_from_loopback: true,
            ..CallbackAuth::default()
        };
        let with_keys = CallbackAuth {
            live_key: secret("key"),
            trtc_key: secret("key"),
            im_token: secret("key"),
            path_secret: secret("x"),
            ..CallbackAuth::default()
        };
        for sender in Sender::ALL {
            for head in [("origin", "null"), ("sec-fetch-site", "same-origin")] {
                for trust in [&keyless, &with_keys] {
                    let refused = Err(AuthError::Browser);
                    assert_eq!(admit(trust, sender, LOOPBACK, &[head]), refused);
                }
            }
        }
    }

    #[test]
    fn a_secret_path_and_a_list_of_networks_bar_every_sender() {
        let trust = CallbackAuth {
            path_secret: secret("a-secret-of-zaibo"),
            allow_from: vec!["192.0.2.0/24".parse().expect("a network")],
            trtc_key: secret("key"),
            ..CallbackAuth::default()
        };
        let none = HeaderMap::new();
        let at = |client, path| CallbackHead {
            client,
            headers: &none,
            path,
        };
        for sender in Sender::ALL {
            let open = at(ELSEWHERE, "/callback/x/a-secret-of-zaibo");
            let expected = match sender {
                Sender::Vod | Sender::Trtc => Ok(()),
                // These two senders sign, and here no key is set to check the signature.
                Sender::Live | Sender::Im => Err(AuthError::NoKey(sender)),
            };
            assert_eq!(trust.admit(sender, &open), expected);
            for path in [
                "/callback/x",
                "/callback/x/a-secret-of-zaib",
                "/a-secret-of-zaibo-",
            ] {
                assert_eq!(
                    trust.admit(sender, &at(ELSEWHERE, path)),
                    Err(AuthError::NoPathSecret)
                );
            }
            assert_eq!(
                trust.admit(sender, &at(LOOPBACK, "/a-secret-of-zaibo")),
                Err(AuthError::ForeignNetwork)
            );
        }
    }

    #[test]
    fn a_sign_of_live_streaming_is_good_until_its_expiry_and_the_grace() {
        let trust = CallbackAuth {
            live_key: secret("key"),
            grace_s: 900,
            ..CallbackAuth::default()
        };
        let sign = live_sign("key", 10_000);
        let at = |now| trust.verify_live(Some(&sign), UnixTime::from_secs(now));
        assert_eq!(at(9_400), Ok(()));
        assert_eq!(at(10_900), Ok(()));
        assert_eq!(at(10_901), Err(AuthError::Expired));
        assert_eq!(at(10_000 - MAX_AHEAD_S - 1), Err(AuthError::TooFarAhead));
        let other = live_sign("other", 10_000);
        assert_eq!(
            trust.verify_live(Some(&other), UnixTime::from_secs(9_400)),
            Err(AuthError::WrongSign)
        );
        assert_eq!(
            trust.verify_live(None, UnixTime::from_secs(9_400)),
            Err(AuthError::Unsigned)
        );
        let absurd = live_sign("key", i64::MIN);
        assert_eq!(
            trust.verify_live(Some(&absurd), UnixTime::from_secs(9_400)),
            Err(AuthError::Expired)
        );
    }

    #[test]
    fn instant_messaging_shows_its_app_a_sign_and_a_recent_time() {
        let trust = CallbackAuth {
            im_token: secret("xxxxyyyy"),
            apps: AppId::new(1_400_000_000).into_iter().collect(),
            grace_s: 900,
            ..CallbackAuth::default()
        };
        let sign = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";
        let query = format!("SdkAppid=1400000000&Sign={sign}&RequestTime=1669872112");
        let believe = |query: &str, now| trust.verify_im(query, UnixTime::from_secs(now));
        assert_eq!(believe(&query, 1_669_872_112), Ok(()));
        assert_eq!(believe(&query, 1_669_873_013), Err(AuthError::Expired));
        let foreign = query.replace("1400000000", "1400000001");
        assert_eq!(believe(&foreign, 1_669_872_112), Err(AuthError::ForeignApp));
        let other_time = query.replace("RequestTime=1669872112", "RequestTime=1669872113");
        assert_eq!(
            believe(&other_time, 1_669_872_112),
            Err(AuthError::WrongSign)
        );
        assert_eq!(
            believe("SdkAppid=1400000000", 1_669_872_112),
            Err(AuthError::Unsigned)
        );
    }
}
