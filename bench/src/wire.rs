//! The bytes of a connection: plain, or encrypted by TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned};
use zaibo::error::Fault;

/// How the server proves who it is, and for which name.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// Trusts the authorities in a file of PEM, or without one those that browsers trust. Each connection
    /// makes a full handshake.
    ///
    /// # Errors
    /// If the file holds no certificate, or that is no name of a server.
    pub(crate) fn trusting(authorities: Option<&Path>, name: &str) -> Result<Self, Fault> {
        let fault = |cause: String| Fault::new("preparing HTTPS", cause);
        let mut trusted = RootCertStore::empty();
        match authorities {
            Some(file) => {
                let shown = file.display();
                let wrong = |cause: &dyn std::fmt::Display| fault(format!("{shown}: {cause}"));
                let found = CertificateDer::pem_file_iter(file).map_err(|cause| wrong(&cause))?;
                for certificate in found {
                    let certificate = certificate.map_err(|cause| wrong(&cause))?;
                    trusted.add(certificate).map_err(|cause| wrong(&cause))?;
                }
                if trusted.is_empty() {
                    return Err(wrong(&"no certificate is in it"));
                }
            }
            None => trusted.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions();
        let config = config.map_err(|cause| fault(cause.to_string()))?;
        let mut config = config.with_root_certificates(trusted).with_no_client_auth();
        config.resumption = Resumption::disabled();
        let name = ServerName::try_from(name.to_owned());
        Ok(Self {
            config: Arc::new(config),
            name: name.map_err(|cause| fault(cause.to_string()))?,
        })
    }

    /// The same, but a connection resumes the session of an earlier one, as apps do.
    pub(crate) fn resuming(&self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::in_memory_sessions(64);
        Self {
            config: Arc::new(config),
            name: self.name.clone(),
        }
    }
}

/// The bytes of a connection. It need not be connected yet.
pub(crate) enum Wire {
    Plain(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// Puts TLS around a stream, if it is wanted.
    ///
    /// # Errors
    /// If TLS does not take its configuration.
    pub(crate) fn new(stream: TcpStream, tls: Option<&Tls>) -> io::Result<Self> {
        let Some(Tls { config, name }) = tls else {
            return Ok(Self::Plain(stream));
        };
        let client = ClientConnection::new(Arc::clone(config), name.clone());
        let client = client.map_err(io::Error::other)?;
        Ok(Self::Encrypted(Box::new(StreamOwned::new(client, stream))))
    }

    /// Whether it resumed an earlier session of TLS.
    pub(crate) fn is_resumed(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Encrypted(stream) => stream.conn.handshake_kind() == Some(HandshakeKind::Resumed),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(into),
            Self::Encrypted(stream) => stream.read(into),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(from),
            Self::Encrypted(stream) => stream.write(from),
        }
    }

    /// Sends what TLS still holds, as far as the connection takes it.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Encrypted(stream) => match stream.flush() {
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => Ok(()),
                flushed => flushed,
            },
        }
    }
}
