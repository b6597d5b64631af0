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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::{Event, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    use super::*;
    use crate::domain::UnixTime;
    use crate::settings::TlsFiles;

    /// When the certificate among the fixtures expires: 2126-11-03.
    const EXPIRES: i64 = 4_949_371_566;

    /// Counts lines of the log.
    struct Count(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Count {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[actix_web::test]
    async fn an_expiry_that_is_near_is_told_once_a_day() {
        tokio::time::pause();
        let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let files = TlsFiles {
            certificate: fixtures.join("tls-rsa.pem"),
            key: fixtures.join("tls-rsa-key.pem"),
        };
        let an_hour_more = 15 * 24 * 60 * 60 + 60 * 60;
        let clock = Clock::starting_at(UnixTime::from_secs(EXPIRES - an_hour_more));
        let certificate = CertificateInUse::load(files, clock.unix()).expect("a certificate");
        let lines = Arc::new(AtomicUsize::new(0));
        let log = tracing_subscriber::registry().with(Count(Arc::clone(&lines)));
        let _log = tracing::subscriber::set_default(log);
        let reloader = Reloader {
            certificate: Some(certificate),
            clock,
        };
        // After a day there are fourteen left, and after ten there are five.
        let ten_days = tokio::time::timeout(DAY * 10 + DAY / 2, reloader.look_daily());
        assert!(ten_days.await.is_err());
        assert_eq!(lines.load(Ordering::Relaxed), 9);
    }
}
