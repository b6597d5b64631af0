//! zaibo as the Compose file puts it together, without containers: MariaDB with the password in a file,
//! Caddy with HTTPS in front, and Prometheus beside it.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::board::Prometheus;
use crate::mariadb::MariaDb;
use crate::proxies::Proxy;
use crate::server::{Server, command, eventually};

/// The answer to a POST over HTTPS, as curl gets it.
fn post(proxy: &Proxy, svc: &str, cmd: &str, fields: &Value) -> Value {
    let body = fields.to_string();
    let said = curl(
        proxy,
        &format!("index.php?svc={svc}&cmd={cmd}"),
        &["-d", &body],
    );
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{cmd}: {said}"))
}

fn curl(proxy: &Proxy, path: &str, words: &[&str]) -> String {
    // The certificate is Caddy's own.
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--insecure", "--max-time", "20"])
        .args(words)
        .arg(format!("https://localhost:{}/{path}", proxy.address.port()))
        .output()
        .expect("curl");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn what_the_compose_file_starts_works_together() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let (account, place) = database.url().split_once('@').expect("an account");
    let (user, password) = account.rsplit_once(':').expect("a password");
    let secret = folder.path().join("db_password");
    fs::write(&secret, format!("{password}\n")).expect("written");
    let mut zaibo = command(
        folder.path(),
        &[("ZAIBO_HTTP__TRUSTED_PROXIES", "[\"127.0.0.1\"]")],
    );
    zaibo
        .env("ZAIBO_STORE__URL", format!("{user}@{place}"))
        .env("ZAIBO_STORE__PASSWORD_FILE", &secret);
    let server = Server::of(zaibo, folder, &[]);
    let Some(proxy) = Proxy::composed(&server) else {
        return;
    };
    let Some(prometheus) = Prometheus::watching(&server) else {
        return;
    };
    let anna = json!({"id": "anna", "pwd": "secret-1"});
    eventually("Caddy to have its certificate", || {
        let said = curl(&proxy, "healthz", &[]);
        (said == "ok\n").then_some(())
    });
    assert_eq!(post(&proxy, "account", "regist", &anna)["errorCode"], 0);
    let token = post(&proxy, "account", "login", &anna)["data"]["token"].clone();
    let created = post(
        &proxy,
        "live",
        "create",
        &json!({"token": token, "type": "live"}),
    );
    let room = created["data"]["roomnum"].clone();
    assert_eq!(room, 10001, "{created}");
    let announced = json!({"token": token, "room": {"title": "My live", "type": "live", "roomnum": room,
        "groupid": "10001", "cover": "", "appid": 1400000000, "device": 0, "videotype": 0}});
    assert_eq!(
        post(&proxy, "live", "reportroom", &announced)["errorCode"],
        0
    );
    let page = json!({"token": token, "type": "live", "index": 0, "size": 10});
    let rooms = post(&proxy, "live", "roomlist", &page);
    assert_eq!(rooms["data"]["rooms"][0]["uid"], "anna", "{rooms}");
    // The log names ids of Caddy, not those that clients choose.
    let chosen = ["-H", "X-Request-Id: chosen", "-D", "-", "-o", "/dev/null"];
    let head = curl(&proxy, "?svc=no&cmd=no", &chosen).to_lowercase();
    assert_eq!(head.matches("x-request-id: ").count(), 1, "{head}");
    assert!(!head.contains("chosen"), "{head}");
    // Figures and readiness are not for the outside.
    for path in ["metrics", "readyz"] {
        let status = curl(&proxy, path, &["-o", "/dev/null", "-w", "%{http_code}"]);
        assert_eq!(status, "404", "{path}");
    }
    eventually("Prometheus to see the live", || {
        let answer = prometheus.ask(r#"zaibo_rooms{state="live"}"#)?;
        (answer["data"]["result"][0]["value"][1] == "1").then_some(())
    });
    let log = server.log();
    assert!(!log.contains("ERROR") && !log.contains(password), "{log}");
}
