//! What HTTPS costs when the server speaks it itself: beats on connections that are kept open, and
//! connections that are opened for each beat.

use std::fs;
use std::path::PathBuf;

use zaibo::error::Fault;

use crate::bench::{Bench, LEAST_HASH, PATIENT, fill};
use crate::compare::{Comparison, Figures};
use crate::load::{FULL, Script, Way};
use crate::scripts::Seating;
use crate::wire::Tls;

const PEOPLE: usize = 2000;
const ROOMS: usize = 100;

/// The name in the certificate.
const NAME: &str = "localhost";

/// Comparisons of this part.
pub(crate) const STEPS: u64 = 3;

/// A certificate for the server, as files of PEM.
struct Certificate {
    cert: PathBuf,
    key: PathBuf,
}

/// Compares two zaibos with the same people, of which one speaks HTTPS.
///
/// # Errors
/// If a server does not start or fails under the load.
pub(crate) fn compare(bench: &Bench) -> Result<Vec<Comparison>, Fault> {
    let certificate = certificate(bench)?;
    let shown = |file: &PathBuf| file.display().to_string();
    let (cert, key) = (shown(&certificate.cert), shown(&certificate.key));
    let with_tls = [
        ("ZAIBO_HTTP__TLS_CERT", cert.as_str()),
        ("ZAIBO_HTTP__TLS_KEY", key.as_str()),
    ];
    let tls = Tls::trusting(Some(&certificate.cert), NAME)?;
    let seating = Seating {
        rooms: 0..ROOMS,
        people: 0..PEOPLE,
    };
    let http = bench.start(&bench.seed("http", PEOPLE, ROOMS, LEAST_HASH)?, &PATIENT)?;
    fill(&http, seating.clone())?;
    let settings = [&PATIENT[..], &with_tls].concat();
    let mut https = bench.start(&bench.seed("https", PEOPLE, ROOMS, LEAST_HASH)?, &settings)?;
    https.target.tls = Some(tls.clone());
    fill(&https, seating.clone())?;
    let beating = || Ok(Box::new(seating.clone().beating()) as Box<dyn Script>);
    let kept = bench.compare_with(&http, Comparison::HTTPS, &https, FULL, beating)?;
    let each_time = Way {
        connects_each_time: true,
        ..FULL
    };
    let full = bench.compare_with(&http, Comparison::HANDSHAKES, &https, each_time, beating)?;
    https.target.tls = Some(tls.resuming());
    let resumed = Comparison::RESUMPTIONS;
    let resumed = bench.compare_with(&http, resumed, &https, each_time, beating)?;
    // The first connections of a round find fewer sessions than they are.
    let all_resume = |round: &Figures| {
        let connections = FULL.connections as u64;
        round.resumed + connections >= round.answers / 10 * 9
    };
    let none_resumes = |round: &Figures| round.resumed == 0;
    if !full.zaibo.iter().all(none_resumes) || !resumed.zaibo.iter().all(all_resume) {
        let cause = "sessions were resumed where they should not be, or not where they should be";
        return Err(Fault::new("measuring the handshakes of TLS", cause));
    }
    Ok(vec![kept, full, resumed])
}

/// Makes a certificate as authorities make them today, with a key on the curve P-256.
fn certificate(bench: &Bench) -> Result<Certificate, Fault> {
    let making =
        |cause: &dyn std::fmt::Display| Fault::new("making a certificate", cause.to_string());
    let made = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]);
    let made = made.map_err(|cause| making(&cause))?;
    let folder = bench.folder.path();
    let certificate = Certificate {
        cert: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    };
    fs::write(&certificate.cert, made.cert.pem()).map_err(|cause| making(&cause))?;
    fs::write(&certificate.key, made.signing_key.serialize_pem())
        .map_err(|cause| making(&cause))?;
    Ok(certificate)
}
