//! What several sections share: how values are read, and how the loader's refusal of one is said.

use std::net::{IpAddr, SocketAddr};

use figment::Metadata;
use figment::error::Kind;
use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer};

use crate::secret::Secret;

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

/// The address and port in a text, or what is wrong with it.
pub(super) fn address(text: &str, example: SocketAddr) -> Result<SocketAddr, String> {
    let refused = |_| format!("{text:?} is no address and port, as {example}");
    text.parse().map_err(refused)
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
            let wanted = wanted.to_string();
            let is_number = ["u16", "u32", "u64", "usize"].contains(&wanted.as_str());
            let wanted = if is_number { "a whole number" } else { &wanted };
            format!("has to be {wanted}")
        }
        Kind::MissingField(name) => format!("{name} is missing"),
        _ if key.starts_with("cloud.apps") => {
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
