//! A certificate as its files give it: the chain, the private key, the names and the dates.

use std::fmt;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use x509_cert::Certificate as Parsed;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

use crate::domain::UnixTime;
use crate::error::Fault;
use crate::settings::TlsFiles;

/// An operator is warned when a certificate has fewer days left.
const SOON_DAYS: i64 = 14;

const DAY_S: i64 = 24 * 60 * 60;

/// A certificate with its private key. `Debug` and the errors show nothing of the key.
#[derive(Clone)]
pub struct Certificate {
    chain_and_key: Arc<CertifiedKey>,
    names: Vec<String>,
    /// The issuer of the first certificate, if it is not in the file.
    missing_issuer: Option<String>,
    pub(super) not_before: Limit,
    pub(super) not_after: Limit,
}

/// A begin or an end of the time in which the whole chain is good.
#[derive(Clone)]
pub(super) struct Limit {
    pub(super) at: UnixTime,
    /// The certificate in the chain that sets it, in words.
    whose: String,
}

impl Certificate {
    /// Reads a certificate and its key. Its dates are not judged: see [`Self::warning`].
    ///
    /// # Errors
    /// If a file cannot be read or used, or the key is that of another certificate. The text names the
    /// setting and the file.
    pub fn read(files: &TlsFiles) -> Result<Self, Fault> {
        let of_certificate =
            |why: String| refused("reading http.tls_cert", &files.certificate, why);
        let of_key = |why: String| refused("reading http.tls_key", &files.key, why);
        let text = std::fs::read(&files.certificate);
        let text = text.map_err(|cause| of_certificate(cause.to_string()))?;
        let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_| of_certificate("it is not PEM".to_owned()))?;
        let parsed: Result<Vec<_>, _> = chain.iter().map(|der| Parsed::from_der(der)).collect();
        let parsed =
            parsed.map_err(|_| of_certificate("a certificate in it is damaged".to_owned()))?;
        let Some((first, issuers)) = parsed.split_first() else {
            return Err(of_certificate("it holds no certificate in PEM".to_owned()));
        };
        let text = std::fs::read(&files.key).map_err(|cause| of_key(cause.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(&text)
            .map_err(|_| of_key("it holds no private key in PEM without a password".to_owned()))?;
        let key = ring::sign::any_supported_type(&key)
            .map_err(|_| of_key("a private key of this kind cannot be used".to_owned()))?;
        let chain_and_key = CertifiedKey::new(chain, key);
        match chain_and_key.keys_match() {
            // A kind of key that does not tell is believed.
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(Error::InconsistentKeys(_)) => {
                return Err(of_key(format!(
                    "it is not the key of the first certificate in {}",
                    files.certificate.display()
                )));
            }
            Err(cause) => return Err(of_certificate(cause.to_string())),
        }
        let (not_before, not_after) = validity(first, issuers);
        Ok(Self {
            chain_and_key: Arc::new(chain_and_key),
            names: names(first),
            missing_issuer: missing_issuer(first, issuers),
            not_before,
            not_after,
        })
    }

    /// What connections are made with.
    pub(super) fn chain_and_key(&self) -> &Arc<CertifiedKey> {
        &self.chain_and_key
    }

    /// The names and addresses that it is for.
    pub fn names(&self) -> String {
        if self.names.is_empty() {
            return "no name".to_owned();
        }
        self.names.join(", ")
    }

    /// The day on which it expires, or one of its issuers if that is earlier.
    pub fn expires(&self) -> String {
        day(self.not_after.at)
    }

    /// For how many whole days it is still good; negative if it has expired.
    pub fn days_left(&self, now: UnixTime) -> i64 {
        (self.not_after.at.as_secs() - now.as_secs()).div_euclid(DAY_S)
    }

    /// What is wrong with the dates of its chain, or soon will be.
    pub fn warning(&self, now: UnixTime) -> Option<String> {
        self.out_of_date(now).or_else(|| {
            let (whose, expires) = (&self.not_after.whose, self.expires());
            let days = self.days_left(now);
            (days < SOON_DAYS).then(|| format!("{whose} expires on {expires}: days left: {days}"))
        })
    }

    /// Why clients refuse it at this time, if they do.
    pub(super) fn out_of_date(&self, now: UnixTime) -> Option<String> {
        let Limit { at: begin, whose } = &self.not_before;
        if now < *begin {
            let begins = day(*begin);
            return Some(format!(
                "{whose} is not good before {begins}, and clients refuse it"
            ));
        }
        let Limit { at: end, whose } = &self.not_after;
        let expired = day(*end);
        (now > *end).then(|| format!("{whose} expired on {expired}, and clients refuse it"))
    }

    /// What keeps clients from accepting it on every day.
    pub fn lacks(&self) -> Vec<String> {
        let mut lacks = Vec::new();
        if self.names.is_empty() {
            lacks.push(
                "it names no host in subjectAltName, and clients look nowhere else".to_owned(),
            );
        }
        if let Some(issuer) = &self.missing_issuer {
            lacks.push(format!(
                "its issuer {issuer} is not behind it in the file, and clients that do not know this issuer refuse it: use the whole chain, as fullchain.pem of certbot"
            ));
        }
        lacks
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.names(), self.expires())
    }
}

pub(super) fn refused(doing: &'static str, file: &Path, why: String) -> Fault {
    Fault::new(doing, format!("{}: {why}", file.display()))
}

fn unix(time: &Time) -> UnixTime {
    let secs = time.to_unix_duration().as_secs();
    UnixTime::from_secs(i64::try_from(secs).unwrap_or(i64::MAX))
}

fn day(time: UnixTime) -> String {
    let secs = time.as_secs();
    DateTime::from_timestamp(secs, 0)
        .map_or_else(|| secs.to_string(), |time| time.format("%F").to_string())
}

/// From when until when all of these are good: the latest begin and the earliest end.
fn validity(first: &Parsed, issuers: &[Parsed]) -> (Limit, Limit) {
    let of = |parsed: &Parsed, whose: String| {
        let validity = parsed.tbs_certificate().validity();
        let limit = |time: &Time| Limit {
            at: unix(time),
            whose: whose.clone(),
        };
        (limit(&validity.not_before), limit(&validity.not_after))
    };
    let issuers = issuers.iter().map(|issuer| {
        let subject = issuer.tbs_certificate().subject();
        of(issuer, format!("its issuer {subject}"))
    });
    issuers.fold(
        of(first, "it".to_owned()),
        |(latest, earliest), (begin, end)| {
            let later = if begin.at > latest.at { begin } else { latest };
            let sooner = if end.at < earliest.at { end } else { earliest };
            (later, sooner)
        },
    )
}

/// The issuer of a certificate that did not sign itself, if none of these is that issuer.
fn missing_issuer(first: &Parsed, issuers: &[Parsed]) -> Option<String> {
    let first = first.tbs_certificate();
    let issuer = first.issuer();
    let is_there = issuers
        .iter()
        .any(|other| other.tbs_certificate().subject() == issuer);
    (issuer != first.subject() && !is_there).then(|| issuer.to_string())
}

/// The names of hosts and the addresses in a certificate. Clients do not look at any other field.
fn names(certificate: &Parsed) -> Vec<String> {
    let extension = certificate
        .tbs_certificate()
        .get_extension::<SubjectAltName>();
    let Ok(Some((_, SubjectAltName(names)))) = extension else {
        return Vec::new();
    };
    let name = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => address(bytes.as_bytes()).map(|ip| ip.to_string()),
        _ => None,
    };
    names.iter().filter_map(name).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let six = <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    four.or(six).ok()
}

/// Whether others than the owner of a file can read it.
pub fn others_can_read(file: &Path) -> bool {
    let mode = file.metadata().map(|file| file.permissions().mode());
    mode.is_ok_and(|mode| mode & 0o077 != 0)
}
