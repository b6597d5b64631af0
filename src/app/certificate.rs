//! The certificate while the server runs: reloaded when the operator asks for it, and looked at once a
//! day.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::tls::CertificateInUse;

/// The time between two looks at the dates of the certificate.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Reloads what can be reloaded without a restart: the certificate, if there is one.
#[derive(Clone)]
pub struct Reloader {
    pub(super) certificate: Option<Arc<CertificateInUse>>,
    pub(super) clock: Clock,
}

impl Reloader {
    /// Reads the files again. The log says what came of it.
    pub fn reload(&self) {
        match &self.certificate {
            Some(certificate) => certificate.reload(self.clock.unix()),
            None => tracing::info!(
                "nothing to reload: http.tls_cert is not set, and other settings need a restart"
            ),
        }
    }

    /// Warns once a day of a certificate that has expired, or soon will. Runs until it is dropped.
    pub(super) async fn look_daily(self) {
        let Some(certificate) = self.certificate else {
            return;
        };
        loop {
            tokio::time::sleep(DAY).await;
            certificate.warn_of_dates(self.clock.unix());
        }
    }
}
