//! The address that a request comes from, as far as it can be trusted, and which clients share
//! their budgets.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// The address of the client that sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The request came from this address. An IPv4 address is never stored in its IPv6 form.
    At(IpAddr),
    /// A proxy passed the request on, and the address that it gave for the client cannot be read.
    Unknown,
}

/// The clients that share one budget. For IPv6 this is the network and not the address, because one
/// household has 2⁶⁴ addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// One IPv4 address.
    V4(Ipv4Addr),
    /// A /64 network of IPv6: its first four groups of 16 bits.
    V6([u16; 4]),
    /// All clients whose address is unknown.
    Unknown,
}

impl Client {
    /// The client at this address.
    pub fn at(address: IpAddr) -> Self {
        Self::At(address.to_canonical())
    }

    /// Whether the client runs on the same machine as the server.
    pub fn is_loopback(self) -> bool {
        matches!(self, Self::At(address) if address.is_loopback())
    }

    /// The network whose budgets this client shares.
    pub fn network(self) -> Network {
        match self {
            Self::At(IpAddr::V4(address)) => Network::V4(address),
            Self::At(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Network::V6([a, b, c, d])
            }
            Self::Unknown => Network::Unknown,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(address) => address.fmt(f),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::at(address.parse().expect("an address"))
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client_and_of_ipv4_each_is_its_own() {
        let network = |address| client(address).network();
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    }

    #[test]
    fn loopback_is_loopback_in_every_spelling_and_unknown_never_is() {
        for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(client(address).is_loopback(), "{address}");
        }
        assert!(!client("192.0.2.1").is_loopback());
        assert!(!Client::Unknown.is_loopback());
    }

    #[test]
    fn a_client_shows_itself_by_its_address_or_as_unknown() {
        assert_eq!(client("192.0.2.7").to_string(), "192.0.2.7");
        assert_eq!(client("::ffff:192.0.2.7").to_string(), "192.0.2.7");
        assert_eq!(client("2001:db8::7").to_string(), "2001:db8::7");
        assert_eq!(Client::Unknown.to_string(), "unknown");
    }
}
