//! What settings may be, and how a refusal of one is said.

use std::fmt::Display;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use figment::Metadata;
use figment::error::Kind;
use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer};
use ureq::http::Uri;

use super::{App, Cloud, RequestSign, Settings};
use crate::secret::Secret;

/// Settings that are texts, even if they look like numbers.
pub(super) const TEXTS: &[&str] = &[
    "http.listen",
    "http.request_sign_key",
    "ops.listen",
    "store.url",
    "cloud.biz_id",
    "cloud.im_admin",
    "cloud.im_url",
    "cloud.push_domain",
    "cloud.push_key",
    "cloud.play_domain",
    "cloud.play_key",
    "cos.appid",
    "cos.secret_id",
    "cos.secret_key",
    "cos.bucket",
    "cos.region",
    "callback.key",
    "callback.trtc_key",
    "callback.im_token",
    "callback.path_secret",
    "log.filter",
];

/// A text, or a number that stands for its digits.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "has to be a text")]
    enum Either {
        Text(String),
        Number(u64),
    }
    Ok(match Either::deserialize(value)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

/// Networks; an address alone is a network of one.
pub(super) fn networks<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: String| {
        let network = text.parse().ok();
        let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
        network.or_else(alone).map(unmapped).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{text:?} is no network; write it as 192.0.2.0/24 or 192.0.2.7"
            ))
        })
    };
    Vec::<String>::deserialize(value)?
        .into_iter()
        .map(network)
        .collect()
}

/// An IPv4 network that is written as one of IPv6: addresses are compared as what they are.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else {
        return network;
    };
    let four = mapped.addr().to_ipv4_mapped();
    let prefix = mapped.prefix_len().checked_sub(96);
    let four = four
        .zip(prefix)
        .and_then(|(four, prefix)| Ipv4Net::new(four, prefix).ok());
    four.map_or(network, IpNet::V4)
}

/// A secret within a list: a text in quotes. Digits without quotes would have lost their zeros
/// before anybody could know that they are a text.
pub(super) fn quoted_secret<'de, D: Deserializer<'de>>(value: D) -> Result<Secret, D::Error> {
    String::deserialize(value).map(Secret::from)
}

/// A secret: taken like any text, never written out.
pub(super) mod secret {
    use serde::{Deserializer, Serializer};

    use super::Secret;

    pub(in crate::settings) fn deserialize<'de, D: Deserializer<'de>>(
        value: D,
    ) -> Result<Secret, D::Error> {
        super::text_or_number(value).map(Secret::from)
    }

    pub(in crate::settings) fn serialize<S: Serializer>(
        _: &Secret,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str("")
    }
}

/// The first thing that is out of its range.
pub(super) fn ranges(settings: &Settings) -> Result<(), String> {
    let Settings {
        http,
        ops: _,
        store,
        rooms,
        accounts,
        compat: _,
        cloud,
        callback,
        cos,
        log,
    } = settings;
    within("http.workers", http.workers, 0..=1024)?;
    within("http.max_body_bytes", http.max_body_bytes, 1024..=16 << 20)?;
    within("http.max_connections", http.max_connections, 64..=1_000_000)?;
    within(
        "http.connections_per_peer",
        http.connections_per_peer,
        0..=1_000_000,
    )?;
    if let Some(network) = http.trusted_proxies.iter().find(|n| n.prefix_len() == 0) {
        return Err(format!(
            "http.trusted_proxies: {network} is everybody; name the addresses of your proxies"
        ));
    }
    if http.request_sign != RequestSign::Off && http.request_sign_key.is_empty() {
        return Err(
            "http.request_sign_key: is empty, and http.request_sign needs a key".to_owned(),
        );
    }
    within("rooms.member_timeout_s", rooms.member_timeout_s, 1..=3600)?;
    within("rooms.host_timeout_s", rooms.host_timeout_s, 1..=86400)?;
    within(
        "rooms.doubted_member_timeout_s",
        rooms.doubted_member_timeout_s,
        1..=3600,
    )?;
    within(
        "rooms.doubted_host_timeout_s",
        rooms.doubted_host_timeout_s,
        1..=86400,
    )?;
    within("rooms.dismissal_grace_s", rooms.dismissal_grace_s, 0..=600)?;
    within("rooms.stream_grace_s", rooms.stream_grace_s, 0..=3600)?;
    within("rooms.mic_seats", rooms.mic_seats, 1..=64)?;
    within(
        "rooms.creates_per_minute",
        rooms.creates_per_minute,
        0..=60_000,
    )?;
    within(
        "accounts.token_idle_days",
        accounts.token_idle_days,
        1..=365,
    )?;
    within(
        "accounts.argon2_memory_kib",
        accounts.argon2_memory_kib,
        8..=1 << 20,
    )?;
    within("accounts.argon2_passes", accounts.argon2_passes, 1..=16)?;
    within(
        "accounts.registrations_per_minute",
        accounts.registrations_per_minute,
        0..=60_000,
    )?;
    within("cloud.default_appid", cloud.default_appid, 1..=u32::MAX)?;
    store_url(&store.url)?;
    within("store.writes_per_commit", store.writes_per_commit, 1..=8192)?;
    if !(1..=32).contains(&cloud.biz_id.len())
        || !cloud
            .biz_id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(format!(
            "cloud.biz_id: {:?} is not 1 to 32 letters and digits",
            cloud.biz_id
        ));
    }
    within("cloud.url_life_s", cloud.url_life_s, 60..=2_592_000)?;
    live_domains(cloud)?;
    cos.check()?;
    for (at, app) in cloud.apps.iter().enumerate() {
        within("cloud.apps.appid", app.appid, 1..=u32::MAX)?;
        if let Some(fault) = secret(app) {
            return Err(format!("cloud.apps: app {} {fault}", app.appid));
        }
        if !app.link_key.is_empty() && app.link_key.expose().len() != 16 {
            return Err(format!(
                "cloud.apps: the link_key of app {} is not 16 letters long",
                app.appid
            ));
        }
        if cloud.apps[..at]
            .iter()
            .any(|earlier| earlier.appid == app.appid)
        {
            return Err(format!("cloud.apps: app {} stands there twice", app.appid));
        }
    }
    within("callback.grace_s", callback.grace_s, 0..=86400)?;
    within(
        "callback.max_body_bytes",
        callback.max_body_bytes,
        1024..=16 << 20,
    )?;
    path_secret(callback.path_secret.expose())?;
    im_url(&cloud.im_url)?;
    if let Err(cause) = log.filter.parse::<tracing_subscriber::EnvFilter>() {
        return Err(format!("log.filter: {cause}"));
    }
    Ok(())
}

/// A part of a path that needs no escaping, and is too long to be guessed. It is not repeated.
fn path_secret(secret: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if secret.is_empty() || ((16..=128).contains(&secret.len()) && secret.bytes().all(plain)) {
        Ok(())
    } else {
        Err("callback.path_secret: has to be 16 to 128 letters, digits, -, _, . or ~".to_owned())
    }
}

/// Addresses below it carry a signature: they are not sent in the clear, except to this machine.
fn im_url(url: &str) -> Result<(), String> {
    let parsed = url.parse::<Uri>().ok();
    let fits = parsed.is_some_and(|url| {
        let host = url.host().unwrap_or_default();
        let private = match url.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => ["localhost", "127.0.0.1", "[::1]"].contains(&host),
            _ => false,
        };
        let named = url
            .authority()
            .is_some_and(|place| place.as_str().contains('@'));
        private && !named && url.query().is_none()
    });
    if fits {
        Ok(())
    } else {
        Err("cloud.im_url: it has to be https://host, without a name and a query".to_owned())
    }
}

/// What is wrong with an app's secret.
fn secret(app: &App) -> Option<&'static str> {
    match (&app.usersig_key, &app.usersig_private_key_file) {
        (Some(key), None) if key.is_empty() => Some("has an empty usersig_key"),
        (None, Some(file)) if file.as_os_str().is_empty() => {
            Some("has an empty usersig_private_key_file")
        }
        (Some(_), None) | (None, Some(_)) => None,
        (None, None) => Some("has no secret; give it a usersig_key or a usersig_private_key_file"),
        (Some(_), Some(_)) => {
            Some("has a usersig_key and a usersig_private_key_file; leave one of them out")
        }
    }
}

/// The address may hold a password, so it is not repeated.
fn store_url(url: &str) -> Result<(), String> {
    match url.split_once("://") {
        Some(("sqlite", path)) if !path.is_empty() => Ok(()),
        Some(("mysql", _)) => {
            Err("store.url: this build has no MySQL; use sqlite://path".to_owned())
        }
        _ => Err(
            "store.url: not understood; it has to be sqlite://path, as sqlite://zaibo.db"
                .to_owned(),
        ),
    }
}

/// A domain with what belongs to it. A key without its domain would protect nothing.
fn live_domains(cloud: &Cloud) -> Result<(), String> {
    for (what, domain, key) in [
        ("push", &cloud.push_domain, &cloud.push_key),
        ("play", &cloud.play_domain, &cloud.play_key),
    ] {
        if !domain.is_empty() && !is_host(domain) {
            return Err(format!(
                "cloud.{what}_domain: {domain:?} is not a host name, as {what}.example.com"
            ));
        }
        if domain.is_empty() && !key.is_empty() {
            return Err(format!(
                "cloud.{what}_key: there is a key and no cloud.{what}_domain"
            ));
        }
    }
    Ok(())
}

/// Letters, digits and inner hyphens between dots: nothing that could leave its place in an
/// address.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn within<T: PartialOrd + Display>(
    key: &str,
    value: T,
    allowed: RangeInclusive<T>,
) -> Result<(), String> {
    if allowed.contains(&value) {
        Ok(())
    } else {
        Err(format!(
            "{key}: {value} is not from {} to {}",
            allowed.start(),
            allowed.end()
        ))
    }
}

/// Where a setting stands, to be said behind its key.
pub(super) fn source(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(source) => format!(" (in {source})"),
        None => format!(" (in {})", metadata.name),
    }
}

/// A refusal of the loader in one line: the key, the source, what is allowed.
pub(super) fn explain(error: figment::Error) -> String {
    let Some(error) = error.into_iter().next() else {
        return "the settings cannot be read".to_owned();
    };
    let key = error.path.join(".");
    let source = error.metadata.as_ref().map(source).unwrap_or_default();
    // The loader's texts show the value, and where a secret may stand that must not be.
    let why = match &error.kind {
        Kind::UnknownField(name, known) => {
            let section = if key.is_empty() { "section" } else { "key" };
            format!(
                "there is no {section} {name:?}; known are {}",
                known.join(", ")
            )
        }
        Kind::UnknownVariant(value, known) => {
            format!("{value:?} is not one of {}", known.join(", "))
        }
        Kind::InvalidType(_, wanted) if wanted == "a sequence" => {
            "has to be a list, as [\"…\", \"…\"]".to_owned()
        }
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) => {
            format!("has to be {wanted}")
        }
        Kind::MissingField(name) => format!("{name} is missing"),
        other if key.starts_with("cloud.apps") => {
            let _ = other;
            "is not a list like [{ appid = 1400000001, usersig_key = \"…\" }]".to_owned()
        }
        // A parser shows the line that it does not understand, behind a bar.
        other => other
            .to_string()
            .lines()
            .filter(|line| !line.contains('|'))
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" "),
    };
    let key = if key.is_empty() {
        "settings".to_owned()
    } else {
        key
    };
    format!("{key}{source}: {why}")
}
