//! The section `[ops]`: what operators ask.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize};

use super::check;
use super::section::section;

/// The address unless the settings name another one.
const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

section! {
    /// What operators ask: figures and health.
    pub struct Ops in "ops" {
        /// Address and port of `/metrics`, `/healthz` and `/readyz`; empty means that they are not
        /// served. Keep it away from clients. If it is not set and the default address is in use, the
        /// server warns and starts without it.
        #[zh = "`/metrics`、`/healthz`、`/readyz` 的地址和端口；空表示关闭。不要对客户端开放。\
                未设置而默认地址被占用时，只告警，照常启动"]
        #[serde(deserialize_with = "given")]
        pub listen: Option<OpsListen> = None;
    }
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
            None => Some(DEFAULT),
            Some(OpsListen::Off) => None,
            Some(OpsListen::At(address)) => Some(address),
        }
    }
}

fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<OpsListen>, D::Error> {
    let text = Option::<String>::deserialize(value)?;
    let parse = |text: String| match text.as_str() {
        "" => Ok(OpsListen::Off),
        text => check::address(text, DEFAULT)
            .map(OpsListen::At)
            .map_err(|why| serde::de::Error::custom(format!("{why}; empty: off"))),
    };
    text.map(parse).transpose()
}
