//! UserSigs: the apps that can be signed for, and the key of each.
//!
//! A UserSig is the signature with which a user logs in to the cloud's SDK. The key of an app is a text
//! (version 2, used today) or a private key (version 1, for apps from before 2019).

use super::key::SigningKey;
use super::room_key::RoomKey;
use super::tls_sig::{Claims, is_good, pack};
use crate::domain::{AppId, Uid};

/// How long a user's signature is valid, in seconds: 180 days, as in the original.
const LIFE_S: i64 = 15_552_000;

/// How long a signature for this server's own use is valid, in seconds.
const OWN_LIFE_S: i64 = 3600;

/// Signs for the apps that it has keys for.
#[derive(Debug)]
pub struct UserSigner {
    default: AppId,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Configured(Vec<(AppId, SigningKey)>),
    Demo(SigningKey),
}

/// An app that can be signed for.
#[derive(Clone, Copy, Debug)]
pub struct SigningApp<'k> {
    app: AppId,
    key: &'k SigningKey,
}

impl UserSigner {
    /// Signs for these apps and no other.
    pub fn configured(default: AppId, apps: Vec<(AppId, SigningKey)>) -> Self {
        Self {
            default,
            keys: Keys::Configured(apps),
        }
    }

    /// Signs for every app, with a key that the cloud does not know. Everything works except the cloud
    /// itself.
    pub fn demo(default: AppId, key: SigningKey) -> Self {
        Self {
            default,
            keys: Keys::Demo(key),
        }
    }

    /// The app to sign for: `asked` if it is given, else the default one, else the first one. `None` if
    /// there is no key for it.
    pub fn app(&self, asked: Option<AppId>) -> Option<SigningApp<'_>> {
        let wanted = asked.unwrap_or(self.default);
        match &self.keys {
            Keys::Demo(key) => Some(SigningApp { app: wanted, key }),
            Keys::Configured(apps) => {
                let named = apps.iter().find(|(app, _)| *app == wanted);
                let found = if asked.is_none() {
                    named.or(apps.first())
                } else {
                    named
                };
                found.map(|(app, key)| SigningApp { app: *app, key })
            }
        }
    }
}

impl SigningApp<'_> {
    /// The cloud's number for the app.
    pub fn id(&self) -> AppId {
        self.app
    }

    /// A signature for a user, valid for 180 days from `now`, in seconds since 1970.
    pub fn sign(&self, uid: &Uid, now: i64) -> String {
        self.pack(uid, now, LIFE_S, None)
    }

    /// A signature for an account with which this server itself calls the cloud, valid for an hour from
    /// `now`, in seconds since 1970.
    pub(super) fn sign_for_own_use(&self, uid: &Uid, now: i64) -> String {
        self.pack(uid, now, OWN_LIFE_S, None)
    }

    /// A signature that carries a room key, valid from `now`, in seconds since 1970, for as long as the
    /// key.
    pub fn sign_room_key(&self, key: &RoomKey<'_>, now: i64) -> String {
        let userbuf = key.userbuf(self.app, now);
        self.pack(key.uid, now, key.life_s.into(), Some(userbuf))
    }

    /// Whether `sig` is a signature of this app for that user and still valid at `now`, in seconds
    /// since 1970.
    pub fn verify(&self, sig: &str, uid: &Uid, now: i64) -> bool {
        is_good(sig, &self.key.check(), uid, self.app, now)
    }

    fn pack(&self, uid: &Uid, time: i64, life_s: i64, userbuf: Option<Vec<u8>>) -> String {
        let claims = Claims {
            uid,
            app: self.app,
            time,
            life_s,
            userbuf,
        };
        pack(&claims, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(number: i64) -> AppId {
        AppId::new(number).expect("valid")
    }

    #[test]
    fn only_configured_apps_are_signed_for_and_without_any_all_are() {
        let key = || SigningKey::Hmac("key".to_owned());
        let configured = UserSigner::configured(app(5), vec![(app(7), key()), (app(8), key())]);
        assert_eq!(
            configured.app(Some(app(8))).map(|signing| signing.app),
            Some(app(8))
        );
        assert_eq!(
            configured.app(None).map(|signing| signing.app),
            Some(app(7))
        );
        assert!(configured.app(Some(app(9))).is_none());
        assert!(UserSigner::demo(app(5), key()).app(Some(app(9))).is_some());
    }
}
