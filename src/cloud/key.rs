//! Signing keys of apps: how they are read, and how lines are signed and verified with them.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::ecdsa::{EcdsaKey, PublicKey};

/// The secret of an app, as the cloud's console shows it. `Debug` does not print it.
#[derive(Clone)]
pub enum SigningKey {
    /// For version 2: a text. It resembles hex, but its letters are the key and are not decoded.
    Hmac(String),
    /// For version 1: a private key.
    Ecdsa(EcdsaKey),
}

impl SigningKey {
    /// Reads the private key from a PEM file of the cloud's console.
    ///
    /// # Errors
    /// If the file cannot be read or holds no such key. The error text contains nothing of the file.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        let pem = std::fs::read_to_string(path)?;
        let key = EcdsaKey::from_pem(&pem).ok_or_else(|| {
            io::Error::other("it holds no unencrypted PEM of an EC key of secp256k1 or P-256")
        })?;
        warn_if_shared(path);
        Ok(Self::Ecdsa(key))
    }

    pub(super) fn sign(&self, lines: &str) -> Vec<u8> {
        match self {
            Self::Hmac(key) => mac(key, lines).finalize().into_bytes().to_vec(),
            Self::Ecdsa(key) => key.sign(lines.as_bytes()),
        }
    }

    pub(super) fn check(&self) -> CheckKey<'_> {
        match self {
            Self::Hmac(key) => CheckKey::Hmac(key),
            Self::Ecdsa(key) => CheckKey::Ecdsa(key.public()),
        }
    }
}

/// The key that verifies a signature.
pub(super) enum CheckKey<'k> {
    /// Version 2.
    Hmac(&'k str),
    /// Version 1.
    Ecdsa(PublicKey),
}

impl CheckKey<'_> {
    /// Whether `sig` is a signature of those lines. An HMAC is compared in constant time.
    pub(super) fn verify(&self, lines: &str, sig: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => mac(key, lines).verify_slice(sig).is_ok(),
            Self::Ecdsa(key) => key.verify(lines.as_bytes(), sig),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

fn mac(key: &str, lines: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(lines.as_bytes());
    mac
}

/// Warns if other users can read the private key. Only its owner can change that, so it works anyway.
fn warn_if_shared(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let shared = |file: std::fs::Metadata| file.permissions().mode() & 0o077 != 0;
        if path.metadata().is_ok_and(shared) {
            tracing::warn!(file = %path.display(), "this private key can be read by others than its owner; chmod 600 it");
        }
    }
}

/// A new key of the kind that [`SigningKey::Hmac`] takes.
///
/// # Errors
/// If the system has no random bits.
pub fn new_key() -> io::Result<String> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(io::Error::other)?;
    Ok(base16ct::lower::encode_string(&bits))
}

/// Reads a key that the server made for itself from that file, or makes the file, readable by its owner
/// only. The file keeps signatures the same over restarts.
///
/// # Errors
/// If the file can be neither read nor made, or holds no key.
pub fn kept_key(path: &Path) -> io::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(key) if key.trim().is_empty() => {
            Err(io::Error::other("the key file is empty; delete it"))
        }
        Ok(key) => Ok(key.trim().to_owned()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => make_key(path),
        Err(cause) => Err(cause),
    }
}

/// The key is written under another name first, so that a start that is killed leaves no file without a
/// key.
fn make_key(path: &Path) -> io::Result<String> {
    let key = new_key()?;
    let unfinished = path.with_added_extension("new");
    match std::fs::remove_file(&unfinished) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    Ok(key)
}
