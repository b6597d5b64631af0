//! How the driver connects: to an address, encrypted if that says so, and within limits of time.

use std::io;
use std::time::Duration;

use mysql::{Conn, OptsBuilder, SslOpts};

use crate::database_url::{MySqlAddress, Tls};

/// Statements that each connection keeps prepared. All connections together stay below what a server
/// allows by default.
const PREPARED: usize = 128;

/// Opens a connection. It may take so long, and so may each answer later.
///
/// # Errors
/// The driver's error, which does not contain the password.
pub(crate) fn connect(
    address: &MySqlAddress,
    connecting: Duration,
    answering: Duration,
) -> Result<Conn, mysql::Error> {
    let ssl = address.tls.as_ref().map(encryption).transpose()?;
    let options = OptsBuilder::new()
        .ip_or_hostname(Some(address.host.clone()))
        .tcp_port(address.port)
        .user(Some(address.user.clone()))
        .pass(Some(address.password.expose()))
        .db_name(Some(address.database.clone()))
        // Otherwise the driver would leave the address for a socket of this machine.
        .prefer_socket(false)
        .tcp_connect_timeout(Some(connecting))
        .read_timeout(Some(answering))
        .write_timeout(Some(answering))
        .stmt_cache_size(PREPARED)
        .ssl_opts(ssl);
    Conn::new(options)
}

/// The driver reads the file of `ca` late, and says less about it.
fn encryption(tls: &Tls) -> io::Result<SslOpts> {
    if let Some(file) = &tls.authorities {
        std::fs::metadata(file).map_err(|cause| {
            let said = format!("the file of `ca`, {}: {cause}", file.display());
            io::Error::new(cause.kind(), said)
        })?;
    }
    Ok(SslOpts::default().with_root_cert_path(tls.authorities.clone()))
}
