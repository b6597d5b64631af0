//! The settings of what the video cloud wants from us.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::check;
use crate::secret::Secret;

/// The video cloud.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cloud {
    /// Prefix of stream codes and of the play domain.
    #[serde(deserialize_with = "check::text_or_number")]
    pub biz_id: String,
    /// The app of a login that names none.
    pub default_appid: u32,
    /// The apps that are signed for. With none, every app is signed for with a demo key.
    pub apps: Vec<App>,
    /// The account by which the cloud's messaging service is asked to sign a user out who is kicked
    /// out here; it is an administrator of the apps. Empty: the service is not asked.
    #[serde(deserialize_with = "check::text_or_number")]
    pub im_admin: String,
    /// Where that service is.
    pub im_url: String,
    /// Where hosts send their streams; empty: hosts are told no address.
    #[serde(deserialize_with = "check::text_or_number")]
    pub push_domain: String,
    /// Signs addresses to send to; empty: they are not signed.
    #[serde(with = "check::secret")]
    pub push_key: Secret,
    /// Where streams are watched; empty: the domain of 2016, by `biz_id`.
    #[serde(deserialize_with = "check::text_or_number")]
    pub play_domain: String,
    /// Signs addresses to watch at; empty: they are not signed.
    #[serde(with = "check::secret")]
    pub play_key: Secret,
    /// Streams are watched over `https` where `play_domain` is set.
    pub play_https: bool,
    /// Seconds for which a signed address is good.
    pub url_life_s: u32,
}

impl Default for Cloud {
    fn default() -> Self {
        Self {
            biz_id: "8888".to_owned(),
            default_appid: 1_400_000_000,
            apps: Vec::new(),
            im_admin: String::new(),
            im_url: "https://console.tim.qq.com".to_owned(),
            push_domain: String::new(),
            push_key: Secret::default(),
            play_domain: String::new(),
            play_key: Secret::default(),
            play_https: false,
            url_life_s: 86400,
        }
    }
}

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
    /// The 16 letters with which links between rooms are signed; empty: they are not.
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
