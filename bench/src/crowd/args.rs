//! The arguments of the simulated crowd.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use super::address::Address;

/// Sends a simulated crowd to a running server and says which of its promises it broke.
///
/// Hosts and viewers of both protocols come and go as people do. The crowd knows who should be in
/// which room and compares that with the server's lists, and with what push told. All decisions come
/// from the seed.
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
    #[arg(long, default_value = "http://127.0.0.1:8080", value_parser = Address::parse)]
    pub(crate) url: Address,
    /// With https://, the authorities that are trusted instead of those that browsers trust: a file of
    /// PEM. The certificate of the server itself does too, if nobody else signed it.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Hosts; each has one room.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rooms: u32,
    /// Viewers of all rooms together. Not all of them are present at the same time.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) viewers: u32,
    /// Duration of the show, as 60s or 2m. It begins when everybody has logged in.
    #[arg(long = "for", default_value = "60s", value_name = "TIME", value_parser = duration)]
    pub(crate) span: Duration,
    /// Share of people who speak the live API (/v2), from 0 to 1. The others speak the old protocol, in the
    /// same rooms.
    #[arg(long, default_value_t = 0.5, value_name = "SHARE", value_parser = share)]
    pub(crate) modern: f64,
    /// Share of those who are told by WebSocket of what happens in their room.
    #[arg(long, default_value_t = 0.5, value_name = "SHARE", value_parser = share)]
    pub(crate) sockets: f64,
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
    /// An answer that takes longer is late, and so is an event of push.
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

/// Parses a share, from 0 to 1. NaN is none.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok();
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "give a number from 0 to 1, such as 0.5".into())
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
    fn times_are_read_as_they_are_written() {
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
    }
}
