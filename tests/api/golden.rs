//! Golden files: one for each quirk of the wire, with its source, as exchanges byte for byte, at both addresses
//! of each command.
//!
//! In a file, `<anna>` stands for the token of a user. The user registers and logs in where they
//! are first named. Values in an answer that are secret or new each time are shown as `<…>`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    quirk: String,
    source: String,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// `POST` if the file gives no method.
    #[serde(default)]
    method: Option<String>,
    /// `svc/cmd`.
    send: String,
    /// The body, exactly as on the wire.
    body: String,
    /// The answer, exactly as on the wire.
    answer: String,
}

#[actix_web::test]
async fn every_quirk_is_answered_as_its_golden_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    assert!(files.len() >= 20, "the golden files were not found");
    for file in files {
        let golden = serde_json::from_str(&fs::read_to_string(&file).expect("text"))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_name().expect("a name").to_string_lossy();
        for address in [
            |svc: &str, cmd: &str| format!("/sxb/index.php?svc={svc}&cmd={cmd}"),
            |svc: &str, cmd: &str| format!("/v1/{svc}/{cmd}"),
        ] {
            replay(&golden, address, &name).await;
        }
    }
}

async fn replay(golden: &Golden, address: fn(&str, &str) -> String, file: &str) {
    assert!(
        !golden.quirk.is_empty() && !golden.source.is_empty(),
        "{file}: say what and from where"
    );
    assert!(!golden.exchanges.is_empty(), "{file}: nothing is exchanged");
    let world = World::new().await;
    let mut tokens = HashMap::new();
    for exchange in &golden.exchanges {
        let mut body = exchange.body.clone();
        while let Some((name, _)) = body
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
        {
            let name = name.to_owned();
            if !tokens.contains_key(&name) {
                let token = world.join(&name).await;
                tokens.insert(name.clone(), token);
            }
            body = body.replace(&format!("<{name}>"), &tokens[&name]);
        }
        let (svc, cmd) = exchange.send.split_once('/').expect("svc/cmd");
        let method = exchange.method.as_deref().unwrap_or("POST");
        let method = method.parse().expect("a method");
        let answer = world.request(method, &address(svc, cmd), body).await;
        let mut text = answer.text;
        for secret in ["userSig", "token", "privMapEncrypt", "sign"] {
            let value = answer.data[secret].as_str();
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                text = text.replace(value, &format!("<{secret}>"));
            }
        }
        assert_eq!(
            text,
            exchange.answer,
            "{file}: {}: {}",
            address(svc, cmd),
            golden.quirk
        );
    }
}
