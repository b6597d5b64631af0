//! What `zaibo doctor` finds at the certificate of the server.

use crate::domain::UnixTime;
use crate::settings::Http;
use crate::store::Finding;
use crate::tls::{Certificate, others_can_read};

/// The subject of these lines.
const SUBJECT: &str = "certificate";

/// Whether clients accept the certificate, and for how long.
pub(super) fn examine(http: &Http, now: UnixTime) -> Vec<Finding> {
    let Some(files) = http.tls_files() else {
        let text = "none: http.listen speaks plain HTTP, so let a proxy speak HTTPS";
        return vec![Finding::ok(SUBJECT, text)];
    };
    let certificate = match Certificate::read(&files) {
        Ok(certificate) => certificate,
        Err(cause) => return vec![Finding::fail(SUBJECT, cause.to_string())],
    };
    let file = files.certificate.display();
    let names = certificate.names();
    let renew = |warning| format!("{warning}; renew it, then reload (SIGHUP)");
    let of_dates = certificate.warning(now).map(renew);
    let mut findings: Vec<_> = of_dates
        .into_iter()
        .chain(certificate.lacks())
        .map(|warning| Finding::warn(SUBJECT, format!("{file} for {names}: {warning}")))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(
            SUBJECT,
            format!(
                "{file} for {names} expires on {}: days left: {}",
                certificate.expires(),
                certificate.days_left(now)
            ),
        ));
    }
    if others_can_read(&files.key) {
        let key = files.key.display();
        findings.push(Finding::warn(
            SUBJECT,
            format!("others on this machine can read its private key; chmod 600 {key}"),
        ));
    }
    findings
}
