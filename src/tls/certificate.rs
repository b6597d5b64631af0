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
    pub(super) not_before: UnixTime,
    pub(super) not_after: UnixTime,
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
        let Some(first) = parsed.first() else {
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
        let validity = first.tbs_certificate().validity();
        Ok(Self {
            chain_and_key: Arc::new(chain_and_key),
            names: names(first),
            not_before: unix(&validity.not_before),
            not_after: unix(&validity.not_after),
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

    /// The day on which it expires.
    pub fn expires(&self) -> String {
        day(self.not_after)
    }

    /// For how many whole days it is still good; negative if it has expired.
    pub fn days_left(&self, now: UnixTime) -> i64 {
        (self.not_after.as_secs() - now.as_secs()).div_euclid(DAY_S)
    }

    /// What is wrong with its dates, or soon will be.
    pub fn warning(&self, now: UnixTime) -> Option<String> {
        let (expires, days) = (self.expires(), self.days_left(now));
        if now < self.not_before {
            let begins = day(self.not_before);
            Some(format!(
                "it is not good before {begins}, and clients refuse it"
            ))
        } else if days < 0 {
            Some(format!("it expired on {expires}, and clients refuse it"))
        } else if days < SOON_DAYS {
            Some(format!("it expires on {expires}: days left: {days}"))
        } else {
            None
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.names(), self.expires())
    }
}

fn refused(doing: &'static str, file: &Path, why: String) -> Fault {
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
