//! The certificate in use. It is read again on request, and a bad one never replaces a good one.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::certificate::{Certificate, others_can_read, refused};
use crate::domain::UnixTime;
use crate::error::Fault;
use crate::settings::TlsFiles;

/// The protocols that a client may choose from.
const PROTOCOLS: [&[u8]; 2] = [b"http/1.1", b"http/1.0"];

/// The certificate that new connections get.
pub struct CertificateInUse {
    files: TlsFiles,
    current: RwLock<Certificate>,
}

impl CertificateInUse {
    /// Reads the certificate. One that has expired is used all the same, with a warning: some clients
    /// do not care, and a server that is down helps nobody.
    ///
    /// # Errors
    /// If the files cannot be used.
    pub fn load(files: TlsFiles, now: UnixTime) -> Result<Arc<Self>, Fault> {
        let certificate = Certificate::read(&files)?;
        let in_use = Self {
            files,
            current: RwLock::new(certificate),
        };
        in_use.warn_of_files();
        in_use.warn_of_dates(now);
        Ok(Arc::new(in_use))
    }

    /// Reads the files again. If they cannot be used, or clients would refuse the new certificate because
    /// of its dates and not the present one, the present one stays. Connections that are open go on in any
    /// case.
    pub fn reload(&self, now: UnixTime) {
        match self.renewed(now) {
            Ok(new) => {
                tracing::info!(names = new.names(), expires = new.expires(), file = %self.files.certificate.display(), "the certificate was read again, and new connections get it");
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
                self.warn_of_files();
                self.warn_of_dates(now);
            }
            Err(cause) => {
                let expires = self.current().expires();
                tracing::error!(%cause, expires, "the certificate was not replaced, and the present one stays in use");
            }
        }
    }

    /// What is in the files, if it may replace the present certificate.
    fn renewed(&self, now: UnixTime) -> Result<Certificate, Fault> {
        let new = Certificate::read(&self.files)?;
        match new.out_of_date(now) {
            Some(why) if self.current().out_of_date(now).is_none() => Err(refused(
                "reading http.tls_cert",
                &self.files.certificate,
                why,
            )),
            _ => Ok(new),
        }
    }

    /// Warns if the certificate has expired, or soon will.
    pub fn warn_of_dates(&self, now: UnixTime) {
        let current = self.current();
        if let Some(warning) = current.warning(now) {
            tracing::warn!(names = current.names(), file = %self.files.certificate.display(), "renew the certificate: {warning}");
        }
    }

    /// Warns of what only the owner of the files can change. It works anyway.
    fn warn_of_files(&self) {
        let current = self.current();
        for lack in current.lacks() {
            tracing::warn!(names = current.names(), file = %self.files.certificate.display(), "clients may refuse the certificate: {lack}");
        }
        if others_can_read(&self.files.key) {
            tracing::warn!(file = %self.files.key.display(), "this private key can be read by others than its owner; chmod 600 it");
        }
    }

    fn current(&self) -> Certificate {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    /// How connections are encrypted. What is reloaded later counts too.
    ///
    /// # Errors
    /// If the system has no random bits.
    pub fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, Fault> {
        let failed = |cause| Fault::new("preparing TLS", cause);
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let versions = builder.with_safe_default_protocol_versions();
        let mut config = versions
            .map_err(failed)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        // A phone that comes back resumes its session, which is cheaper than a whole handshake. What is
        // needed for that is kept by the phone, so no number of them fills the memory.
        config.ticketer = ring::Ticketer::new().map_err(failed)?;
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for CertificateInUse {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(current.chain_and_key()))
    }
}

impl fmt::Debug for CertificateInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateInUse({:?})", self.current())
    }
}
