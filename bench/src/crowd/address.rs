//! The address of the server that gets the crowd.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};

/// An address as `http://HOST:PORT/PATH`.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) scheme: Scheme,
    /// Host and port, as the header `Host` names them.
    pub(crate) host: String,
    pub(crate) path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const ALL: [Self; 2] = [Self::Http, Self::Https];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Http => "http://",
            Self::Https => "https://",
        }
    }

    /// The port, if the address names none.
    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Address {
    /// Parses an address; the path may be missing.
    ///
    /// # Errors
    /// What to give instead.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        const WANTED: &str = "give http://HOST:PORT or https://HOST:PORT, with or without a path";
        let after = |scheme: Scheme| Some((scheme, text.strip_prefix(scheme.prefix())?));
        let (scheme, rest) = Scheme::ALL.into_iter().find_map(after).ok_or(WANTED)?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || !is_plain(rest) || rest.contains(['?', '#', '@']) {
            return Err(format!("{WANTED}, and nothing else"));
        }
        let path = if path.len() > 1 { path } else { "/index.php" };
        Ok(Self {
            scheme,
            host: host.to_owned(),
            path: path.to_owned(),
        })
    }

    /// The host without its port: the name that its certificate has to have.
    pub(crate) fn name(&self) -> &str {
        self.name_and_port().0
    }

    fn name_and_port(&self) -> (&str, u16) {
        let split = self.host.rsplit_once(':');
        let split = split.and_then(|(name, port)| Some((name, port.parse().ok()?)));
        let (name, port) = split.unwrap_or((&self.host, self.scheme.port()));
        (name.trim_matches(['[', ']']), port)
    }

    /// The address of the server's socket.
    ///
    /// # Errors
    /// If the name is not known.
    pub(crate) fn resolve(&self) -> Result<SocketAddr, String> {
        let unknown = |cause: &dyn fmt::Display| format!("no such address: {cause}");
        let addresses = self.name_and_port().to_socket_addrs();
        let mut addresses = addresses.map_err(|cause| unknown(&cause))?;
        addresses.next().ok_or_else(|| unknown(&"it has none"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.scheme.prefix(), self.host, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        let url = |text| Address::parse(text).map(|address| address.to_string());
        assert_eq!(url("http://a:1").as_deref(), Ok("http://a:1/index.php"));
        assert_eq!(url("https://a/").as_deref(), Ok("https://a/index.php"));
        assert_eq!(
            url("http://a/sxb/i.php").as_deref(),
            Ok("http://a/sxb/i.php")
        );
        for wrong in [
            "ftp://a",
            "a:1",
            "http://",
            "https://",
            "http://a/?svc=live",
            "http://a b",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_told_from_its_port() {
        let read = |text: &str| {
            let address = Address::parse(text).expect("an address");
            (address.name().to_owned(), address.name_and_port().1)
        };
        assert_eq!(read("http://127.0.0.1:81"), ("127.0.0.1".into(), 81));
        assert_eq!(read("https://live.example"), ("live.example".into(), 443));
        assert_eq!(read("http://[::1]:81/x"), ("::1".into(), 81));
        assert_eq!(read("http://[::1]"), ("::1".into(), 80));
    }
}
