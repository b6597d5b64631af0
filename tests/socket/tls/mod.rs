//! HTTPS by the server itself: certificates, the handshake under the limits of the server, and reloads.

mod certificates;
mod push;
mod reload;
mod transport;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use tempfile::TempDir;

use crate::raw::Raw;
use crate::server::{Server, Settings, TIMEOUT};

/// The settings of a server with a certificate in its folder.
pub(crate) const SETTINGS: &Settings = &[
    ("ZAIBO_HTTP__TLS_CERT", "cert.pem"),
    ("ZAIBO_HTTP__TLS_KEY", "key.pem"),
];

/// The name that certificates are for.
pub(crate) const NAME: &str = "zaibo.test";

/// A certificate that signs itself, and its key, both as PEM.
pub(crate) struct Made {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Makes a certificate that is good until so many days from now.
pub(crate) fn certificate(days: i64) -> Made {
    Made::of(&plan(days))
}

/// What a certificate says that is good until so many days from now.
fn plan(days: i64) -> CertificateParams {
    let mut plan = CertificateParams::new([NAME.to_owned()]).expect("a name");
    plan.not_before = date_time_ymd(1970, 1, 1);
    plan.not_after = plan.not_before + since_1970(days);
    plan
}

/// What a certificate says that is not good before tomorrow.
fn future_plan() -> CertificateParams {
    let mut plan = plan(90);
    plan.not_before += since_1970(1);
    plan
}

/// The time from 1970 until so many days from now.
fn since_1970(days: i64) -> Duration {
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
    let day = 24 * 60 * 60;
    // Half a day more, so that a test that crosses midnight counts the same days.
    let at = now.as_secs().cast_signed() + days * day + day / 2;
    Duration::from_secs(at.cast_unsigned())
}

impl Made {
    /// Makes a certificate that signs itself.
    fn of(plan: &CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = plan.self_signed(&key).expect("a certificate");
        Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// Puts both files where [`SETTINGS`] say.
    pub(crate) fn put(&self, folder: &Path) {
        write(folder, "cert.pem", &self.certificate);
        write(folder, "key.pem", &self.key);
    }
}

/// Writes a file that only its owner can read.
pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join(name);
    std::fs::write(&file, text).expect("written");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("changed");
}

/// A folder with a certificate, and that certificate.
pub(crate) fn folder(days: i64) -> (Arc<TempDir>, Made) {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let made = certificate(days);
    made.put(folder.path());
    (folder, made)
}

/// A server with a certificate, and that certificate.
pub(crate) fn server() -> (Server, Made) {
    let (folder, made) = folder(90);
    (Server::start_in(folder, SETTINGS), made)
}

/// A connection by TLS.
pub(crate) type Encrypted = Raw<StreamOwned<ClientConnection, TcpStream>>;

/// Connects and trusts this certificate alone.
pub(crate) fn connect(to: SocketAddr, trusted: &Made) -> Encrypted {
    try_connect(to, trusted, rustls::ALL_VERSIONS, &[b"http/1.1"]).expect("a handshake")
}

/// Connects with one of these versions of TLS, and offers these protocols.
pub(crate) fn try_connect(
    to: SocketAddr,
    trusted: &Made,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> io::Result<Encrypted> {
    let mut roots = RootCertStore::empty();
    roots.add(on_the_wire(trusted)).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_protocol_versions(versions).expect("versions");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from(NAME).expect("a name");
    let session = ClientConnection::new(Arc::new(config), name).expect("a session");
    let socket = TcpStream::connect_timeout(&to, TIMEOUT)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    socket.set_nodelay(true)?;
    let mut stream = StreamOwned::new(session, socket);
    while stream.conn.is_handshaking() {
        if let Err(refused) = stream.conn.complete_io(&mut stream.sock) {
            // Closed with bytes unread, the connection would be reset, and the server would not learn why.
            let _ = stream.sock.read_to_end(&mut Vec::new());
            return Err(refused);
        }
    }
    stream.flush()?;
    Ok(Raw::of(stream))
}

/// A certificate as it is on the wire.
fn on_the_wire(made: &Made) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(made.certificate.as_bytes()).expect("PEM")
}
