//! The section `[cos]`: the object storage that covers are put into.

use serde::{Deserialize, Serialize};

use super::check;
use crate::secret::Secret;

/// The object storage that covers are put into. All of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cos {
    /// The account, as `1250000000`.
    #[serde(deserialize_with = "check::text_or_number")]
    pub appid: String,
    /// The id of the key.
    #[serde(deserialize_with = "check::text_or_number")]
    pub secret_id: String,
    /// The key.
    #[serde(with = "check::secret")]
    pub secret_key: Secret,
    /// The bucket's short name, as `sxbbucket`.
    #[serde(deserialize_with = "check::text_or_number")]
    pub bucket: String,
    /// Where the bucket is, as `ap-beijing`.
    #[serde(deserialize_with = "check::text_or_number")]
    pub region: String,
    /// Whoever asks as the published Android app does, without a token, is signed for: for the whole
    /// bucket, for five minutes. Only with a bucket and a key that are for covers alone.
    pub anonymous: bool,
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
