//! UserSigs, checked as the cloud checks them: version 2 with HMAC-SHA256 and the app's key,
//! version 1 with ECDSA and its private key.

use std::io::Read;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use k256::ecdsa::signature::Verifier;
use k256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::client::{Answer, PASSWORD};
use crate::server::{Server, eventually};

const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

/// The private key of an app, made for these tests.
const PEM: &str = include_str!("../fixtures/key-secp256k1.pem");

/// The members of a login's UserSig.
pub(crate) fn user_sig(answer: Answer) -> Value {
    unpack(answer.ok()["userSig"].as_str().expect("a text"))
}

/// The members of a signature.
pub(crate) fn unpack(text: &str) -> Value {
    let text = text.replace('*', "+").replace('-', "/").replace('_', "=");
    let packed = STANDARD.decode(text).expect("base64");
    let mut json = String::new();
    let read = flate2::read::ZlibDecoder::new(&*packed).read_to_string(&mut json);
    read.expect("zlib");
    serde_json::from_str(&json).expect("JSON")
}

#[test]
fn a_login_is_signed_with_the_key_of_its_app_and_other_apps_are_refused() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let apps = format!(
        "[cloud]\ndefault_appid = 1400000007\napps = [{{ appid = 1400000007, usersig_key = \"{KEY}\" }}]\n"
    );
    std::fs::write(folder.path().join("zaibo.toml"), apps).expect("a file");
    let server = Server::start_in(folder, &[]);
    let (client, id) = (server.client(), "直播 user");
    client.regist(id, PASSWORD).ok();
    let login = |app: Value| {
        client.post(
            "account",
            "login",
            &json!({"id": id, "pwd": PASSWORD, "appid": app}),
        )
    };
    for app in [json!(1_400_000_007), json!("1400000007"), json!(null)] {
        let sig = user_sig(login(app));
        let text = format!(
            "TLS.identifier:{id}\nTLS.sdkappid:1400000007\nTLS.time:{}\nTLS.expire:{}\n",
            sig["TLS.time"], sig["TLS.expire"],
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("a key");
        mac.update(text.as_bytes());
        assert_eq!(sig["TLS.sig"], STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(
            (&sig["TLS.ver"], &sig["TLS.identifier"]),
            (&"2.0".into(), &id.into())
        );
        assert_eq!(sig["TLS.sdkappid"], 1_400_000_007);
        assert!(
            sig["TLS.expire"]
                .as_i64()
                .is_some_and(|seconds| seconds >= 86_400),
            "{sig}"
        );
    }
    for other in [json!(7), json!("7"), json!("1400000008")] {
        login(other).says(10003, "Invalid appid");
    }
}

#[test]
fn an_app_with_a_private_key_signs_with_it() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let pem = folder.path().join("key.pem");
    std::fs::write(&pem, PEM).expect("a file");
    let shared = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&pem, shared).expect("rights");
    let apps = "[cloud]\napps = [{ appid = 1400000007, usersig_private_key_file = \"key.pem\" }]\n";
    std::fs::write(folder.path().join("zaibo.toml"), apps).expect("a file");
    let server = Server::start_in(folder, &[]);
    let (client, id) = (server.client(), "user");
    client.regist(id, PASSWORD).ok();
    let sig = user_sig(client.login(id, PASSWORD));
    let lines: String = [
        "TLS.appid_at_3rd",
        "TLS.account_type",
        "TLS.identifier",
        "TLS.sdk_appid",
        "TLS.time",
        "TLS.expire_after",
    ]
    .map(|name| format!("{name}:{}\n", sig[name].as_str().expect("a text")))
    .concat();
    let der = STANDARD.decode(sig["TLS.sig"].as_str().expect("a text"));
    let signature = Signature::from_der(&der.expect("base64")).expect("a signature");
    let key = &PEM[PEM.find("-----BEGIN EC PRIVATE KEY").expect("a key")..];
    let key = SigningKey::from(k256::SecretKey::from_sec1_pem(key).expect("a key"));
    let checked = key.verifying_key().verify(lines.as_bytes(), &signature);
    checked.expect("the signature is one of these lines");
    assert_eq!(
        (&sig["TLS.identifier"], &sig["TLS.sdk_appid"]),
        (&json!(id), &json!("1400000007"))
    );
    eventually("a warning that others can read it", || {
        server.log().contains("key.pem").then_some(())
    });
}
