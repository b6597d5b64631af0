//! The section `[cos]`: the object storage that covers are put into.

use super::check;
use super::section::section;
use crate::secret::Secret;

section! {
    /// The object storage that covers are put into.
    pub struct Cos in "cos" {
        /// The account that owns the bucket, as `1250000000`. This, the key and the bucket are set up
        /// together or not at all; without them, hosts go live without a cover.
        #[zh = "存储桶所属账号，如 `1250000000`。账号、密钥和存储桶要么全部配置，要么都不配；不配时开播没有封面"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub appid: String = String::new();

        /// The id of the key that signs uploads.
        #[zh = "上传签名所用密钥的 id"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub secret_id: String = String::new();

        /// The secret of that key.
        #[zh = "该密钥的内容"]
        #[serde(with = "check::secret")]
        pub secret_key: Secret = Secret::default();

        /// The bucket's name without the account, as `sxbbucket`.
        #[zh = "存储桶名，不带账号，如 `sxbbucket`"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub bucket: String = String::new();

        /// The region of the bucket, as `ap-beijing`.
        #[zh = "存储桶所在地域，如 `ap-beijing`"]
        #[serde(deserialize_with = "check::text_or_number")]
        pub region: String = String::new();

        /// Whether the published Android app, which asks for its signature without a token, gets one,
        /// so that its hosts can have covers. It is good for the whole bucket and five minutes: use a
        /// bucket for covers alone, and a key that may put objects into it and nothing else.
        #[zh = "是否让 Android 主播也能有封面：该客户端不带 token 的请求会得到整个存储桶、五分钟有效的签名。\
                请使用只放封面的存储桶和只能上传的密钥"]
        pub anonymous: bool = false;
    }
}

impl Cos {
    /// Whether covers can be put anywhere.
    pub fn is_configured(&self) -> bool {
        *self != Self::default()
    }

    /// Refuses what is set in part, and what could leave its place in an address or a signature.
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.is_configured() {
            return Ok(());
        }
        let name = "letters, digits and hyphens";
        let letters = u8::is_ascii_alphanumeric;
        all("appid", &self.appid, u8::is_ascii_digit, "digits")?;
        all("secret_id", &self.secret_id, letters, "letters and digits")?;
        all(
            "secret_key",
            self.secret_key.expose(),
            letters,
            "letters and digits",
        )?;
        all("bucket", &self.bucket, is_of_a_name, name)?;
        // The cloud's console shows the two together.
        if let Some(short) = self.bucket.strip_suffix(&format!("-{}", self.appid)) {
            return Err(format!(
                "cos.bucket: write it without the account, as {short:?}"
            ));
        }
        all("region", &self.region, is_of_a_name, name)
    }
}

/// The value may be secret, so it is not repeated.
fn all(key: &str, value: &str, fits: fn(&u8) -> bool, wanted: &str) -> Result<(), String> {
    if value.is_empty() {
        Err(format!(
            "cos.{key}: is missing; [cos] is set up with all of its keys or with none"
        ))
    } else if value.as_bytes().iter().all(fits) {
        Ok(())
    } else {
        Err(format!("cos.{key}: is not made of {wanted}"))
    }
}

fn is_of_a_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'-'
}
