//! An address that the server takes at once, and at which it listens only when it can answer.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

/// A socket with an address. Until it listens, the system refuses clients, and they come again; at a
/// socket that listens already they would wait for an answer while the server starts.
pub(super) struct Bound {
    socket: OwnedFd,
    wanted: SocketAddr,
}

impl Bound {
    /// Takes an address. With port 0 the system chooses the port.
    ///
    /// # Errors
    /// If somebody listens there, or this machine or this user may not have it.
    pub(super) fn at(wanted: SocketAddr) -> io::Result<Self> {
        let taken = || -> rustix::io::Result<OwnedFd> {
            let family = match wanted {
                SocketAddr::V4(_) => AddressFamily::INET,
                SocketAddr::V6(_) => AddressFamily::INET6,
            };
            let socket = socket(family, SocketType::STREAM, None)?;
            fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
            // As the standard library does: connections of an earlier process may still be closing.
            set_socket_reuseaddr(&socket, true)?;
            bind(&socket, &wanted)?;
            Ok(socket)
        };
        match taken() {
            Ok(socket) => Ok(Self { socket, wanted }),
            Err(cause) => Err(refused(wanted, cause.into())),
        }
    }

    /// The address that was asked for, perhaps with port 0.
    pub(super) fn wanted(&self) -> SocketAddr {
        self.wanted
    }

    /// Listens, with room for so many connections that wait until they are accepted.
    ///
    /// # Errors
    /// If somebody else took the address in the same way and listened first.
    pub(super) fn listen(self, backlog: i32) -> io::Result<TcpListener> {
        listen(&self.socket, backlog).map_err(|cause| refused(self.wanted, cause.into()))?;
        Ok(self.socket.into())
    }
}

/// The cause with the address, and with what the operator can do.
fn refused(wanted: SocketAddr, cause: io::Error) -> io::Error {
    let remedy = match cause.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program listens there (see ss -ltnp): end it, or set another address"
        }
        io::ErrorKind::AddrNotAvailable => "; set an address of this machine",
        io::ErrorKind::PermissionDenied => {
            "; a port below 1024 needs a right (CAP_NET_BIND_SERVICE): grant it, or set a higher port"
        }
        _ => "",
    };
    io::Error::new(cause.kind(), format!("{wanted}: {cause}{remedy}"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use rustix::net::getsockname;

    use super::*;

    #[test]
    fn clients_are_refused_until_the_server_listens() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(bound) = Bound::at(any.parse().expect("an address")) else {
                assert_ne!(any, "127.0.0.1:0", "every machine has this address");
                continue;
            };
            let address = getsockname(&bound.socket).expect("an address");
            let address = SocketAddr::try_from(address).expect("an address");
            let early = TcpStream::connect(address).expect_err("nobody listens");
            assert_eq!(early.kind(), io::ErrorKind::ConnectionRefused);
            let listener = bound.listen(1).expect("it listens");
            assert_eq!(listener.local_addr().expect("an address"), address);
            TcpStream::connect(address).expect("a connection");
        }
    }

    #[test]
    fn an_address_at_which_somebody_listens_is_refused_with_a_remedy() {
        let first = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = first.local_addr().expect("an address");
        let refused = Bound::at(address).err().expect("it is taken");
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
        let said = refused.to_string();
        assert!(said.starts_with(&address.to_string()), "{said}");
        assert!(said.contains("set another address"), "{said}");
    }

    #[test]
    fn of_two_that_took_an_address_at_the_same_time_one_listens() {
        let first = Bound::at("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let address = getsockname(&first.socket).expect("an address");
        let second = Bound::at(SocketAddr::try_from(address).expect("an address"));
        let second = second.expect("nobody listens yet");
        let _listens = first.listen(1).expect("it listens");
        let refused = second.listen(1).expect_err("the first listens");
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
    }
}
