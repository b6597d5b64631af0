//! `zaibo health`: asks the server of the same settings how it is, for containers and scripts.

use std::io::{self, Write};
use std::time::Duration;

use ureq::tls::TlsConfig;
use ureq::{Agent, Error};

use super::own_address::own_address;
use crate::error::Fault;
use crate::http::trouble_in;
use crate::settings::{Http, Loaded, SettingsError};

/// The longest wait for the answer of `/healthz`, which waits for nothing.
const ALIVE_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest wait for the answer of `/readyz`. While the database is held it takes 4 s.
const READY_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 16 * 1024;

/// Asks `/healthz`, or `/readyz`, and prints `ok`.
///
/// # Errors
/// If the server does not answer in time, or answers that something is wrong.
pub fn run(ready: bool, loaded: Result<Loaded, SettingsError>) -> Result<(), Fault> {
    let loaded = loaded.map_err(|refused| asking(refused.to_string()))?;
    let (path, timeout) = if ready {
        ("/readyz", READY_TIMEOUT)
    } else {
        ("/healthz", ALIVE_TIMEOUT)
    };
    ask(&loaded.settings.http, path, timeout).map_err(asking)?;
    writeln!(io::stdout(), "ok").map_err(|cause| Fault::new("printing", cause))
}

fn asking(why: String) -> Fault {
    Fault::new("asking the server", why)
}

fn ask(http: &Http, path: &str, timeout: Duration) -> Result<(), String> {
    let address = own_address(http.listen);
    if address.port() == 0 {
        return Err("http.listen has port 0, so its address is not known".to_owned());
    }
    let scheme = match http.tls_files() {
        Some(_) => "https",
        None => "http",
    };
    let url = format!("{scheme}://{address}{path}");
    // This machine asks itself, and its certificate is for another name than the address.
    let tls = TlsConfig::builder().disable_verification(true).build();
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .tls_config(tls)
        .timeout_global(Some(timeout))
        .build()
        .into();
    let answer = agent.get(&url).call().and_then(|mut response| {
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_ANSWER);
        Ok((status, body.read_to_string()?))
    });
    match answer {
        Ok((200, _)) => Ok(()),
        Ok((status, body)) => {
            let trouble = trouble_in(&body).unwrap_or_else(|| format!("status {status}"));
            Err(format!("{url}: {trouble}"))
        }
        Err(Error::Timeout(_)) => Err(format!("{url}: no answer within {timeout:?}")),
        Err(Error::Io(cause)) if cause.kind() == io::ErrorKind::ConnectionRefused => Err(format!(
            "{url}: {cause}; nobody listens there: start the server, or name its settings (--config, --listen)"
        )),
        Err(Error::Io(cause)) => Err(format!("{url}: {cause}")),
        Err(cause) => Err(format!("{url}: {cause}")),
    }
}
