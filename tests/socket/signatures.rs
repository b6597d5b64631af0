//! UserSigs as the cloud checks them: version 2, HMAC-SHA256 with the key of the app.

use std::io::Read;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::client::{Answer, PASSWORD};
use crate::server::Server;

const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

/// What a login's UserSig says.
pub(crate) fn user_sig(answer: Answer) -> Value {
    let data = answer.ok();
    let text = data["userSig"].as_str().expect("a text");
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
