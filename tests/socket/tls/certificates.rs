//! Certificates at the start: what is refused, what is warned of, and what `zaibo doctor` says.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair};

use super::{Made, SETTINGS, certificate, connect, folder, future_plan, plan, write};
use crate::raw::request;
use crate::server::{Server, Settings, command};

/// What a command prints, and its exit status.
fn run(folder: &Path, words: &[&str], settings: &Settings) -> (String, Option<i32>) {
    let mut zaibo = command(folder, settings);
    let output = zaibo.args(words).output().expect("an end");
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).expect("text"), output.status.code())
}

#[test]
fn one_of_both_settings_alone_is_refused_in_one_line() {
    let (folder, _) = folder(90);
    for (name, file, missing) in [
        (
            "ZAIBO_HTTP__TLS_CERT",
            "cert.pem",
            "http.tls_key: is missing",
        ),
        (
            "ZAIBO_HTTP__TLS_KEY",
            "key.pem",
            "http.tls_cert: is missing",
        ),
    ] {
        let (said, status) = run(folder.path(), &[], &[(name, file)]);
        assert_eq!(status, Some(1));
        assert!(
            said.contains(missing) && said.lines().count() == 1,
            "{said}"
        );
    }
}

#[test]
fn files_that_cannot_be_used_are_refused_by_name_and_not_shown() {
    let (folder, made) = folder(90);
    let folder = folder.path();
    let other = certificate(90);
    let rubbish = "-----BEGIN CERTIFICATE-----\ngeheim\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nZ2VoZWlt\n-----END PRIVATE KEY-----\n";
    for (name, text, setting, words) in [
        (
            "cert.pem",
            "geheim",
            "http.tls_cert: cert.pem",
            "no certificate",
        ),
        ("cert.pem", rubbish, "http.tls_cert: cert.pem", ""),
        (
            "key.pem",
            "geheim",
            "http.tls_key: key.pem",
            "no private key",
        ),
        ("key.pem", no_key, "http.tls_key: key.pem", "cannot be used"),
        (
            "key.pem",
            &other.key,
            "http.tls_key: key.pem",
            "not the key of the first certificate in cert.pem",
        ),
    ] {
        made.put(folder);
        write(folder, name, text);
        let (said, status) = run(folder, &[], SETTINGS);
        assert_eq!(status, Some(1));
        assert!(said.contains(setting) && said.contains(words), "{said}");
        assert!(!said.contains("geheim") && !said.contains("Z2Vo"), "{said}");
        let (said, status) = run(folder, &["doctor"], SETTINGS);
        assert_eq!(status, Some(1));
        let line = said.lines().find(|line| line.starts_with("fail"));
        let line = line.expect("a line that fails");
        assert!(line.starts_with("fail  certificate  "), "{said}");
        assert!(line.contains(setting) && line.contains(words), "{said}");
    }
    for name in ["cert.pem", "key.pem"] {
        made.put(folder);
        fs::remove_file(folder.join(name)).expect("deleted");
        let (said, status) = run(folder, &[], SETTINGS);
        assert_eq!(status, Some(1));
        assert!(said.contains(&format!("{name}: No such file")), "{said}");
    }
}

#[test]
fn one_that_has_expired_or_soon_will_is_used_with_a_warning() {
    for (days, words) in [(-3, "it expired on 20"), (5, "days left: 5")] {
        let (folder, made) = folder(days);
        let server = Server::start_in(folder, SETTINGS);
        let log = server.logged("renew the certificate");
        let line = log.lines().find(|line| line.contains("renew"));
        let line = line.expect("a line");
        assert!(line.contains("WARN") && line.contains(words), "{line}");
        assert!(line.contains("zaibo.test"), "{line}");
        if days > 0 {
            let mut raw = connect(server.address(), &made);
            raw.send(request("GET", "/healthz", &[], ""));
            assert_eq!(raw.response().status, 200);
        }
    }
}

#[test]
fn doctor_counts_the_days_and_looks_at_the_rights_of_the_key() {
    for (days, begin, words) in [
        (-3, "warn", "it expired on 20"),
        (5, "warn", "days left: 5"),
        (90, "ok  ", "cert.pem for zaibo.test expires on 20"),
        (90, "ok  ", "days left: 90"),
    ] {
        let (folder, _) = folder(days);
        let (said, status) = run(folder.path(), &["doctor"], SETTINGS);
        assert_eq!(status, Some(0));
        let begin = format!("{begin}  certificate  ");
        let mut lines = said.lines().filter(|line| line.starts_with(&begin));
        let line = lines.next().unwrap_or_default();
        assert!(line.contains(words), "{said}");
    }
    let (folder, _) = folder(90);
    let key = folder.path().join("key.pem");
    fs::set_permissions(key, Permissions::from_mode(0o644)).expect("changed");
    let (said, _) = run(folder.path(), &["doctor"], SETTINGS);
    assert!(
        said.contains("read its private key; chmod 600 key.pem"),
        "{said}"
    );
    let server = Server::start_in(folder, SETTINGS);
    server.logged("this private key can be read by others than its owner");
    let (said, _) = run(server.folder(), &["doctor"], &[]);
    assert!(said.contains("ok    certificate  none"), "{said}");
}

/// An issuer that says this of itself.
fn issuer(mut plan: CertificateParams) -> CertifiedIssuer<'static, KeyPair> {
    let name = &mut plan.distinguished_name;
    name.push(DnType::CommonName, "Issuer of Tests");
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(plan, key).expect("an issuer")
}

/// A certificate that this issuer signed, without and with the issuer behind it.
fn issued(by: &CertifiedIssuer<'_, KeyPair>) -> [Made; 2] {
    let key = KeyPair::generate().expect("a key");
    let alone = plan(90).signed_by(&key, by).expect("a certificate").pem();
    let chain = format!("{alone}{}", by.pem());
    [alone, chain].map(|certificate| Made {
        certificate,
        key: key.serialize_pem(),
    })
}

#[test]
fn what_clients_refuse_whatever_the_day_is_warned_of_and_not_called_ok() {
    let mut nameless = CertificateParams::new([]).expect("no name");
    nameless.not_after = plan(90).not_after;
    let [alone, chain] = issued(&issuer(plan(90)));
    let [_, expired] = issued(&issuer(plan(-3)));
    let [_, future] = issued(&issuer(future_plan()));
    let [_, expiring] = issued(&issuer(plan(5)));
    for (made, log, words) in [
        (Made::of(&nameless), "clients may refuse", "names no host"),
        (
            alone,
            "clients may refuse",
            "its issuer CN=Issuer of Tests is not behind it",
        ),
        (
            expired,
            "renew the certificate",
            "its issuer CN=Issuer of Tests expired on 20",
        ),
        (
            future,
            "renew the certificate",
            "its issuer CN=Issuer of Tests is not good before 20",
        ),
        (
            expiring,
            "renew the certificate",
            "its issuer CN=Issuer of Tests expires on 20",
        ),
    ] {
        let (folder, _) = folder(90);
        made.put(folder.path());
        let (said, status) = run(folder.path(), &["doctor"], SETTINGS);
        assert_eq!(status, Some(0));
        let mut lines = said.lines().filter(|line| line.contains("  certificate  "));
        let line = lines.next().expect("a line");
        assert!(line.starts_with("warn") && line.contains(words), "{said}");
        assert_eq!(lines.next(), None, "{said}");
        let server = Server::start_in(folder, SETTINGS);
        let log = server.logged(log);
        assert!(log.contains(words), "{log}");
    }
    let (folder, _) = folder(90);
    chain.put(folder.path());
    let (said, _) = run(folder.path(), &["doctor"], SETTINGS);
    assert!(
        said.contains("ok    certificate  cert.pem for zaibo.test"),
        "{said}"
    );
}
