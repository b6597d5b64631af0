//! The section `[cloud]`: what the video cloud wants from us.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ureq::http::Uri;

use super::check;
use super::section::{section, within};
use crate::secret::Secret;

section! {
    /// The video cloud.
    pub struct Cloud in "cloud" {
        /// Prefix of stream codes and of the play domain of 2016.
        #[zh = "直播码和 2016 年播放域名的前缀"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub biz_id: String = "8888".to_owned();

        /// The app of a login that names none.
        #[zh = "登录未带 appid 时使用的应用"]
        pub default_appid: u32 = 1_400_000_000, in APP_IDS;

        /// The apps whose users get a UserSig, each with its secret: the key that the console shows
        /// today, as `[{ appid = 1400000001, usersig_key = "…" }]`, or the private key of an app from
        /// before 2019, as `[{ appid = 1400000001, usersig_private_key_file = "private_key.pem" }]`.
        /// Links between rooms (`linksig`) need `link_key = "…"` beside it, the 16 letters of the app's
        /// audio-video permission key. With no app, UserSigs are signed with a demo key, which the
        /// cloud refuses.
        #[zh = "为哪些应用签发 UserSig，每个应用各有密钥：控制台现在显示的密钥，如 \
                `[{ appid = 1400000001, usersig_key = \"…\" }]`；2019 年以前的应用（UserSig v1）用私钥，如 \
                `[{ appid = 1400000001, usersig_private_key_file = \"private_key.pem\" }]`。\
                跨房连麦（`linksig`）另加 `link_key = \"…\"`，即应用的音视频权限密钥（16 个字符）。\
                未配置时用演示密钥签名，腾讯云不会接受"]
        pub apps: Vec<App> = Vec::new();

        /// The account in whose name the cloud's messaging service (IM) is asked to sign a user out who
        /// is kicked out here. It has to be an App administrator there. Empty means that the service
        /// is not asked.
        #[zh = "踢人时以哪个账号通知即时通信 IM 服务让该用户下线；须是那里的 App 管理员。为空则不通知"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub im_admin: String = String::new();

        /// Address of the messaging service; each region has its own.
        #[zh = "即时通信 IM 服务的地址；各地区不同"]
        pub im_url: String = "https://console.tim.qq.com".to_owned();

        /// Domain that hosts send their streams to. With it, `getroomplayurl` tells the host of a room,
        /// and nobody else, their address there.
        #[zh = "推流域名；设置后，`getroomplayurl` 会把推流地址告诉该房间的主播，且只告诉主播"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub push_domain: String = String::new();

        /// The push key of that domain in the cloud's console; empty means that addresses there are not
        /// signed.
        #[zh = "推流域名在控制台的推流鉴权密钥；为空则地址不带签名"]
        #[serde(with = "check::secret")]
        pub push_key: Secret = Secret::default();

        /// Domain where streams are watched; empty means that of 2016,
        /// `<biz_id>.liveplay.myqcloud.com`.
        #[zh = "播放域名；为空则用 2016 年的 `<biz_id>.liveplay.myqcloud.com`"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub play_domain: String = String::new();

        /// The play key of that domain in the cloud's console; empty means that addresses there are not
        /// signed.
        #[zh = "播放域名在控制台的播放鉴权密钥；为空则地址不带签名"]
        #[serde(with = "check::secret")]
        pub play_key: Secret = Secret::default();

        /// Whether streams at `play_domain` are watched over https.
        #[zh = "`play_domain` 的播放地址是否使用 https"]
        pub play_https: bool = false;

        /// Seconds for which a signed address is good.
        #[zh = "带签名的地址多少秒后失效"]
        pub url_life_s: u32 = 86400, in 60..=2_592_000;
    }
}

/// The numbers that an app can have.
const APP_IDS: std::ops::RangeInclusive<u32> = 1..=u32::MAX;

/// The letters of a key that signs links.
const LINK_KEY_LETTERS: usize = 16;

/// An app and its secret.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The cloud's number for the app.
    pub appid: u32,
    /// The secret text with which its users' signatures are made (UserSig version 2). Either this
    /// or a file.
    #[serde(default)]
    pub usersig_key: Option<String>,
    /// A PEM file with the private key with which they are made (UserSig version 1).
    #[serde(default)]
    pub usersig_private_key_file: Option<PathBuf>,
    /// The 16 letters with which links between rooms are signed; empty means that they are not.
    #[serde(
        default,
        deserialize_with = "check::quoted_secret",
        serialize_with = "check::secret::serialize"
    )]
    pub link_key: Secret,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("appid", &self.appid)
            .finish_non_exhaustive()
    }
}

impl Cloud {
    /// Refuses what could leave its place in an address, and keys that would protect nothing.
    pub(super) fn check(&self) -> Result<(), String> {
        let (id, lengths) = (&self.biz_id, 1..=32);
        if !lengths.contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(format!(
                "cloud.biz_id: {id:?} is not {} to {} letters and digits",
                lengths.start(),
                lengths.end()
            ));
        }
        domain("push", &self.push_domain, &self.push_key)?;
        domain("play", &self.play_domain, &self.play_key)?;
        for (at, app) in self.apps.iter().enumerate() {
            app.check()?;
            let is_same = |earlier: &App| earlier.appid == app.appid;
            if self.apps[..at].iter().any(is_same) {
                return Err(format!("cloud.apps: app {} stands there twice", app.appid));
            }
        }
        im_url(&self.im_url)
    }
}

impl App {
    fn check(&self) -> Result<(), String> {
        within("cloud.apps.appid", self.appid, APP_IDS)?;
        if let Some(fault) = self.fault_of_secret() {
            return Err(format!("cloud.apps: app {} {fault}", self.appid));
        }
        if !self.link_key.is_empty() && self.link_key.expose().len() != LINK_KEY_LETTERS {
            return Err(format!(
                "cloud.apps: the link_key of app {} is not {LINK_KEY_LETTERS} letters long",
                self.appid
            ));
        }
        Ok(())
    }

    /// What is wrong with the secret.
    fn fault_of_secret(&self) -> Option<&'static str> {
        match (&self.usersig_key, &self.usersig_private_key_file) {
            (Some(key), None) if key.is_empty() => Some("has an empty usersig_key"),
            (None, Some(file)) if file.as_os_str().is_empty() => {
                Some("has an empty usersig_private_key_file")
            }
            (Some(_), None) | (None, Some(_)) => None,
            (None, None) => {
                Some("has no secret; give it a usersig_key or a usersig_private_key_file")
            }
            (Some(_), Some(_)) => {
                Some("has a usersig_key and a usersig_private_key_file; leave one of them out")
            }
        }
    }
}

/// A domain with its key. A key without its domain would protect nothing.
fn domain(what: &str, domain: &str, key: &Secret) -> Result<(), String> {
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
