//! Tests of signatures: containers made by the cloud's own libraries, and ours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k256::pkcs8::DecodePublicKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::ecdsa::{EcdsaKey, PublicKey};
use super::key::CheckKey;
use super::tls_sig::{deflate, inflate, is_good};
use super::{KeyedRoom, RoomKey, SigningApp, SigningKey, UserSigner, kept_key};
use crate::domain::{AppId, Privileges, RoomNum, Uid};

const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
const APP: i64 = 1_400_000_000;
const MADE: i64 = 1_600_000_000;
const LIFE: i64 = 15_552_000;

/// A container of version 2 that the cloud's own library made for `xiaojun` when its clock was at
/// [`MADE`], with its `TLS.sig` and the bytes of its `TLS.userbuf`.
struct Published {
    container: &'static str,
    sig: &'static str,
    userbuf: Option<&'static str>,
}

const USER: Published = Published {
    container: "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkKjIT87NK82CSxSnZiQUFmSlAKUMTAyiAyqVWFGQWpYJkTE1NjRDiJZm5YFEzNPXFmekgGwyjTAPy0l2y3BNL01KDMwPynUorUjwizV29jb1CUhyzfAMsjYNNvMvCjH1tlWoBGhAzGw__",
    sig: "1Z5PngDjGaufeSiPoBuxdHY7EK3JTdAjMP93S4KvV3M=",
    userbuf: None,
};
const NUMERIC_ROOM: Published = Published {
    container: "eJxdjt0KgkAQRl8l9jpElywJupAwIzIUhdI7zdHWv9Z1DS1699SsoO9m4JwZ5nsgZ28LN2BoOUFYENF0MhASQsFJRN6iIf41qYuPrMLUp5SEnZJm4pjRQUMJg97Isox-nJN8oPO--boCFtRR-0VV1S3o2SXAVAqyQ*vEHVmfLVfjoPYxlWF8a5C4P7MsVzlSkxf3hevZOqZgJelpU7ZZGZsGeDljO19j1Gi0FXq*AP1VRm0_",
    sig: "QQY8WpPtnz7YZSG2peQjkXFqylqgPMeZmrrJaErpMxE=",
    userbuf: Some("0000077869616f6a756e53724e0000002710604b5e00000000ff00000000"),
};
const TEXT_ROOM: Published = Published {
    container: "eJxdjk0LgkAURf*KzLYQtZQKXCiUIWVGutDdmKOOmY7fSvTfy9EKuqvHORfefQDrcGEbVIANAwSWA3OGEuyjtMIBHkWHYRbX6UeW-g0Sgv234pfclMmhjuACDUYUReHHK3ynVPrr1yUqvDoYvihnZY*0JPIEwnuJ0VuhQuNsK0QPczUCxY1cTc*h0MrfSTikQ8vQKuFu0Ts5b2WGpzaRFNun2RrFgXolrSZl0K6OgalzMni*AFMiSXo_",
    sig: "xsgTsaF3yYq1ToNbBvh6jUO+9ejfBcpwG6oaUtMfPJ0=",
    userbuf: Some("0100077869616f6a756e53724e0000000000604b5e00000000ff0000000000066164626a6b6c"),
};

/// A container of version 1 from the tests of the cloud's own libraries, and the public key (SPKI) that
/// verifies it; both keys are on P-256. In the first container the base64 of the signature has line
/// breaks.
struct Published1 {
    container: &'static str,
    public: &'static str,
    app: i64,
    user: &'static str,
    made: i64,
    life: i64,
}

const OF_2018: [Published1; 2] = [
    Published1 {
        container: "eJxNjV1PgzAUhv8LtxotBVIw8QImLihIpJKAWUI6KKQulK6UMWf87wIZiefuvB-P*6N9hPiurw4FEYJV2oOmmwAAZDsO0m4Xk54Fk7QgtaJy9i3LglPk6i61gqjCkHN7lRVr6RKGBjSBjVYYqyhXrGYLilQt4yunLLuBq0J9C-qP07Nm*iI-3QRbj7jHEbPYG17D9Dn4wqpuzk8JdqC4uUSN7xGujJcQy8hlvntvh5skE43aB3lWDmGXv53QMaM7ueNIHMwkRvuR4HRsP9*3cf4469fRE5U96-g0DIFu6dAA82m-f-HNW5Q_",
        public: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBH5u4BnS8+O4Ka510XU8SKKzDxUQbrPwRg9b+YeeP/iPZn3D9eeNs22phtlj9w/5N3Sy73g9td2Y4MCONt3MwA==",
        app: 1_400_078_997,
        user: "admin",
        made: 1_523_240_877,
        life: 15_552_000,
    },
    Published1 {
        container: "eJxlz11PgzAYBeB7fkXDLUZbSqPd3dyHw4HJMoiZN01DO2mmUEsHlsX-bmQmI9nt*5ycN*fkAQD8LNne8qKoj5Vl1mnpgwnwoX9zQa2VYNwybMQVym*tjGR8b6UZMCQ0hHAcUUJWVu3VfwCNqBEHNtRfi3ofbuliN4s386WrVzOS9228Cnpxl96-LfkLdfN*lzwZXXYugjzLzEfjpnE5feavMv2iQbsVBG-WCeWHI4R5UYpcarVYl-hRo0x1gelGL636PI9HBOMQRQ8oGmkrTaPq6rwRIoJCSOHfUO-H*wVAW1nJ",
        public: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmAeEcipI6pcgR+egd5GM6F35XveJagHwdlx2f4PkTdGBzLOfMyU52lDF8ZFg00EE06QyQ7nB1GsZyXVKBkRGrg==",
        app: 1,
        user: "1",
        made: 1_533_214_814,
        life: 2_592_000,
    },
];

/// A key as `openssl ecparam -name secp256k1 -genkey` writes it, the same key as PKCS8, and a P-256
/// key.
const K256: &str = include_str!("../../tests/fixtures/key-secp256k1.pem");
const K256_PKCS8: &str = include_str!("../../tests/fixtures/key-secp256k1-pkcs8.pem");
const P256: &str = include_str!("../../tests/fixtures/key-p256.pem");

/// A key of another curve.
const P384: &str = "-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDC31+V3NI6JTY8+ax7HvMPPSyjw4wMgEg/bvf3IgIQ7lEcZt0Jf5uzH
5hJukdW4VTGgBwYFK4EEACKhZANiAARP04k68JuvLUNEsqP9K+NuJ7+IRQkmfNEu
XpTqZwCDlO4nZB3Jq+bjRWMN9HsQiFKKXvNzDiZkr7J/R7pVluW3ikhmI6SBdzbc
GfN8h1MEzCJn4WkzRtU/gP0+V7SG3Ag=
-----END EC PRIVATE KEY-----";

/// Two signatures of `hello` that OpenSSL made with the key of secp256k1.
const HIGH: &str = "MEUCID2qrl6jNbGIlli35TUxuL8wOeh/E3SLcIHHqYPdTDtEAiEA1AZ9D8dZBwtWkja2nLJqEbCMgeJBpmQMzlFPDYbgIbA=";
const LOW: &str = "MEUCIQDniNd9ioqyibjmew9hG1A6sL0FvRAp3DQDiFif/HFkBAIgSaS/Yll0qC4OTuzk/zgpn/kZf4W8vut8RckxOPHrn28=";

fn app(number: i64) -> AppId {
    AppId::new(number).expect("valid")
}

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("valid")
}

fn hmac() -> SigningKey {
    SigningKey::Hmac(KEY.to_owned())
}

fn ecdsa(pem: &str) -> SigningKey {
    SigningKey::Ecdsa(EcdsaKey::from_pem(pem).expect("a key"))
}

fn signer(key: SigningKey) -> UserSigner {
    UserSigner::demo(app(APP), key)
}

fn with<T>(key: SigningKey, work: impl FnOnce(SigningApp<'_>) -> T) -> T {
    work(signer(key).app(None).expect("any app"))
}

fn members(container: &str) -> Value {
    inflate(container).expect("a container").into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn userbuf(members: &Value) -> Option<String> {
    let text = members["TLS.userbuf"].as_str()?;
    Some(hex(&STANDARD.decode(text).expect("base64")))
}

fn room_key(user: &Uid, room: KeyedRoom<'_>) -> String {
    let key = RoomKey {
        uid: user,
        room,
        privileges: Privileges::HOST,
        account_type: 0,
        life_s: u32::try_from(LIFE).expect("positive"),
    };
    with(hmac(), |app| app.sign_room_key(&key, MADE))
}

#[test]
fn what_the_clouds_library_made_is_what_we_make() {
    let user = uid("xiaojun");
    let number = RoomNum::new(10000).expect("valid");
    for (published, ours) in [
        (USER, with(hmac(), |app| app.sign(&user, MADE))),
        (NUMERIC_ROOM, room_key(&user, KeyedRoom::Number(number))),
        (TEXT_ROOM, room_key(&user, KeyedRoom::Text("adbjkl"))),
    ] {
        let members = members(&ours);
        assert_eq!(members, self::members(published.container));
        assert_eq!(members["TLS.sig"], published.sig);
        assert_eq!(userbuf(&members).as_deref(), published.userbuf);
        assert!(!ours.contains(['+', '/', '=']));
    }
}

#[test]
fn what_the_clouds_library_made_is_good_for_its_user_and_app_until_it_expires() {
    for Published { container, .. } in [USER, NUMERIC_ROOM, TEXT_ROOM] {
        let good = |key: &str, app, user, now| {
            let key = CheckKey::Hmac(key);
            is_good(container, &key, &uid(user), self::app(app), now)
        };
        assert!(good(KEY, APP, "xiaojun", MADE));
        assert!(good(KEY, APP, "xiaojun", MADE + LIFE));
        assert!(!good(KEY, APP, "xiaojun", MADE + LIFE + 1));
        assert!(!good(KEY, APP, "Xiaojun", MADE));
        assert!(!good(KEY, APP + 1, "xiaojun", MADE));
        assert!(!good(&KEY.to_uppercase(), APP, "xiaojun", MADE));
    }
}

#[test]
fn signatures_of_2018_are_good_for_their_user_and_app_until_they_expire() {
    let [first, second] = OF_2018.map(|published| {
        let der = STANDARD.decode(published.public).expect("base64");
        p256::ecdsa::VerifyingKey::from_public_key_der(&der).expect("a key")
    });
    for (published, key, other) in [(&OF_2018[0], first, second), (&OF_2018[1], second, first)] {
        let Published1 {
            app,
            user,
            made,
            life,
            ..
        } = *published;
        let good = |key, app, user, now| {
            let key = CheckKey::Ecdsa(PublicKey::P256(key));
            is_good(published.container, &key, &uid(user), self::app(app), now)
        };
        assert!(good(key, app, user, made));
        assert!(good(key, app, user, made + life));
        assert!(!good(key, app, user, made + life + 1));
        assert!(!good(key, app, "somebody", made));
        assert!(!good(key, app + 1, user, made));
        assert!(!good(other, app, user, made));
    }
}

#[test]
fn what_we_sign_with_a_private_key_has_the_members_of_the_original_and_is_good() {
    for pem in [K256, K256_PKCS8, P256] {
        let (key, user) = (ecdsa(pem), uid("直播 user"));
        let sig = with(key.clone(), |app| app.sign(&user, MADE));
        let mut members = members(&sig);
        let signed = members
            .as_object_mut()
            .and_then(|members| members.remove("TLS.sig"));
        assert!(signed.is_some_and(|sig| sig.as_str().is_some_and(|sig| sig.starts_with("ME"))));
        assert_eq!(
            members,
            json!({
                "TLS.account_type": "0", "TLS.appid_at_3rd": "0", "TLS.identifier": "直播 user",
                "TLS.sdk_appid": "1400000000", "TLS.time": "1600000000",
                "TLS.expire_after": "15552000", "TLS.version": "201512300000",
            })
        );
        with(key.clone(), |app| {
            assert!(app.verify(&sig, &user, MADE + LIFE));
            assert!(!app.verify(&sig, &user, MADE + LIFE + 1));
            assert!(!app.verify(&sig, &uid("other"), MADE));
        });
        for other in [K256, P256].map(ecdsa).into_iter().chain([hmac()]) {
            let same = with(other.clone(), |app| app.sign(&user, MADE)) == sig;
            assert_eq!(with(other, |app| app.verify(&sig, &user, MADE)), same);
        }
    }
}

#[test]
fn a_room_key_of_version_1_carries_the_same_bytes_as_one_of_version_2() {
    let user = uid("xiaojun");
    let key = RoomKey {
        uid: &user,
        room: KeyedRoom::Number(RoomNum::new(10000).expect("valid")),
        privileges: Privileges::AUDIENCE,
        account_type: 11656,
        life_s: 600,
    };
    let [one, two] = [ecdsa(K256), hmac()].map(|key_of_app| {
        let sig = with(key_of_app.clone(), |app| app.sign_room_key(&key, MADE));
        assert!(with(key_of_app.clone(), |app| app.verify(
            &sig,
            &user,
            MADE + 600
        )));
        assert!(!with(key_of_app, |app| app.verify(&sig, &user, MADE + 601)));
        members(&sig)
    });
    let bytes = "0000077869616f6a756e53724e00000027105f5e12580000002a00002d88";
    assert_eq!(userbuf(&one).as_deref(), Some(bytes));
    assert_eq!(one["TLS.userbuf"], two["TLS.userbuf"]);
    assert_eq!(
        (&one["TLS.expire_after"], &two["TLS.expire"]),
        (&json!("600"), &json!(600))
    );
}

#[test]
fn a_change_of_any_member_that_is_signed_spoils_a_signature() {
    let user = uid("xiaojun");
    let key = RoomKey {
        uid: &user,
        room: KeyedRoom::Text("7"),
        privileges: Privileges::AUDIENCE,
        account_type: 0,
        life_s: 600,
    };
    for key_of_app in [hmac(), ecdsa(K256), ecdsa(P256)] {
        let sig = with(key_of_app.clone(), |app| app.sign_room_key(&key, MADE));
        let whole = members(&sig);
        let names = whole.as_object().expect("members").keys();
        for name in names.filter(|name| !["TLS.ver", "TLS.version"].contains(&&***name)) {
            for value in [
                json!(""),
                json!("1"),
                json!(1_600_000_001),
                json!("0\nTLS.time:1"),
                json!(null),
            ] {
                let mut changed = whole.clone();
                changed[name] = value;
                let good = with(key_of_app.clone(), |app| {
                    app.verify(&deflate(&changed), &user, MADE)
                });
                assert!(!good, "{name}: {changed}");
            }
        }
    }
}

#[test]
fn what_is_no_container_is_not_good_and_a_bomb_is_not_unpacked() {
    let user = uid("xiaojun");
    let mut padded = members(USER.container);
    padded["padding"] = " ".repeat(3000).into();
    let (large, bomb) = (deflate(&padded), {
        padded["padding"] = " ".repeat(1_000_000).into();
        deflate(&padded)
    });
    let cut = &USER.container[..100];
    let plain = STANDARD.encode(b"not zlib");
    with(hmac(), |app| {
        assert!(
            app.verify(&large, &user, MADE),
            "members that are not signed do not matter"
        );
        for text in [
            "",
            "*",
            "{}",
            cut,
            &plain,
            &deflate(&json!([])),
            &deflate(&json!({})),
            &bomb,
        ] {
            assert!(
                !app.verify(text, &user, MADE),
                "{}",
                &text[..text.len().min(20)]
            );
        }
    });
    assert!(bomb.len() < 8192, "it fits, packed");
    assert!(inflate(&bomb).is_none());
    assert!(inflate(&" ".repeat(8193)).is_none());
}

#[test]
fn both_signatures_that_are_one_on_secp256k1_are_taken() {
    // Signatures of `hello` by OpenSSL: one with the larger second number, one with the smaller.
    let public = EcdsaKey::from_pem(K256).expect("a key").public();
    for sig in [HIGH, LOW] {
        let sig = STANDARD.decode(sig).expect("base64");
        assert!(public.verify(b"hello", &sig));
        assert!(!public.verify(b"Hello", &sig));
        assert!(!public.verify(b"hello", &sig[..sig.len() - 1]));
    }
}

#[test]
fn a_private_key_is_read_as_openssl_writes_it_and_nothing_else_is() {
    let crlf = K256.replace('\n', "\r\n");
    let without_end = K256.replace("-----END EC PRIVATE KEY-----", "");
    let parameters_only = &K256[..K256.find("-----BEGIN EC PRIVATE").expect("a key")];
    for good in [K256, K256_PKCS8, P256, &crlf] {
        assert!(EcdsaKey::from_pem(good).is_some(), "{good}");
    }
    for bad in [
        "",
        KEY,
        &without_end,
        parameters_only,
        P384,
        &K256.replace("MHQC", "MHQD"),
    ] {
        assert!(EcdsaKey::from_pem(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_fault_of_a_key_file_says_nothing_of_what_is_in_it() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("key.pem");
    assert!(SigningKey::from_file(&path).is_err());
    std::fs::write(&path, P384).expect("written");
    let fault = SigningKey::from_file(&path).expect_err("another curve");
    assert!(fault.to_string().contains("secp256k1"), "{fault}");
    assert!(!fault.to_string().contains("MIGk"), "{fault}");
    std::fs::write(&path, K256).expect("written");
    assert!(matches!(
        SigningKey::from_file(&path),
        Ok(SigningKey::Ecdsa(_))
    ));
}

#[test]
fn a_demo_key_is_made_once_for_its_owner_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("key");
    let text = || kept_key(&path).expect("a key");
    let made = text();
    assert_eq!(made.len(), 64);
    assert_eq!(text(), made);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_key_does_not_show_itself() {
    for key in [hmac(), ecdsa(K256)] {
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_check_panic(text in ".{0,200}", members in "[\\x20-\\x7e]{0,100}") {
        let user = uid("xiaojun");
        with(hmac(), |app| {
            let container = deflate(&json!({"TLS.identifier": "xiaojun", "TLS.time": members}));
            for text in [text, container] {
                prop_assert!(!app.verify(&text, &user, MADE));
            }
            Ok(())
        })?;
    }
}
