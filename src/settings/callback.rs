//! The settings of what the video cloud tells.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::check;
use crate::secret::Secret;

/// What the video cloud tells, and how its senders are known.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Callback {
    /// Key of `sign = md5(key + t)` of live streaming. While it is empty, see `unsigned`.
    #[serde(with = "check::secret")]
    pub key: Secret,
    /// Key of the `Sign` header of TRTC. While it is empty, TRTC is refused.
    #[serde(with = "check::secret")]
    pub trtc_key: Secret,
    /// Token of `Sign = sha256(token + RequestTime)` of instant messaging. While it is empty, see
    /// `unsigned`.
    #[serde(with = "check::secret")]
    pub im_token: Secret,
    /// What becomes of callbacks at a door that has no key.
    pub unsigned: Unsigned,
    /// A part that the path of every callback has to have.
    #[serde(with = "check::secret")]
    pub path_secret: Secret,
    /// Networks from which callbacks may come; none means from anywhere.
    #[serde(deserialize_with = "check::networks")]
    pub allow_from: Vec<IpNet>,
    /// Seconds for which an expired signature is still taken.
    pub grace_s: u64,
    /// A larger callback is refused unread.
    pub max_body_bytes: usize,
}

/// What becomes of callbacks at a door that has no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unsigned {
    /// They are refused.
    Refuse,
    /// They are taken if they come from this machine itself, to try them there. Whoever stands
    /// behind a proxy on this machine that adds no headers comes from this machine too.
    Loopback,
}

impl Default for Callback {
    fn default() -> Self {
        Self {
            key: Secret::default(),
            trtc_key: Secret::default(),
            im_token: Secret::default(),
            unsigned: Unsigned::Refuse,
            path_secret: Secret::default(),
            allow_from: Vec::new(),
            grace_s: 900,
            max_body_bytes: 262_144,
        }
    }
}
