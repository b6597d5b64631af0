//! UserSig v2: the signature with which a user logs in to the cloud's SDK.
//!
//! A JSON object, signed with HMAC-SHA256 over some of its members, then zlib, then base64 with
//! three letters exchanged. The cloud takes the key as text: it looks like hex and is not decoded.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::domain::{AppId, Uid};

/// How long a signature is good, in seconds: 180 days, as the original's.
const LIFE_S: i64 = 15_552_000;

/// The secret of an app. It does not show itself.
#[derive(Clone)]
pub struct SigningKey(String);

impl SigningKey {
    /// A key as the cloud's console shows it.
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// Signs for the apps it has keys for.
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

    /// Signs for every app, with a key that the cloud does not know: everything works but the
    /// cloud itself.
    pub fn demo(default: AppId, key: SigningKey) -> Self {
        Self {
            default,
            keys: Keys::Demo(key),
        }
    }

    /// The app to sign for: the one that was asked for, else the default one, else the first. None
    /// if there is no key for it.
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
    /// A signature for a user, good for 180 days from `now` in seconds since 1970.
    pub fn sign(&self, uid: &Uid, now: i64) -> String {
        let app = self.app.get();
        let signed = format!(
            "TLS.identifier:{uid}\nTLS.sdkappid:{app}\nTLS.time:{now}\nTLS.expire:{LIFE_S}\n"
        );
        let sig = mac(self.key, &signed);
        pack(&UserSig {
            version: "2.0",
            identifier: uid.as_str(),
            app,
            expire: LIFE_S,
            time: now,
            sig: &sig,
        })
    }
}

#[derive(Serialize)]
struct UserSig<'a> {
    #[serde(rename = "TLS.ver")]
    version: &'a str,
    #[serde(rename = "TLS.identifier")]
    identifier: &'a str,
    #[serde(rename = "TLS.sdkappid")]
    app: u32,
    #[serde(rename = "TLS.expire")]
    expire: i64,
    #[serde(rename = "TLS.time")]
    time: i64,
    #[serde(rename = "TLS.sig")]
    sig: &'a str,
}

fn mac(key: &SigningKey, text: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.0.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn pack(sig: &UserSig<'_>) -> String {
    let json = serde_json::to_vec(sig).expect("a struct of texts and numbers");
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer
        .write_all(&json)
        .expect("memory takes what is written");
    let packed = packer.finish().expect("memory takes what is written");
    // The cloud's own choice of letters that need no escaping in an address.
    STANDARD
        .encode(packed)
        .replace('+', "*")
        .replace('/', "-")
        .replace('=', "_")
}

/// The demo key in that file, which is made if it is not there, readable by its owner alone. With
/// it, signatures stay the same over restarts.
///
/// # Errors
/// If the file can neither be read nor made, or holds no key.
pub fn demo_key(path: &Path) -> io::Result<SigningKey> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let mut bits = [0; 32];
            getrandom::fill(&mut bits).map_err(io::Error::other)?;
            let key: String = bits.iter().map(|byte| format!("{byte:02x}")).collect();
            file.write_all(key.as_bytes())?;
            file.sync_all()?;
            Ok(SigningKey(key))
        }
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            let mut key = String::new();
            std::fs::File::open(path)?.read_to_string(&mut key)?;
            match key.trim() {
                "" => Err(io::Error::other("the demo key file is empty; delete it")),
                key => Ok(SigningKey(key.to_owned())),
            }
        }
        Err(cause) => Err(cause),
    }
}

#[cfg(test)]
mod tests {
    use flate2::read::ZlibDecoder;
    use serde_json::Value;

    use super::*;

    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

    /// What the cloud's own library made with its clock at 1 600 000 000, for app 1 400 000 000 and
    /// user `xiaojun`: a user's signature, one for a numeric room, one for a room with a name.
    const PUBLISHED: [&str; 3] = [
        "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkKjIT87NK82CSxSnZiQUFmSlAKUMTAyiAyqVWFGQWpYJkTE1NjRDiJZm5YFEzNPXFmekgGwyjTAPy0l2y3BNL01KDMwPynUorUjwizV29jb1CUhyzfAMsjYNNvMvCjH1tlWoBGhAzGw__",
        "eJxdjt0KgkAQRl8l9jpElywJupAwIzIUhdI7zdHWv9Z1DS1699SsoO9m4JwZ5nsgZ28LN2BoOUFYENF0MhASQsFJRN6iIf41qYuPrMLUp5SEnZJm4pjRQUMJg97Isox-nJN8oPO--boCFtRR-0VV1S3o2SXAVAqyQ*vEHVmfLVfjoPYxlWF8a5C4P7MsVzlSkxf3hevZOqZgJelpU7ZZGZsGeDljO19j1Gi0FXq*AP1VRm0_",
        "eJxdjk0LgkAURf*KzLYQtZQKXCiUIWVGutDdmKOOmY7fSvTfy9EKuqvHORfefQDrcGEbVIANAwSWA3OGEuyjtMIBHkWHYRbX6UeW-g0Sgv234pfclMmhjuACDUYUReHHK3ynVPrr1yUqvDoYvihnZY*0JPIEwnuJ0VuhQuNsK0QPczUCxY1cTc*h0MrfSTikQ8vQKuFu0Ts5b2WGpzaRFNun2RrFgXolrSZl0K6OgalzMni*AFMiSXo_",
    ];

    fn unpack(sig: &str) -> Value {
        let packed = STANDARD
            .decode(sig.replace('*', "+").replace('-', "/").replace('_', "="))
            .expect("base64");
        serde_json::from_reader(ZlibDecoder::new(&*packed)).expect("JSON")
    }

    fn app(number: i64) -> AppId {
        AppId::new(number).expect("valid")
    }

    fn xiaojun() -> Uid {
        Uid::parse("xiaojun").expect("valid")
    }

    #[test]
    fn every_published_signature_unpacks_and_is_the_one_we_compute() {
        let key = SigningKey::new(KEY.to_owned());
        for published in PUBLISHED {
            let members = unpack(published);
            let text = |name: &str| match &members[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let lines = [
                "TLS.identifier",
                "TLS.sdkappid",
                "TLS.time",
                "TLS.expire",
                "TLS.userbuf",
            ];
            let present = lines
                .into_iter()
                .filter(|name| members.get(*name).is_some());
            let signed: String = present
                .map(|name| format!("{name}:{}\n", text(name)))
                .collect();
            assert_eq!(mac(&key, &signed), text("TLS.sig"));
        }
    }

    #[test]
    fn our_signature_has_the_members_of_the_published_one() {
        let signer = UserSigner::demo(app(1_400_000_000), SigningKey::new(KEY.to_owned()));
        let ours = signer
            .app(None)
            .expect("any app")
            .sign(&xiaojun(), 1_600_000_000);
        assert_eq!(unpack(&ours), unpack(PUBLISHED[0]));
        assert_eq!(
            unpack(&ours)["TLS.sig"],
            "1Z5PngDjGaufeSiPoBuxdHY7EK3JTdAjMP93S4KvV3M="
        );
        assert!(!ours.contains(['+', '/', '=']));
    }

    #[test]
    fn only_configured_apps_are_signed_for_and_without_any_all_are() {
        let key = || SigningKey::new(KEY.to_owned());
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

    #[test]
    fn a_demo_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("key");
        let made = demo_key(&path).expect("made");
        assert_eq!(made.0.len(), 64);
        assert_eq!(demo_key(&path).expect("read").0, made.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(
            format!("{:?}", SigningKey::new(KEY.to_owned())),
            "SigningKey(…)"
        );
    }
}
