//! Tests of what settings open and to whom, also those of earlier versions.

use super::*;
use crate::domain::KeyRight;

#[test]
fn the_switch_of_earlier_versions_is_ignored_if_it_was_off_and_refused_if_it_was_on() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(
        folder.path().join(FILE),
        "[http]\ntrust_forwarded_for = false\nworkers = 3",
    )
    .expect("written");
    let environment = [("ZAIBO_HTTP__TRUST_FORWARDED_FOR", "false")];
    let loaded = load_with_warnings(folder.path(), &environment, &Flags::default());
    let Loaded {
        settings, warnings, ..
    } = loaded.expect("taken");
    assert_eq!(settings.http.workers, 3);
    let [file, variable] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    assert!(
        file.contains("http.trust_forwarded_for") && file.contains(FILE),
        "{file}"
    );
    assert!(
        variable.contains("ZAIBO_HTTP__TRUST_FORWARDED_FOR"),
        "{variable}"
    );
    for (file, environment) in [
        ("[http]\ntrust_forwarded_for = true", &[][..]),
        ("[http]\ntrust_forwarded_for = 'off'", &[]),
        ("", &[("ZAIBO_HTTP__TRUST_FORWARDED_FOR", "true")]),
    ] {
        let line = refusal(file, environment);
        assert!(
            line.contains("http.trusted_proxies = [\"127.0.0.1\"]"),
            "{line}"
        );
    }
}

#[test]
fn a_settings_file_that_is_there_and_can_not_be_read_is_not_passed_over() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join(FILE);
    let refused = || {
        let line = load_with_warnings(folder.path(), &[], &Flags::default()).expect_err("refused");
        assert!(line.contains(FILE), "{line}");
    };
    std::fs::create_dir(&file).expect("made");
    refused();
    std::fs::remove_dir(&file).expect("removed");
    std::os::unix::fs::symlink("nowhere.toml", &file).expect("linked");
    refused();
}

#[test]
fn a_network_of_ipv4_that_is_written_as_one_of_ipv6_is_the_same_network() {
    let file =
        "[http]\ntrusted_proxies = ['::ffff:10.0.0.0/104', '::ffff:192.0.2.7', '2001:db8::/32']";
    let settings = load(file, &[], &Flags::default()).expect("taken");
    let networks = settings
        .http
        .trusted_proxies
        .iter()
        .map(ToString::to_string);
    assert_eq!(
        networks.collect::<Vec<_>>(),
        ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]
    );
    let line = refusal("[http]\ntrusted_proxies = ['::ffff:0:0/96']", &[]);
    assert!(line.contains("everybody"), "{line}");
}

#[test]
fn what_is_for_a_laptop_is_asked_for_by_its_flag_and_wins() {
    let flags = Flags {
        dev: true,
        ..Flags::default()
    };
    let callback = |flags| load("[callback]\nunsigned = 'refuse'", &[], flags).expect("taken");
    assert_eq!(callback(&flags).callback.unsigned, Unsigned::Loopback);
    let without = callback(&Flags::default());
    assert_eq!(without.callback.unsigned, Unsigned::Refuse);
    let usual = load("", &[], &Flags::default()).expect("taken");
    assert_eq!(usual.callback.unsigned, Unsigned::Refuse);
    let mut opened = load("", &[], &flags).expect("taken");
    opened.callback.unsigned = Unsigned::Refuse;
    opened.guests.enabled = false;
    assert_eq!(opened, usual, "and nothing else");
}

#[test]
fn whether_the_address_of_operators_was_set_is_known() {
    let usual = "127.0.0.1:9464".parse().ok();
    let ops = |file| load(file, &[], &Flags::default()).expect("taken").ops;
    let unset = ops("");
    assert_eq!((unset.listen, unset.address()), (None, usual));
    let set = ops("[ops]\nlisten = '127.0.0.1:9464'");
    assert_eq!(
        (set.listen, set.address()),
        (usual.map(OpsListen::At), usual)
    );
    assert_eq!(ops("[ops]\nlisten = ''").address(), None);
}

#[test]
fn the_password_of_a_database_may_stand_in_a_file_of_its_own() {
    use crate::database_url::DatabaseUrl;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("password");
    let file = path.to_string_lossy();
    let settings = |url: &str| format!("[store]\nurl = '{url}'\npassword_file = '{file}'");
    let without = settings("mysql://zaibo@db/zaibo");
    let line = refusal(&without, &[]);
    assert!(line.contains("store.password_file"), "{line}");
    std::fs::write(&path, "\n").expect("written");
    assert!(refusal(&without, &[]).contains("is empty"));
    std::fs::write(&path, "ge:h/e@i m\n").expect("written");
    let loaded = load(&without, &[], &Flags::default()).expect("taken");
    let opening = loaded.store.opening().expect("an address");
    let DatabaseUrl::MySql(address) = &opening.url else {
        panic!("{opening:?}");
    };
    assert_eq!(address.password.expose(), "ge:h/e@i m");
    let shown = format!("{opening:?} {loaded:?} {}", opening.url);
    assert!(!shown.contains("ge:h"), "{shown}");
    let line = refusal(&settings("mysql://zaibo:other@db/zaibo"), &[]);
    assert!(line.contains("leave it out there"), "{line}");
    assert!(!line.contains("other"), "{line}");
    // A copy of the database, looked into by a flag.
    let opened = load(&settings("sqlite://copy.db"), &[], &Flags::default());
    assert!(opened.expect("taken").store.opening().is_ok());
}

#[test]
fn server_keys_are_checked_when_the_settings_are_read() {
    let hash = "ab".repeat(32);
    let key = |name: &str, sha256: &str, may: &str| {
        format!("[[admin.keys]]\nname = '{name}'\nsha256 = '{sha256}'\nmay = {may}\n")
    };
    let good = key("gateway", &hash, "['beats', 'read']");
    let loaded = load(&good, &[], &Flags::default()).expect("taken");
    let taken = &loaded.admin.keys[0];
    assert_eq!(taken.hash(), Some([0xab; 32]));
    assert_eq!(taken.rights(), Some(vec![KeyRight::Beats, KeyRight::Read]));
    assert!(!format!("{loaded:?}").contains(&hash));
    for (wrong, why) in [
        (key("", &hash, "['beats']"), "a name has to be"),
        (key("a b", &hash, "['beats']"), "a name has to be"),
        (
            key("gateway", "zk_secret", "['beats']"),
            "zaibo key new gateway",
        ),
        (key("gateway", &hash, "[]"), "of beats, custom, read, admin"),
        (
            key("gateway", &hash, "['all']"),
            "of beats, custom, read, admin",
        ),
        (
            good.clone() + &key("other", &hash, "['beats']"),
            "stands there twice",
        ),
        (good.clone() + &good, "stands there twice"),
    ] {
        let line = refusal(&wrong, &[]);
        assert!(line.contains(why), "{line}");
        assert!(!line.contains("secret"), "{line}");
    }
}
