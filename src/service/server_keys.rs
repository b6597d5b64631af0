//! Server keys: how the key that a server of the app sends is told from tokens, and what it is good for.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::domain::{KeyRight, Refusal};
use crate::error::Fault;

/// How a key begins.
const MARK: &str = "zk_";

/// The letters behind that: 256 bits in base64. A user's token may begin like a key, and is shorter.
const LETTERS: usize = 43;

/// A key of the settings. They have its hash only.
#[derive(Clone, Debug)]
pub struct ServerKey {
    /// What the operator calls it.
    pub name: String,
    /// The SHA-256 of its text.
    pub hash: [u8; 32],
    /// What it is good for.
    pub may: Vec<KeyRight>,
}

/// The keys of this server.
#[derive(Clone, Debug, Default)]
pub struct ServerKeys(Vec<ServerKey>);

/// The server behind a request. A value of this type proves that its key was checked, and that it may do
/// what it asks for.
#[derive(Clone, Debug)]
pub struct KeyCaller {
    /// What the operator calls its key.
    pub name: String,
}

/// The text of a new key. It is shown once.
pub struct NewKey(String);

impl ServerKeys {
    /// These keys.
    pub fn new(keys: Vec<ServerKey>) -> Self {
        Self(keys)
    }

    /// Whether a text would be a key, and not the token of a user or a guest.
    pub fn is_one(token: &str) -> bool {
        let letters = token.strip_prefix(MARK);
        letters.is_some_and(|letters| letters.len() == LETTERS)
    }

    /// The caller with that key, for what needs `right`. Every key is compared in constant time.
    ///
    /// # Errors
    /// [`Refusal::KeyUnknown`]; [`Refusal::KeyMayNot`] without the right.
    pub fn caller(&self, key: &str, right: KeyRight) -> Result<KeyCaller, Refusal> {
        let hash = sha256(key);
        let mut found = None;
        for known in &self.0 {
            if bool::from(known.hash.ct_eq(&hash)) {
                found = Some(known);
            }
        }
        let known = found.ok_or(Refusal::KeyUnknown)?;
        if !known.may.contains(&right) {
            return Err(Refusal::KeyMayNot);
        }
        Ok(KeyCaller {
            name: known.name.clone(),
        })
    }
}

impl NewKey {
    /// A key that nobody can guess.
    ///
    /// # Errors
    /// If the system has no random bits.
    pub fn random() -> Result<Self, Fault> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|cause| Fault::new("drawing a key", cause))?;
        Ok(Self(format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bits))))
    }

    /// Its text, for the server that gets it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the settings have of it.
    pub fn hash(&self) -> String {
        base16ct::lower::encode_string(&sha256(&self.0))
    }
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewKey(…)")
    }
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, key: &NewKey, may: &[KeyRight]) -> ServerKey {
        ServerKey {
            name: name.to_owned(),
            hash: sha256(key.expose()),
            may: may.to_vec(),
        }
    }

    #[test]
    fn a_key_is_good_for_its_rights_and_no_other_key_is() {
        let (one, other, third) = (new_key(), new_key(), new_key());
        let keys = ServerKeys::new(vec![
            known("beats", &one, &[KeyRight::Beats]),
            known("reader", &other, &[KeyRight::Read, KeyRight::Custom]),
        ]);
        let name = |key: &NewKey, right| keys.caller(key.expose(), right).map(|key| key.name);
        assert_eq!(name(&one, KeyRight::Beats).as_deref(), Ok("beats"));
        assert_eq!(name(&other, KeyRight::Custom).as_deref(), Ok("reader"));
        assert_eq!(name(&other, KeyRight::Beats), Err(Refusal::KeyMayNot));
        assert_eq!(name(&third, KeyRight::Beats), Err(Refusal::KeyUnknown));
    }

    #[test]
    fn keys_are_told_from_tokens_and_do_not_show_themselves() {
        let key = new_key();
        assert!(ServerKeys::is_one(key.expose()));
        assert!(!format!("{key:?}").contains(key.expose()));
        // A token of a user, with the same letters first.
        let token = format!("zk_{}", "a".repeat(41));
        assert_eq!(token.len(), 44);
        for token in [token.as_str(), "", "zk_", "gk_"] {
            assert!(!ServerKeys::is_one(token), "{token}");
        }
    }

    fn new_key() -> NewKey {
        NewKey::random().expect("random")
    }
}
