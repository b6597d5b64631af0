//! The settings of what operators ask.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serialize};

/// Where `/metrics` is asked for unless the settings say otherwise.
const USUAL: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);

/// What operators ask: figures and health.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ops {
    /// Where `/metrics`, `/healthz` and `/readyz` are served; none: nothing was set, so it is
    /// 127.0.0.1:9464 if that is free.
    #[serde(deserialize_with = "given")]
    pub listen: Option<OpsListen>,
}

/// Where the settings want `/metrics` to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OpsListen {
    /// Nowhere: the setting is empty.
    Off,
    /// At that address, and if it is taken the server does not start.
    At(SocketAddr),
}

impl Ops {
    /// The address to listen on, if any.
    pub fn address(&self) -> Option<SocketAddr> {
        match self.listen {
            None => Some(USUAL),
            Some(OpsListen::Off) => None,
            Some(OpsListen::At(address)) => Some(address),
        }
    }
}

fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<OpsListen>, D::Error> {
    let text = Option::<String>::deserialize(value)?;
    let parse = |text: String| match text.as_str() {
        "" => Ok(OpsListen::Off),
        text => text.parse().map(OpsListen::At).map_err(|_| {
            serde::de::Error::custom(format!(
                "{text:?} is no address and port, as 127.0.0.1:9464; empty: off"
            ))
        }),
    };
    text.map(parse).transpose()
}
