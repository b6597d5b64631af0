//! Guests: people who watch without an account. A guest's token is signed and carries all that is known of
//! them, so nothing of them is stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Token;
use crate::domain::{Refusal, Uid, UnixTime};
use crate::error::Fault;

/// How a guest's token begins; that of a user begins with `z`.
const MARK: &str = "g";

/// Seconds for which a token is good.
const LIFE_S: i64 = 24 * 60 * 60;

/// The parts of a token: when it ends, the letters of the id, and the signature of both.
const END: usize = 8;
const SIGNED: usize = END + Uid::GUEST_LETTERS;
const LENGTH: usize = SIGNED + 32;

/// A guest. A value of this type proves that the token was checked.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Their id, which nobody can register.
    pub uid: Uid,
    /// A number of their own, as random as their token.
    pub spread: u8,
    /// When their token ends.
    ends_at: UnixTime,
}

impl Guest {
    /// Whether their token is still valid.
    ///
    /// # Errors
    /// [`Refusal::TokenTooOld`]
    pub fn still(&self, now: UnixTime) -> Result<(), Refusal> {
        if now < self.ends_at {
            Ok(())
        } else {
            Err(Refusal::TokenTooOld)
        }
    }
}

/// Signs the tokens of guests and checks them. There is no `Debug`, so that the key cannot reach the log.
pub struct GuestTokens {
    key: String,
}

impl GuestTokens {
    /// Seconds for which a token is good.
    pub const LIFE_S: i64 = LIFE_S;

    /// Signs with that key, which has to stay the same over restarts.
    pub fn new(key: String) -> Self {
        Self { key }
    }

    /// Whether a text would be the token of a guest, and not of a user.
    pub fn is_one(token: &str) -> bool {
        token.starts_with(MARK)
    }

    /// A new guest and their token.
    ///
    /// # Errors
    /// If the system has no random bits.
    pub fn issue(&self, now: UnixTime) -> Result<(Uid, Token), Fault> {
        let letters = letters()?;
        let ends_at = now.as_secs().saturating_add(LIFE_S);
        let mut bytes = ends_at.to_be_bytes().to_vec();
        bytes.extend_from_slice(&letters);
        let signature = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&signature);
        let token = format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bytes));
        Ok((Uid::guest(letters), Token(token)))
    }

    /// The guest of a token. The signature is compared in constant time.
    ///
    /// # Errors
    /// [`Refusal::TokenUnknown`] if it was not signed here; [`Refusal::TokenTooOld`] if its time is over.
    pub fn check(&self, token: &str, now: UnixTime) -> Result<Guest, Refusal> {
        let bytes = token
            .strip_prefix(MARK)
            .map(|text| URL_SAFE_NO_PAD.decode(text));
        let bytes: Option<[u8; LENGTH]> = bytes.and_then(|bytes| bytes.ok()?.try_into().ok());
        let bytes = bytes.ok_or(Refusal::TokenUnknown)?;
        let (signed, signature) = bytes.split_at(SIGNED);
        let (end, letters) = signed.split_at(END);
        let is_ours = self.mac(signed).verify_slice(signature).is_ok();
        let parts = is_ours.then(|| Some((end.try_into().ok()?, letters.try_into().ok()?)));
        let (end, letters) = parts.flatten().ok_or(Refusal::TokenUnknown)?;
        let guest = Guest {
            uid: Uid::guest(letters),
            spread: signature[0],
            ends_at: UnixTime::from_secs(i64::from_be_bytes(end)),
        };
        guest.still(now)?;
        Ok(guest)
    }

    fn mac(&self, signed: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(signed);
        mac
    }
}

/// Random letters, each as likely as the others.
fn letters() -> Result<[u8; Uid::GUEST_LETTERS], Fault> {
    /// The largest multiple of 26 that a byte holds.
    const FAIR: u8 = 234;
    let mut letters = [0; Uid::GUEST_LETTERS];
    for letter in &mut letters {
        let mut byte = [FAIR];
        while byte[0] >= FAIR {
            getrandom::fill(&mut byte).map_err(|cause| Fault::new("naming a guest", cause))?;
        }
        *letter = b'a' + byte[0] % 26;
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_secs(secs)
    }

    fn issued() -> (GuestTokens, Uid, Token) {
        let tokens = GuestTokens::new("a key".to_owned());
        let (uid, token) = tokens.issue(at(NOW)).expect("random");
        (tokens, uid, token)
    }

    #[test]
    fn a_token_names_its_guest_for_a_day() {
        let (tokens, uid, token) = issued();
        assert!(uid.is_guest(), "{uid}");
        assert!(GuestTokens::is_one(token.as_str()));
        let guest = |now| tokens.check(token.as_str(), at(now)).map(|guest| guest.uid);
        assert_eq!(guest(NOW + LIFE_S - 1), Ok(uid));
        assert_eq!(guest(NOW + LIFE_S), Err(Refusal::TokenTooOld));
    }

    #[test]
    fn no_letter_of_a_token_can_be_changed_and_no_other_key_signs() {
        let (tokens, _, token) = issued();
        let text = token.as_str();
        for at_letter in 0..text.len() {
            let mut other = text.as_bytes().to_vec();
            // The last letter has two bits that mean nothing; decoding refuses them if they are set.
            other[at_letter] = if other[at_letter] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("text");
            let checked = tokens.check(&other, at(NOW));
            assert_eq!(checked.err(), Some(Refusal::TokenUnknown), "{at_letter}");
        }
        for wrong in ["", "g", "gAAAA", "z", &text[1..], &format!("{text}A")] {
            assert!(tokens.check(wrong, at(NOW)).is_err(), "{wrong}");
        }
        let others = GuestTokens::new("another key".to_owned());
        assert!(others.check(text, at(NOW)).is_err());
    }

    #[test]
    fn every_guest_is_another_one() {
        let tokens = GuestTokens::new("a key".to_owned());
        let ids: std::collections::HashSet<_> = (0..1000)
            .map(|_| tokens.issue(at(NOW)).expect("random").0)
            .collect();
        assert_eq!(ids.len(), 1000);
    }
}
