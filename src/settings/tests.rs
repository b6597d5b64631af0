//! Tests of loading settings, each in a folder of its own.

mod documents;
mod openings;
mod renamed;

use std::path::Path;

use ipnet::IpNet;

use super::*;
use crate::domain::MicPolicy;
use crate::secret::Secret;

fn load_in(folder: &Path, environment: &[(&str, &str)], flags: &Flags) -> Result<Settings, String> {
    let loaded = load_with_warnings(folder, environment, flags)?;
    assert_eq!(loaded.warnings, [""; 0]);
    Ok(loaded.settings)
}

fn load_with_warnings(
    folder: &Path,
    environment: &[(&str, &str)],
    flags: &Flags,
) -> Result<Loaded, String> {
    let owned = environment
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Settings::load_from(folder, owned, flags)
}

fn load(file: &str, environment: &[(&str, &str)], flags: &Flags) -> Result<Settings, String> {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join(FILE), file).expect("written");
    load_in(folder.path(), environment, flags)
}

fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
    let line = load(file, environment, &Flags::default()).expect_err("refused");
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

#[test]
fn without_a_file_and_variables_the_defaults_stand() {
    let folder = tempfile::tempdir().expect("folder");
    assert_eq!(
        load_in(folder.path(), &[("PATH", "/bin")], &Flags::default()),
        Ok(Settings::default())
    );
}

#[test]
fn the_file_wins_over_defaults_the_environment_over_the_file_and_flags_over_all() {
    let file = "[http]\nlisten = '127.0.0.1:1'\nworkers = 1\nmax_body_bytes = 2000";
    let environment = [
        ("ZAIBO_HTTP__LISTEN", "127.0.0.1:2"),
        ("ZAIBO_HTTP__WORKERS", "2"),
    ];
    let flags = Flags {
        listen: Some("127.0.0.1:3".to_owned()),
        ..Flags::default()
    };
    let http = load(file, &environment, &flags).expect("taken").http;
    assert_eq!(
        (http.listen.port(), http.workers, http.max_body_bytes),
        (3, 2, 2000)
    );
}

#[test]
fn every_key_can_be_a_variable() {
    let environment = [
        ("ZAIBO_CLOUD__BIZ_ID", "007"),
        (
            "ZAIBO_CLOUD__APPS",
            "[{appid=1400000001,usersig_key=\"abc\"}]",
        ),
        ("ZAIBO_ROOMS__MIC_POLICY", "approve"),
        (
            "ZAIBO_HTTP__TRUSTED_PROXIES",
            "[\"127.0.0.1\", \"10.0.0.0/8\"]",
        ),
        ("ZAIBO_OPS__LISTEN", ""),
        ("ZAIBO_CALLBACK__UNSIGNED", "loopback"),
        ("ZAIBO_ACCOUNTS__ADMINS", "[\"anna\", \"007\"]"),
        ("ZAIBO_CLOUD__IM_ADMIN", "007"),
        ("ZAIBO_LOG__FORMAT", "json"),
    ];
    let settings = load("", &environment, &Flags::default()).expect("taken");
    assert_eq!(settings.cloud.biz_id, "007");
    assert_eq!(settings.cloud.apps[0].usersig_key.as_deref(), Some("abc"));
    assert_eq!(settings.rooms.mic_policy, MicPolicy::Approve);
    let proxies = settings.http.trusted_proxies.iter().map(IpNet::to_string);
    assert_eq!(proxies.collect::<Vec<_>>(), ["127.0.0.1/32", "10.0.0.0/8"]);
    assert_eq!(settings.ops.listen, Some(OpsListen::Off));
    assert_eq!(settings.callback.unsigned, Unsigned::Loopback);
    assert_eq!(settings.accounts.admins, ["anna", "007"]);
    assert_eq!(settings.cloud.im_admin, "007");
    assert_eq!(settings.log.format, LogFormat::Json);
}

#[test]
fn a_text_may_be_given_as_digits() {
    let settings = load("[cloud]\nbiz_id = 8525", &[], &Flags::default()).expect("taken");
    assert_eq!(settings.cloud.biz_id, "8525");
    let keys = [
        ("ZAIBO_CLOUD__PLAY_DOMAIN", "play.example.com"),
        ("ZAIBO_CLOUD__PLAY_KEY", "0042"),
    ];
    let cloud = load("", &keys, &Flags::default()).expect("taken").cloud;
    assert_eq!(cloud.play_key.expose(), "0042", "every zero counts");
}

#[test]
fn an_unknown_key_is_refused_and_the_known_ones_are_named() {
    let line = refusal("[rooms]\nmic_seat = 3", &[]);
    assert!(
        line.contains("mic_seat") && line.contains("mic_seats") && line.contains("rooms"),
        "{line}"
    );
    let line = refusal("[room]\nmic_seats = 3", &[]);
    assert!(line.contains("room") && line.contains("rooms"), "{line}");
    let line = refusal("", &[("ZAIBO_HTTP__PORT", "1")]);
    assert!(
        line.contains("ZAIBO_HTTP__PORT") && line.contains("listen"),
        "{line}"
    );
    let line = refusal("", &[("ZAIBO_LISTEN", "x")]);
    assert!(line.contains("ZAIBO_LISTEN"), "{line}");
}

#[test]
fn a_wrong_value_is_refused_with_its_key_and_what_is_allowed() {
    for (file, key, allowed) in [
        ("[http]\nworkers = 'many'", "http.workers", "a whole number"),
        (
            "[http]\nlisten = 'localhost'",
            "http.listen",
            "as 127.0.0.1:8080",
        ),
        (
            "[http]\nrequest_sign = 'on'",
            "http.request_sign",
            "required",
        ),
        (
            "[http]\nrequest_sign = 'optional'",
            "http.request_sign_key",
            "key",
        ),
        (
            "[rooms]\nmic_policy = 'closed'",
            "rooms.mic_policy",
            "approve",
        ),
        (
            "[rooms]\nmember_timeout_s = 0",
            "rooms.member_timeout_s",
            "1 to 3600",
        ),
        (
            "[rooms]\nhost_timeout_s = 86401",
            "rooms.host_timeout_s",
            "1 to 86400",
        ),
        (
            "[accounts]\nargon2_memory_kib = 7",
            "accounts.argon2_memory_kib",
            "8 to 1048576",
        ),
        (
            "[cloud]\nbiz_id = 'a/b'",
            "cloud.biz_id",
            "letters and digits",
        ),
        (
            "[cloud]\nplay_domain = 'a.example.com/live'",
            "cloud.play_domain",
            "host name",
        ),
        (
            "[cloud]\npush_domain = '-a.example.com'",
            "cloud.push_domain",
            "host name",
        ),
        (
            "[cloud]\nplay_key = 'abc'",
            "cloud.play_key",
            "cloud.play_domain",
        ),
        (
            "[cloud]\nurl_life_s = 59",
            "cloud.url_life_s",
            "60 to 2592000",
        ),
        (
            "[cos]\nappid = 1250000000\nsecret_id = 'x'\nbucket = 'b'\nregion = 'r'",
            "cos.secret_key",
            "missing",
        ),
        (
            "[cos]\nappid = 1\nsecret_id = 'x'\nsecret_key = 'x'\nbucket = 'b-1'\nregion = 'r'",
            "cos.bucket",
            "as \"b\"",
        ),
        (
            "[cos]\nappid = 1\nsecret_id = 'x'\nsecret_key = 'x'\nbucket = 'a/b'\nregion = 'r'",
            "cos.bucket",
            "hyphens",
        ),
        (
            "[cloud]\napps = [{appid = 7, usersig_key = 'x', link_key = '3b407fa2d9857f3'}]",
            "app 7",
            "16 letters",
        ),
        ("[log]\nfilter = 'a=b=c'", "log.filter", "filter"),
        (
            "[http]\ntrusted_proxies = ['proxy.example.com']",
            "http.trusted_proxies",
            "192.0.2.0/24",
        ),
        (
            "[http]\ntrusted_proxies = ['10.0.0.0/8', '0.0.0.0/0']",
            "http.trusted_proxies",
            "everybody",
        ),
        ("[ops]\nlisten = 9464", "ops.listen", "string"),
        ("[ops]\nlisten = '9464'", "ops.listen", "127.0.0.1:9464"),
        (
            "[callback]\nunsigned = 'yes'",
            "callback.unsigned",
            "loopback",
        ),
        ("[compat]\nplayurl = 'list'", "compat.playurl", "array"),
    ] {
        let line = refusal(file, &[]);
        assert!(line.contains(key) && line.contains(allowed), "{line}");
    }
}

#[test]
fn a_secret_is_neither_shown_nor_repeated_in_a_refusal() {
    let key = "[cloud]\napps = [{appid = 1, usersig_key = 'hush', link_key = 'hush567890123456'}]";
    let mut settings = load(key, &[], &Flags::default()).expect("taken");
    settings.store.url = "mysql://root:hush@localhost/zaibo".to_owned().into();
    settings.cloud.push_key = Secret::from("hush".to_owned());
    settings.cloud.play_key = settings.cloud.push_key.clone();
    settings.http.request_sign_key = settings.cloud.push_key.clone();
    settings.cos.secret_key = settings.cloud.push_key.clone();
    assert!(!format!("{settings:?}").contains("hush"));
    for file in [
        "[store]\nurl = 'mysql://root:hush@localhost'",
        "[store]\nurl = ['mysql://root:hush@localhost/zaibo']",
        "[store]\nurl = 'postgres://root:hush@localhost/zaibo'",
        "[cloud]\napps = [{appid = 'hush', usersig_key = 'hush'}]",
        "[cloud]\napps = 'hush'",
        "[cloud]\napps = [{appid = 1, usersig_key = ['hush']}]",
        "[cloud]\napps = [{appid = 1, usersig_key = 'hush'}, {appid = 1, usersig_key = 'hush'}]",
        "[cloud]\napps = [{appid = 1, usersig_key = 'x', link_key = 'hush'}]",
        "[cloud]\napps = [{appid = 1, usersig_key = 'x', link_key = ['hush']}]",
        "[cloud]\npush_key = 'hush'",
        "[http]\nrequest_sign_key = ['hush']",
        "[cos]\nsecret_key = 'hush'",
        "[cos]\nappid = 1\nsecret_id = 'x'\nsecret_key = 'hush hush'\nbucket = 'b'\nregion = 'r'",
        "[cloud]\nplay_key = ['hush']",
    ] {
        let line = refusal(file, &[]);
        assert!(!line.contains("hush"), "{line}");
    }
    let line = refusal("", &[("ZAIBO_CLOUD__APPS", "hush")]);
    assert!(
        line.contains("cloud.apps") && !line.contains("hush"),
        "{line}"
    );
}

#[test]
fn the_messaging_service_is_asked_in_secret_or_on_this_machine() {
    for (url, good) in [
        ("https://console.tim.qq.com", true),
        ("https://adminapisgp.im.qcloud.com/", true),
        ("http://127.0.0.1:4000", true),
        ("http://localhost", true),
        ("http://[::1]:4000", true),
        ("http://console.tim.qq.com", false),
        ("http://127.0.0.1.evil.test", false),
        ("https://hush:hush@host", false),
        ("https://host?usersig=hush", false),
        ("console.tim.qq.com", false),
        ("ftp://host", false),
        ("https://", false),
        ("", false),
    ] {
        let file = format!("[cloud]\nim_url = '{url}'");
        match load(&file, &[], &Flags::default()) {
            Ok(_) => assert!(good, "{url}"),
            Err(line) => assert!(
                !good && line.starts_with("cloud.im_url") && !line.contains("hush"),
                "{url}: {line}"
            ),
        }
    }
}

#[test]
fn an_app_has_one_secret_a_text_or_a_file() {
    for (secret, why) in [
        ("usersig_key = 'hush'", ""),
        ("usersig_key = 12345", "string"),
        ("usersig_private_key_file = 'key.pem'", ""),
        ("", "no secret"),
        ("usersig_key = ''", "empty"),
        ("usersig_private_key_file = ''", "empty"),
        (
            "usersig_key = 'hush', usersig_private_key_file = 'key.pem'",
            "leave one",
        ),
        ("usersig_private_key_file = 7", "path"),
    ] {
        let file = format!("[cloud]\napps = [{{appid = 7, {secret}}}]").replace(", }", "}");
        match load(&file, &[], &Flags::default()) {
            Ok(_) => assert_eq!(why, "", "{secret}"),
            Err(line) => assert!(
                !why.is_empty() && line.contains(why) && line.contains("apps"),
                "{secret}: {line}"
            ),
        }
    }
}

#[test]
fn a_file_that_can_not_be_read_is_refused_by_its_place_and_not_by_its_text() {
    for file in [
        "[callback]\nkey = hush",
        "[callback]\nkey = \"hush",
        "[callback]\nkey = 'hush'\nkey = 'hush'",
        "[cloud]\napps = [{ appid = 1, usersig_key = hush }]",
    ] {
        let line = refusal(file, &[]);
        assert!(!line.contains("hush") && line.contains("line"), "{line}");
    }
}

#[test]
fn digits_without_quotes_are_no_secret_of_an_app() {
    for key in [
        "usersig_key=0123456789",
        "usersig_key=\"k\",link_key=0123456789012345",
    ] {
        let line = refusal(
            "",
            &[("ZAIBO_CLOUD__APPS", &format!("[{{appid=1,{key}}}]"))],
        );
        assert!(
            line.contains("cloud.apps") && line.contains("string"),
            "{line}"
        );
    }
}

#[cfg(unix)]
#[test]
fn variables_that_are_no_text_are_refused_if_they_are_ours_and_else_left_alone() {
    use std::os::unix::ffi::OsStringExt;
    let rubbish = || OsString::from_vec(vec![0xff]);
    let folder = tempfile::tempdir().expect("folder");
    let load = |name: &str| {
        let environment = [(OsString::from(name), rubbish()), (rubbish(), rubbish())];
        Settings::load_from(folder.path(), environment, &Flags::default())
    };
    assert!(load("FOO").is_ok());
    let refused = load("ZAIBO_LOG__FILTER").expect_err("refused");
    assert!(refused.contains("ZAIBO_LOG__FILTER"), "{refused}");
}

#[test]
fn a_file_that_was_named_has_to_be_there() {
    let flags = Flags {
        config: Some("no/such/file.toml".into()),
        ..Flags::default()
    };
    assert!(
        load("", &[], &flags)
            .expect_err("refused")
            .contains("no/such/file.toml")
    );
}

#[test]
fn the_example_file_shows_every_key_with_its_default() {
    let example = include_str!("../../zaibo.example.toml");
    let keys = example
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line));
    let example: String = keys.flat_map(|line| [line, "\n"]).collect();
    let mut loaded = load(&example, &[], &Flags::default()).expect("taken");
    // The one setting that knows whether it was set.
    let address = loaded.ops.address();
    loaded.ops.listen = None;
    assert_eq!(loaded.ops.address(), address);
    assert_eq!(loaded, Settings::default());
    let shown: toml_keys::Keys = example.parse().expect("sections and keys");
    let defaults = figment::Figment::from(Serialized::defaults(Settings::default()));
    let known = defaults
        .extract::<figment::value::Dict>()
        .expect("sections");
    for (section, keys) in known {
        for key in keys.into_dict().expect("keys").into_keys() {
            assert!(
                shown.has(&section, &key),
                "{section}.{key} is not in zaibo.example.toml"
            );
        }
    }
}

/// As much of TOML as the example file uses.
mod toml_keys {
    use std::collections::HashSet;
    use std::convert::Infallible;
    use std::str::FromStr;

    pub(super) struct Keys(HashSet<(String, String)>);

    impl Keys {
        pub(super) fn has(&self, section: &str, key: &str) -> bool {
            self.0.contains(&(section.to_owned(), key.to_owned()))
        }
    }

    impl FromStr for Keys {
        type Err = Infallible;

        fn from_str(text: &str) -> Result<Self, Infallible> {
            let mut keys = HashSet::new();
            let mut section = String::new();
            for line in text.lines() {
                if let Some(name) = line.strip_prefix('[') {
                    section = name.trim_end_matches(']').to_owned();
                } else if let Some((key, _)) = line.split_once(" = ") {
                    keys.insert((section.clone(), key.to_owned()));
                }
            }
            Ok(Self(keys))
        }
    }
}
