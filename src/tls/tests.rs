//! Every kind of key, and the days that a certificate has left.

use std::path::PathBuf;

use super::Certificate;
use crate::domain::UnixTime;
use crate::settings::TlsFiles;

fn fixture(certificate: &str, key: &str) -> Certificate {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = TlsFiles {
        certificate: folder.join(certificate),
        key: folder.join(key),
    };
    Certificate::read(&files).expect("a certificate")
}

#[test]
fn keys_of_every_form_are_read_and_names_are_those_of_hosts() {
    // PKCS#1 and SEC1; the tests over sockets use PKCS#8.
    let rsa = fixture("tls-rsa.pem", "tls-rsa-key.pem");
    assert_eq!(rsa.names(), "zaibo.test, 127.0.0.1, ::1");
    let elliptic = fixture("tls-p256.pem", "key-p256.pem");
    assert_eq!(elliptic.names(), "no name");
    assert!(elliptic.lacks().concat().contains("no host"));
    assert_eq!(rsa.lacks(), Vec::<String>::new());
    assert!(!format!("{elliptic:?}").contains("KEY"));
}

#[test]
fn a_certificate_is_warned_of_for_two_weeks_and_when_it_is_too_late_or_too_early() {
    let certificate = fixture("tls-rsa.pem", "tls-rsa-key.pem");
    assert_eq!(certificate.expires(), "2126-11-03");
    let day = 24 * 60 * 60;
    let end = certificate.not_after.at.as_secs();
    let at = |secs: i64| certificate.warning(UnixTime::from_secs(secs));
    assert_eq!(at(end - 14 * day), None);
    let said = |secs: i64| at(secs).expect("a warning");
    assert!(said(end - 14 * day + 1).ends_with("days left: 13"));
    assert!(said(end).ends_with("days left: 0"));
    assert!(said(end + 1).starts_with("it expired on 2126-11-03"));
    let begin = certificate.not_before.at.as_secs();
    assert!(said(begin - 1).starts_with("it is not good before 2026-11-27"));
}
