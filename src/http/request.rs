//! The parts of a request that every protocol needs: the client's address as far as it can be
//! trusted, signs of browsers and proxies in the headers, and the body.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::uri::Authority;
use actix_web::web::{self, Bytes, BytesMut};
use futures_util::{FutureExt, StreamExt};
use ipnet::IpNet;

use super::failure::FormError;
use super::request_id::{self, RequestId};
use super::server::Activity;
use crate::domain::Moment;
use crate::log_throttle::LogThrottle;
use crate::service::Client;

/// How long a request's body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The least time between two warnings about a trusted proxy that sends no client address.
const WARNING_SPACING: Duration = Duration::from_secs(60);

/// Headers that a proxy, trusted or not, adds to the requests that it passes on. Only
/// `X-Forwarded-For` is read, and only if it comes from a trusted proxy.
const TRACES_OF_PROXIES: [HeaderName; 6] = [
    header::X_FORWARDED_FOR,
    header::X_FORWARDED_HOST,
    header::X_FORWARDED_PROTO,
    header::FORWARDED,
    HeaderName::from_static("x-real-ip"),
    header::VIA,
];

/// The proxies whose `X-Forwarded-For` is trusted.
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    unnamed: LogThrottle,
    has_warned_of_others: AtomicBool,
}

impl TrustedProxies {
    /// Trusts the proxies with addresses in these networks. If the list is empty, no proxy is
    /// trusted.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self {
            networks,
            unnamed: LogThrottle::new(WARNING_SPACING),
            has_warned_of_others: AtomicBool::new(false),
        }
    }

    /// The client that sent a request: the peer, or the address that a trusted proxy gives in
    /// `X-Forwarded-For`. A request without a peer, as in tests, has an unknown client.
    pub(super) fn client_of(&self, request: &HttpRequest, now: Moment) -> Client {
        let Some(peer) = request.peer_addr() else {
            return Client::Unknown;
        };
        let peer = peer.ip().to_canonical();
        if !self.contains(peer) {
            self.warn_of_other(peer, request.headers());
            return Client::at(peer);
        }
        let named = self.named_client(request.headers());
        if named.is_none() && self.unnamed.happened(now).is_some() {
            tracing::warn!(
                proxy = %peer,
                "a proxy of http.trusted_proxies sends no address of its client that can be read: make it set X-Forwarded-For; until then all its clients share one budget"
            );
        }
        named.map_or(Client::Unknown, Client::at)
    }

    /// The request id that a trusted proxy set, if it is safe to log.
    pub(super) fn request_id(&self, head: &RequestHead) -> Option<RequestId> {
        // A proxy that appends puts its own line after the client's.
        let given = head.headers.get_all(&request_id::HEADER).last()?;
        let peer = head.peer_addr?.ip().to_canonical();
        self.contains(peer)
            .then(|| RequestId::given(given))
            .flatten()
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// The last address that does not belong to a trusted proxy. Each proxy appends the address of
    /// its own peer, so the client may have invented everything before that entry.
    fn named_client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        // Some proxies add a header line of their own instead of extending the existing one.
        let lines: Vec<_> = headers.get_all(header::X_FORWARDED_FOR).collect();
        let entries = lines
            .into_iter()
            .rev()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for entry in entries {
            let address = address_of(entry)?;
            if !self.contains(address) {
                return Some(address);
            }
        }
        None
    }

    /// Warns of `X-Forwarded-For` from a nearby address that is not trusted. That is probably a
    /// proxy missing in the settings, and all its clients would count as one. The warning is logged
    /// once, because strangers nearby could cause it often.
    fn warn_of_other(&self, peer: IpAddr, headers: &HeaderMap) {
        if is_near(peer)
            && headers.contains_key(header::X_FORWARDED_FOR)
            && !self.has_warned_of_others.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                %peer,
                "X-Forwarded-For comes from an address that is not trusted and is not read: if a proxy of yours is there, name it in http.trusted_proxies"
            );
        }
    }
}

/// The address in one entry of `X-Forwarded-For`; a port may follow it.
fn address_of(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let alone = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|place| place.ip());
    let in_brackets = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    };
    let address = alone().or_else(with_port).or_else(in_brackets)?;
    Some(address.to_canonical())
}

/// Whether an address belongs to this machine or a private network, where proxies usually run.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// Whether the headers show that any proxy, trusted or not, passed the request on.
pub(super) fn is_passed_on(headers: &HeaderMap) -> bool {
    TRACES_OF_PROXIES
        .iter()
        .any(|trace| headers.contains_key(trace))
}

/// Whether a browser sent the request. Then the author of a web page decided what it contains.
pub(super) fn is_of_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site")
}

/// Whether the `Host` header names this machine by a loopback address or as `localhost`. Any other
/// name may belong to a stranger, who can point it to this machine so that a program here sends
/// requests to zaibo.
pub(super) fn asks_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        // Only programs of HTTP/1.0 leave this header out.
        return true;
    };
    let host = host.to_str().ok().and_then(|host| host.parse().ok());
    host.is_some_and(|host: Authority| {
        let name = host.host().trim_matches(['[', ']']);
        let address = name.parse::<IpAddr>();
        name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    })
}

/// The body length that the headers announce, in bytes.
pub(super) fn announced(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Reads a body. Nearly all bodies arrive in one piece, and such a body is not copied.
pub(super) async fn read(
    request: &HttpRequest,
    mut payload: web::Payload,
    max_bytes: usize,
) -> Result<Bytes, FormError> {
    let announced = announced(request.headers());
    if announced.is_some_and(|length| length > max_bytes) {
        return Err(FormError::BodyNotTaken);
    }
    if announced == Some(0) {
        return Ok(Bytes::new());
    }
    let activity = request.conn_data::<Rc<Activity>>();
    let _wanting = activity.map(Activity::want_body);
    if let Some(Some(Ok(first))) = payload.next().now_or_never() {
        if announced == Some(first.len()) {
            return Ok(first);
        }
        return read_rest(BytesMut::from(&*first), payload, max_bytes).await;
    }
    read_rest(BytesMut::new(), payload, max_bytes).await
}

async fn read_rest(
    mut body: BytesMut,
    mut payload: web::Payload,
    max_bytes: usize,
) -> Result<Bytes, FormError> {
    let reading = async {
        while body.len() <= max_bytes {
            match payload.next().await {
                Some(Ok(chunk)) => body.extend_from_slice(&chunk),
                Some(Err(_)) => break,
                None => return Ok(body.freeze()),
            }
        }
        Err(FormError::BodyNotTaken)
    };
    tokio::time::timeout(BODY_TIMEOUT, reading)
        .await
        .unwrap_or(Err(FormError::BodyNotTaken))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn proxies() -> TrustedProxies {
        let networks = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8:1::/48"];
        let networks = networks.map(|network| network.parse().expect("a network"));
        TrustedProxies::new(networks.to_vec())
    }

    /// The client of a request from this peer with these lines of `X-Forwarded-For`.
    fn client(peer: &str, lines: &[&[u8]]) -> String {
        let mut request = TestRequest::get().peer_addr(peer.parse().expect("an address"));
        for line in lines {
            request = request.append_header((header::X_FORWARDED_FOR, *line));
        }
        let client = proxies().client_of(&request.to_http_request(), Moment::from_millis(0));
        client.to_string()
    }

    #[test]
    fn who_is_not_trusted_is_not_believed_about_addresses() {
        for peer in ["192.0.2.1:4000", "127.0.0.2:4000", "[::1]:4000"] {
            let own: SocketAddr = peer.parse().expect("an address");
            for line in ["198.51.100.7", "127.0.0.1", "", "rubbish"] {
                assert_eq!(client(peer, &[line.as_bytes()]), own.ip().to_string());
            }
        }
    }

    #[test]
    fn of_two_request_ids_the_line_of_the_proxy_counts() {
        let id = |peer: &str| {
            let request = TestRequest::get()
                .peer_addr(peer.parse().expect("an address"))
                .append_header((request_id::HEADER, "of-the-client"))
                .append_header((request_id::HEADER, "of-the-proxy"))
                .to_http_request();
            proxies().request_id(request.head())
        };
        let named = id("127.0.0.1:4000").expect("a trusted proxy");
        assert_eq!(named.to_string(), "of-the-proxy");
        assert_eq!(id("192.0.2.1:4000"), None);
    }

    #[test]
    fn a_trusted_proxy_names_its_client_in_every_spelling() {
        for (line, named) in [
            ("198.51.100.7", "198.51.100.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            (" 198.51.100.7\t", "198.51.100.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("[::ffff:198.51.100.7]:1", "198.51.100.7"),
        ] {
            for peer in [
                "127.0.0.1:4000",
                "[::ffff:10.1.2.3]:4000",
                "[2001:db8:1::1]:4000",
            ] {
                assert_eq!(client(peer, &[line.as_bytes()]), named, "{line:?}");
            }
        }
    }

    #[test]
    fn the_last_address_that_is_not_a_proxys_counts_and_what_stands_before_it_is_a_claim() {
        for (lines, named) in [
            (&["127.0.0.1, 198.51.100.7"][..], "198.51.100.7"),
            (&["127.0.0.1", "198.51.100.7"], "198.51.100.7"),
            (&["203.0.113.9", "198.51.100.7, 10.0.0.1"], "198.51.100.7"),
            (&["198.51.100.7:1, 10.0.0.1:2", "10.0.0.2"], "198.51.100.7"),
            (&["rubbish, 198.51.100.7"], "198.51.100.7"),
            (&["", "198.51.100.7"], "198.51.100.7"),
            (&["198.51.100.7", "::ffff:10.0.0.1"], "198.51.100.7"),
        ] {
            let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
            assert_eq!(client("127.0.0.1:4000", &lines), named);
        }
    }

    #[test]
    fn what_a_trusted_proxy_does_not_say_legibly_is_unknown_and_never_this_machine() {
        for lines in [
            &[][..],
            &[&b""[..]],
            &[b"unknown"],
            &[b"_hidden"],
            &[b"198.51.100.7, "],
            &[b"198.51.100.7", b""],
            &[b"198.51.100.7, rubbish"],
            &[b"198.51.100.7, 10.0.0.1, 1.2.3"],
            &[b"198.51.100.7:port"],
            &[b"[198.51.100.7]"],
            &[b"2001:db8::7]:1"],
            &[b"caf\xe9"],
            &[b"\xff\xfe, \xff"],
            &[b"127.0.0.1"],
            &[b"10.0.0.1, 127.0.0.1:80", b"10.9.9.9"],
        ] {
            assert_eq!(client("127.0.0.1:4000", lines), "unknown", "{lines:?}");
        }
    }

    #[test]
    fn without_a_peer_nobody_knows() {
        let request = TestRequest::get().to_http_request();
        let client = proxies().client_of(&request, Moment::from_millis(0));
        assert_eq!(client, Client::Unknown);
    }

    #[test]
    fn a_host_that_somebody_else_can_own_is_not_this_machine() {
        let asks = |host: &[u8]| {
            let request = TestRequest::get().insert_header((header::HOST, host));
            asks_this_machine(request.to_http_request().headers())
        };
        for here in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1:8080",
            "127.8.8.8",
            "[::1]:8080",
        ] {
            assert!(asks(here.as_bytes()), "{here}");
        }
        for elsewhere in [
            &b"evil.test"[..],
            b"evil.test:8080",
            b"127.0.0.1.evil.test",
            b"localhost.evil.test",
            b"192.0.2.1",
            b"0.0.0.0:8080",
            b"",
            b"caf\xe9",
        ] {
            assert!(!asks(elsewhere), "{elsewhere:?}");
        }
        assert!(asks_this_machine(
            TestRequest::get().to_http_request().headers()
        ));
    }
}
