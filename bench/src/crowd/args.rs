//! The arguments of the simulated crowd.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use clap::Parser;

/// Sends a simulated crowd to a running server and says which of its promises it broke.
///
/// Hosts and viewers of the old protocol come and go as people do. The crowd knows who should be in
/// which room and compares that with the server's lists. All decisions come from the seed.
///
/// The server needs ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE=0, because all people register from one
/// address. With ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB=8 and ZAIBO_ACCOUNTS__ARGON2_PASSES=1 thousands
/// of people register and log in within seconds, and not within minutes. The accounts stay in its
/// database; another crowd of the same seed logs in to them again.
///
/// Exit status: 0 if every promise held; 1 if one was broken, or the crowd could not run.
#[derive(Clone, Debug, Parser)]
pub(crate) struct CrowdArgs {
    /// Address of the server; with a path, if it is not /index.php.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_parser = Target::parse)]
    pub(crate) url: Target,
    /// Hosts; each has one room.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rooms: u32,
    /// Viewers of all rooms together. Not all of them are present at the same time.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) viewers: u32,
    /// Duration of the show, as 60s or 2m. It begins when everybody has logged in.
    #[arg(long = "for", default_value = "60s", value_name = "TIME", value_parser = duration)]
    pub(crate) span: Duration,
    /// The same seed makes the same decisions.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// rooms.member_timeout_s of the server.
    #[arg(long, default_value = "35s", value_name = "TIME", value_parser = duration)]
    pub(crate) member_timeout: Duration,
    /// rooms.host_timeout_s of the server.
    #[arg(long, default_value = "90s", value_name = "TIME", value_parser = duration)]
    pub(crate) host_timeout: Duration,
    /// rooms.mic_seats of the server.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) mic_seats: u32,
    /// An answer that takes longer is late.
    #[arg(long, default_value = "2s", value_name = "TIME", value_parser = duration)]
    pub(crate) late: Duration,
    /// Print JSON instead of tables.
    #[arg(long)]
    pub(crate) json: bool,
    /// Send the crowd to a server on another machine. You need the consent of everybody whom the
    /// load and the new accounts concern.
    #[arg(long)]
    pub(crate) i_own_this_server: bool,
}

/// The address of the server.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Host and port, as the header `Host` names them.
    pub(crate) host: String,
    pub(crate) path: String,
}

impl Target {
    fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("http://");
        let rest = rest.ok_or("give http://HOST:PORT, with or without a path")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic());
        if host.is_empty() || !is_plain(rest) || rest.contains(['?', '#', '@']) {
            return Err("give http://HOST:PORT, with or without a path, and nothing else".into());
        }
        let path = if path.len() > 1 { path } else { "/index.php" };
        Ok(Self {
            host: host.to_owned(),
            path: path.to_owned(),
        })
    }

    /// The address of the server's socket.
    ///
    /// # Errors
    /// If the name is not known.
    pub(crate) fn resolve(&self) -> Result<SocketAddr, String> {
        let unknown = |cause: &dyn std::fmt::Display| format!("no such address: {cause}");
        let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        let has_port = self.host.rsplit_once(':').is_some_and(|(_, p)| digits(p));
        let addresses = if has_port {
            self.host.to_socket_addrs()
        } else {
            (self.host.trim_matches(['[', ']']), 80).to_socket_addrs()
        };
        let mut addresses = addresses.map_err(|cause| unknown(&cause))?;
        addresses.next().ok_or_else(|| unknown(&"it has none"))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http://{}{}", self.host, self.path)
    }
}

/// Parses a duration such as `60s`, `2m` or `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|other: char| !other.is_ascii_digit());
    let milliseconds = match &text[number.len()..] {
        "ms" => Some(1),
        "s" | "" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let number = number.parse::<u64>().ok();
    let all = number
        .zip(milliseconds)
        .and_then(|(n, ms)| n.checked_mul(ms));
    let all = all.filter(|all| (1..=86_400_000).contains(all));
    all.map(Duration::from_millis)
        .ok_or_else(|| "give a time such as 60s or 2m, one day at most".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_addresses_are_read_as_they_are_written() {
        let times = [
            "60s",
            "2m",
            "500ms",
            "7",
            "0s",
            "2d",
            "s",
            "9999999999999999h",
        ];
        let read = times.map(|time| duration(time).ok().map(|time| time.as_millis()));
        let expected = [Some(60_000), Some(120_000), Some(500), Some(7000)];
        assert_eq!(read[..4], expected);
        assert_eq!(read[4..], [None; 4]);
        let url = |text| Target::parse(text).map(|target| target.to_string());
        assert_eq!(url("http://a:1").as_deref(), Ok("http://a:1/index.php"));
        assert_eq!(url("http://a/").as_deref(), Ok("http://a/index.php"));
        assert_eq!(
            url("http://a/sxb/i.php").as_deref(),
            Ok("http://a/sxb/i.php")
        );
        for wrong in [
            "https://a",
            "a:1",
            "http://",
            "http://a/?svc=live",
            "http://a b",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
        let target = Target::parse("http://127.0.0.1:81").expect("an address");
        assert_eq!(target.resolve().map(|address| address.port()), Ok(81));
    }
}
