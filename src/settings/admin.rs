//! The section `[admin]`: the servers of the app that may act here without being users.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::section::section;
use crate::domain::KeyRight;

section! {
    /// The servers of the app that may act here without being users.
    pub struct Admin in "admin" {
        /// Keys for them, each with what it may do and its SHA-256, as
        /// `[{ name = "gateway", sha256 = "…", may = ["beats"] }]`. `zaibo key new NAME` makes one. There
        /// are `"beats"` (beats of many users at once); `"custom"`, `"read"` and `"admin"` are for
        /// operations to come.
        #[zh = "它们的密钥，各有权限和 SHA-256，如 `[{ name = \"gateway\", sha256 = \"…\", may = [\"beats\"] }]`；\
                用 `zaibo key new NAME` 生成。权限有 `\"beats\"`（一次为许多用户发心跳）；`\"custom\"`、`\"read\"`、\
                `\"admin\"` 留给以后的操作"]
        pub keys: Vec<Key> = Vec::new();
    }
}

/// The most keys: each is compared with every one that is sent.
const MOST_KEYS: usize = 64;

/// The longest name of a key, in bytes.
const LONGEST_NAME: usize = 64;

/// A server key.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// What the log calls it.
    pub name: String,
    /// The SHA-256 of the key, in hex.
    pub sha256: String,
    /// What it may do.
    pub may: Vec<String>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.name)
            .field("may", &self.may)
            .finish_non_exhaustive()
    }
}

impl Key {
    /// What a name has to be.
    pub const NAMES: &str = "1 to 64 letters, digits, -, _ or .";

    /// Whether a key can be called that.
    pub fn is_name(text: &str) -> bool {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(is_letter)
    }

    /// The hash; `None` if it is none.
    pub fn hash(&self) -> Option<[u8; 32]> {
        let mut hash = [0; 32];
        let decoded = base16ct::mixed::decode(&self.sha256, &mut hash).ok()?;
        (decoded.len() == 32).then_some(hash)
    }

    /// What it may do; `None` if a right is unknown.
    pub fn rights(&self) -> Option<Vec<KeyRight>> {
        self.may.iter().map(|name| KeyRight::named(name)).collect()
    }

    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if !Self::is_name(name) {
            return Err(format!("admin.keys: a name has to be {}", Self::NAMES));
        }
        if self.hash().is_none() {
            return Err(format!(
                "admin.keys: the sha256 of {name:?} is not one; zaibo key new {name} makes a key"
            ));
        }
        if self.may.is_empty() || self.rights().is_none() {
            let known = KeyRight::ALL.map(KeyRight::as_str).join(", ");
            return Err(format!(
                "admin.keys: may of {name:?} has to name what it may do, of {known}"
            ));
        }
        Ok(())
    }
}

impl Admin {
    /// Refuses keys that nobody could use, and two of one name or of one text.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.keys.len() > MOST_KEYS {
            return Err(format!("admin.keys: there are more than {MOST_KEYS}"));
        }
        for (at, key) in self.keys.iter().enumerate() {
            key.check()?;
            let is_same = |earlier: &Key| earlier.name == key.name || earlier.hash() == key.hash();
            if self.keys[..at].iter().any(is_same) {
                return Err(format!("admin.keys: {:?} stands there twice", key.name));
            }
        }
        Ok(())
    }
}
