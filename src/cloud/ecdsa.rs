//! ECDSA with SHA-256 on the two curves of the cloud's keys: secp256k1 (older) and P-256 (newer).

use k256::ecdsa::signature::{Signer, Verifier};
use k256::pkcs8::DecodePrivateKey;

/// A private key.
#[derive(Clone)]
pub struct EcdsaKey(Secret);

#[derive(Clone)]
enum Secret {
    K256(k256::ecdsa::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

/// The public key of a private key.
#[derive(Clone, Copy)]
pub(super) enum PublicKey {
    K256(k256::ecdsa::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
}

impl EcdsaKey {
    /// Reads the private key from a PEM text: SEC1, perhaps after a block of parameters as `openssl
    /// ecparam -genkey` writes it, or PKCS8. `None` if there is no key of one of the two curves.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        let secret = if let Some(block) = block(text, "EC PRIVATE KEY") {
            let k256 = || k256::SecretKey::from_sec1_pem(block).map(|key| Secret::K256(key.into()));
            let p256 = || p256::SecretKey::from_sec1_pem(block).map(|key| Secret::P256(key.into()));
            k256().or_else(|_| p256()).ok()?
        } else {
            let block = block(text, "PRIVATE KEY")?;
            let k256 =
                || k256::SecretKey::from_pkcs8_pem(block).map(|key| Secret::K256(key.into()));
            let p256 =
                || p256::SecretKey::from_pkcs8_pem(block).map(|key| Secret::P256(key.into()));
            k256().or_else(|_| p256()).ok()?
        };
        Some(Self(secret))
    }

    /// A signature in DER. The same message always gives the same signature (RFC 6979).
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Secret::K256(key) => {
                let sig: k256::ecdsa::Signature = key.sign(message);
                sig.to_der().as_bytes().to_vec()
            }
            Secret::P256(key) => {
                let sig: p256::ecdsa::Signature = key.sign(message);
                sig.to_der().as_bytes().to_vec()
            }
        }
    }

    pub(super) fn public(&self) -> PublicKey {
        match &self.0 {
            Secret::K256(key) => PublicKey::K256(*key.verifying_key()),
            Secret::P256(key) => PublicKey::P256(*key.verifying_key()),
        }
    }
}

impl PublicKey {
    /// Whether `der` is a signature, in DER, of that message.
    pub(super) fn verify(&self, message: &[u8], der: &[u8]) -> bool {
        match self {
            // Two signatures of a message are equivalent on this curve. The library accepts only the
            // one with the smaller number, but OpenSSL makes either.
            Self::K256(key) => k256::ecdsa::Signature::from_der(der)
                .is_ok_and(|sig| key.verify(message, &sig.normalize_s()).is_ok()),
            Self::P256(key) => p256::ecdsa::Signature::from_der(der)
                .is_ok_and(|sig| key.verify(message, &sig).is_ok()),
        }
    }
}

/// The PEM block with that label, from its first line to its last.
fn block<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    let (first, last) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let text = &text[text.find(&first)?..];
    Some(&text[..text.find(&last)? + last.len()])
}
