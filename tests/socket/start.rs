//! Starting: the messages that the server prints, and the reasons for which it refuses to start.

use std::net::Ipv4Addr;
use std::process::Output;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use crate::raw::{Raw, request};
use crate::server::{Server, Settings, command, eventually, shared};

/// Starts a server that has to refuse, and returns its standard error.
fn refused(folder: &TempDir, settings: &Settings) -> String {
    let child = command(folder.path(), settings).spawn().expect("a process");
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("an end");
    assert!(!status.success());
    assert_eq!(String::from_utf8_lossy(&stdout), "");
    String::from_utf8(stderr).expect("text")
}

#[test]
fn three_lines_say_where_it_listens_where_its_data_is_and_what_to_try() {
    let server = Server::start(&[("ZAIBO_OPS__LISTEN", "")]);
    let lines = eventually("three lines", || {
        let lines = server.printed();
        (lines.len() >= 3).then_some(lines)
    });
    let [listens, data, attempt] = [&lines[0], &lines[1], &lines[2]];
    let address = server.address().to_string();
    assert!(listens.contains(&format!("http://{address}")), "{listens}");
    let file = data.split_whitespace().find(|word| word.starts_with('/'));
    assert!(
        std::path::Path::new(file.expect("a path")).is_file(),
        "{data}"
    );
    // The printed command works unchanged.
    let (before, body) = attempt.split_once("-d '").expect("a body");
    let path = before.split_once(&address).expect("the address").1;
    let body = body.split_once('\'').expect("the end of the body").0;
    let path = path.trim_end().trim_end_matches('\'');
    server.client().send_to(path, body).ok();
    assert_eq!(server.printed().len(), 3);
    // A restart shows in the log alone.
    let log = server.logged("zaibo serves on");
    let line = log.lines().find(|line| line.contains("zaibo serves on"));
    let line = line.expect("a line");
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    for named in [&*address, data, &version] {
        assert!(line.contains(named), "{named} is not in {line}");
    }
}

#[test]
fn a_server_that_listens_everywhere_suggests_an_address_that_can_be_asked() {
    let everywhere = [
        ("ZAIBO_HTTP__LISTEN", "0.0.0.0:0"),
        ("ZAIBO_OPS__LISTEN", "0.0.0.0:0"),
    ];
    let server = Server::start(&everywhere);
    let (address, operators) = (server.address(), server.operators());
    assert!(address.ip().is_unspecified(), "{address}");
    let attempt = &server.printed()[2];
    let suggested = format!("'http://127.0.0.1:{}/", address.port());
    assert!(attempt.contains(&suggested), "{attempt}");
    assert_eq!(operators.ip(), Ipv4Addr::LOCALHOST);
}

#[test]
fn health_and_readiness_are_plain_gets() {
    let server = shared();
    for path in ["/healthz", "/readyz"] {
        let mut raw = Raw::connect(server.address());
        raw.send(request("GET", path, &[], ""));
        assert_eq!(raw.response().status, 200, "{path}");
    }
}

#[test]
fn a_second_server_on_the_same_database_is_refused_with_a_reason() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let server = Server::start_in(folder.clone(), &[]);
    let user = server.newcomer("somebody");
    let said = refused(&folder, &[]);
    assert!(
        said.contains("database") && said.contains("another"),
        "{said}"
    );
    // The first server is not disturbed.
    user.go_live();
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, value, named) in [
        ("ZAIBO_HTTP__LISTEM", "127.0.0.1:0", "listem"),
        ("ZAIBO_HTTP__LISTEN", "nowhere", "as 127.0.0.1:8080"),
        (
            "ZAIBO_HTTP__LISTEN",
            "8080",
            "\"8080\" is no address and port",
        ),
        ("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", "soon", "member_timeout_s"),
        ("ZAIBO_ROOMS__MIC_POLICY", "closed", "mic_policy"),
        (
            "ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB",
            "0",
            "argon2_memory_kib",
        ),
        ("ZAIBO_HTTP__MAX_CONNECTIONS", "63", "max_connections"),
        ("ZAIBO_HTTP__CONNECTIONS_PER_PEER", "many", "per_peer"),
        (
            "ZAIBO_ROOMS__CREATES_PER_MINUTE",
            "-1",
            "creates_per_minute",
        ),
        ("ZAIBO_STORE__URL", "postgres://db", "store.url"),
        ("ZAIBO_OPS__LISTEN", "9464", "ops.listen"),
        ("ZAIBO_CALLBACK__UNSIGNED", "yes", "callback.unsigned"),
        (
            "ZAIBO_HTTP__TRUST_FORWARDED_FOR",
            "true",
            "write http.trusted_proxies = [\"127.0.0.1\"]",
        ),
        ("ZAIBO_COS__SECRET_KEY", "hush", "cos.appid: is missing"),
        ("ZAIBO_CLOUD__PLAY_KEY", "hush", "play_domain"),
        ("ZAIBO_HTTP__REQUEST_SIGN", "required", "request_sign_key"),
        ("ZAIBO_ACCOUNTS__ADMINS", "[\" x\"]", "accounts.admins"),
        ("ZAIBO_CLOUD__IM_ADMIN", "x ", "cloud.im_admin"),
        ("ZAIBO_CLOUD__IM_URL", "http://im.test", "cloud.im_url"),
    ] {
        let said = refused(&folder, &[(name, value)]).to_lowercase();
        assert!(said.contains(named), "{name}={value}: {said}");
        assert!(!said.contains("hush"), "{said}");
    }
    std::fs::write(
        folder.path().join("zaibo.toml"),
        "[rooms]\nmember_timeouts = 3\n",
    )
    .expect("a file");
    let said = refused(&folder, &[]);
    assert!(said.contains("member_timeouts"), "{said}");
}

#[test]
fn a_private_key_that_can_not_be_read_is_named_and_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let apps = "[{appid=7,usersig_private_key_file=\"app7.pem\"}]";
    let said = refused(&folder, &[("ZAIBO_CLOUD__APPS", apps)]);
    assert!(said.contains("app7.pem"), "{said}");
    let torn = "-----BEGIN EC PRIVATE KEY-----\naHVzaCBodXNo\n-----END EC PRIVATE KEY-----\n";
    std::fs::write(folder.path().join("app7.pem"), torn).expect("a file");
    let said = refused(&folder, &[("ZAIBO_CLOUD__APPS", apps)]);
    assert!(
        said.contains("app7.pem") && said.contains("secp256k1"),
        "{said}"
    );
    assert!(!said.contains("aHVzaC"), "{said}");
}

#[test]
fn a_start_at_an_address_that_is_taken_says_what_to_do_and_touches_no_database() {
    let server = shared();
    let folder = tempfile::tempdir().expect("a folder");
    let address: &'static str = server.address().to_string().leak();
    for key in ["ZAIBO_HTTP__LISTEN", "ZAIBO_OPS__LISTEN"] {
        let said = refused(&folder, &[(key, address)]);
        let named = key.replace("ZAIBO_", "").replace("__", ".").to_lowercase();
        assert!(
            said.contains(&format!("listening on {named}: {address}: ")),
            "{said}"
        );
        assert!(said.contains("set another address"), "{said}");
        let files = std::fs::read_dir(folder.path()).expect("a folder");
        assert_eq!(files.count(), 0, "{said}");
    }
}

#[test]
fn a_key_of_an_earlier_version_is_ignored_with_a_word() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let file = "[http]\ntrust_forwarded_for = false\n";
    std::fs::write(folder.path().join("zaibo.toml"), file).expect("a file");
    let server = Server::start_in(folder, &[]);
    let log = server.logged("http.trust_forwarded_for");
    let warning = log.lines().find(|line| line.contains("WARN"));
    let warning = warning.expect("a warning");
    assert!(
        warning.contains("http.trust_forwarded_for") && warning.contains("ignored"),
        "{warning}"
    );
}

#[test]
fn what_is_for_a_laptop_is_open_only_with_its_flag_and_the_log_says_so() {
    let event = json!({"event_type": 321}).to_string();
    for (words, status) in [
        (&[][..], 403),
        (&["serve"], 403),
        (&["--dev"], 200),
        (&["serve", "--dev"], 200),
        (&["--dev", "serve"], 200),
    ] {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let mut zaibo = command(folder.path(), &[]);
        zaibo.env_remove("ZAIBO_CALLBACK__UNSIGNED").args(words);
        let server = Server::of(zaibo, folder, &[]);
        let mut raw = Raw::connect(server.address());
        let told = String::from_utf8(request("POST", "/callback/live", &[], &event));
        raw.send(told.expect("text").replace("zaibo.test", "localhost"));
        assert_eq!(raw.response().status, status, "{words:?}");
        if status == 200 {
            server.logged("--dev");
        } else {
            assert!(!server.logged("callback refused").contains("--dev"));
        }
    }
}

#[test]
fn the_file_is_read_and_the_environment_wins_over_it() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let file = "[http]\nlisten = \"nowhere\"\n[cloud]\nbiz_id = \"8525\"\n[store]\nurl = \"sqlite://other.db\"\n";
    std::fs::write(folder.path().join("zaibo.toml"), file).expect("a file");
    let server = Server::start_in(folder, &[]);
    assert!(server.folder().join("other.db").is_file());
    let host = server.newcomer("host");
    let room = host.go_live();
    let address = host.play_url(room).ok()["address"].clone();
    assert!(
        address
            .as_str()
            .expect("a text")
            .starts_with("rtmp://8525.liveplay"),
        "{address}"
    );
    assert_eq!(
        host.live("recordlist", json!({"type": 0, "index": 0, "size": 1}))
            .ok()["total"],
        0
    );
}
