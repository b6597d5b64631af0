//! The section `[callback]`: what the video cloud reports, and how its senders are known.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::check;
use super::section::section;
use crate::secret::Secret;

section! {
    /// What the video cloud reports, and how its senders are known.
    pub struct Callback in "callback" {
        /// Key of live streaming's `sign = md5(key + t)`, as in the callback template of the cloud's
        /// console. While it is empty, see `unsigned`.
        #[zh = "云直播 `sign = md5(key + t)` 的密钥，与控制台回调模板中的相同；为空时见 `unsigned`"]
        #[serde(with = "check::secret")]
        pub key: Secret = Secret::default();

        /// Key of TRTC's header `Sign`. While it is empty, callbacks of TRTC are refused.
        #[zh = "TRTC 的请求头 `Sign` 的密钥；为空时拒绝 TRTC 的回调"]
        #[serde(with = "check::secret")]
        pub trtc_key: Secret = Secret::default();

        /// Token of instant messaging's `Sign = sha256(token + RequestTime)`. While it is empty, see
        /// `unsigned`.
        #[zh = "即时通信 IM `Sign = sha256(token + RequestTime)` 的 token；为空时见 `unsigned`"]
        #[serde(with = "check::secret")]
        pub im_token: Secret = Secret::default();

        /// What becomes of callbacks whose key is not set, except those of TRTC: `"refuse"`, or
        /// `"loopback"`, which accepts what comes from this machine itself, as `--dev` does. With a
        /// proxy on this machine, `"loopback"` may open it to everybody.
        #[zh = "没有设置密钥的回调（TRTC 除外）如何处理：`\"refuse\"` 拒绝；`\"loopback\"` 接受本机自己发来的\
                （`--dev` 即设为此值）。本机有代理时，`\"loopback\"` 可能对所有人开放"]
        pub unsigned: Unsigned = Unsigned::Refuse;

        /// A part that the path of every callback has to have, as in `/callback/live/SECRET`: letters
        /// and digits that nobody can guess. Video on demand signs nothing, so it needs this or
        /// `allow_from` instead of a key.
        #[zh = "每个回调的路径都必须含有的一段，如 `/callback/live/SECRET`：别人猜不到的字母和数字。\
                云点播没有签名，需要它或 `allow_from` 代替密钥"]
        #[serde(with = "check::secret")]
        pub path_secret: Secret = Secret::default();

        /// Networks that callbacks may come from, as `["192.0.2.0/24", "2001:db8::/32"]`; none means
        /// from anywhere.
        #[zh = "允许的来源网段，如 `[\"192.0.2.0/24\", \"2001:db8::/32\"]`；无表示不限"]
        #[serde(deserialize_with = "check::networks")]
        pub allow_from: Vec<IpNet> = Vec::new();

        /// Seconds for which a signature is still taken after it expired. The cloud repeats a callback
        /// for twelve minutes.
        #[zh = "签名过期后仍接受的秒数；云端会在十二分钟内重发"]
        pub grace_s: u64 = 900, in 0..=86400;

        /// Largest body of a callback in bytes. A larger one is refused unread.
        #[zh = "回调请求体的最大字节数；更大的不读，直接拒绝"]
        pub max_body_bytes: usize = 262_144, in 1024..=16 << 20;
    }
}

/// What becomes of callbacks whose key is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unsigned {
    /// They are refused.
    Refuse,
    /// They are taken if they come from this machine itself, to try them there. A client behind a
    /// proxy on this machine that adds no headers comes from this machine too.
    Loopback,
}

impl Callback {
    /// Refuses a secret that can be guessed or that a path would have to escape. It is not repeated.
    pub(super) fn check(&self) -> Result<(), String> {
        let secret = self.path_secret.expose();
        let lengths = 16..=128;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if secret.is_empty() || (lengths.contains(&secret.len()) && secret.bytes().all(plain)) {
            return Ok(());
        }
        Err(format!(
            "callback.path_secret: has to be {} to {} letters, digits, -, _, . or ~",
            lengths.start(),
            lengths.end()
        ))
    }
}
