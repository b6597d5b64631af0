//! What processes use of processor and memory, as Linux tells it in /proc.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use zaibo::error::Fault;

/// The state of a listening socket in the table of sockets. Its queues count connections.
const LISTENS: &str = "0A";

/// Files that a process needs beside its sockets.
const OTHER_FILES: u64 = 1000;

/// The processor time of a process so far, in steps of ten milliseconds.
///
/// # Errors
/// If the process has ended.
pub(crate) fn cpu(process: u32) -> Result<Duration, Fault> {
    let stat = of(process, "stat")?;
    // The fields after the process name. The name may contain anything, so they start at the
    // last ")".
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|ticks| ticks.parse::<u64>().ok());
    let user_and_system = ticks().zip(ticks());
    let (user, system) = user_and_system.ok_or_else(|| fault("stat has another form"))?;
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64(
        (user + system) as f64 / per_second as f64,
    ))
}

/// The resident memory of a process, in bytes.
///
/// # Errors
/// If the process has ended.
pub(crate) fn resident(process: u32) -> Result<u64, Fault> {
    bytes(process, "status", "VmRSS:")
}

/// The same, but of memory that it shares with others only its share, so that the processes of one
/// server can be added up.
///
/// # Errors
/// If the process has ended.
pub(crate) fn proportional(process: u32) -> Result<u64, Fault> {
    bytes(process, "smaps_rollup", "Pss:")
}

/// A process and those that it started.
///
/// # Errors
/// If it has ended.
pub(crate) fn family(process: u32) -> Result<Vec<u32>, Fault> {
    let children = of(process, &format!("task/{process}/children"))?;
    let children = children.split_whitespace().flat_map(str::parse);
    Ok([process].into_iter().chain(children).collect())
}

/// The bytes that the kernel holds for the readers of a port: sent, and not yet taken by the other
/// side.
///
/// # Errors
/// If the kernel does not tell.
pub(crate) fn unsent(port: u16) -> Result<u64, Fault> {
    let sockets = fs::read_to_string("/proc/net/tcp").map_err(fault)?;
    let own = format!(":{port:04X}");
    let queues = sockets.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, _remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        let (unsent, _unread) = fields.next()?.split_once(':')?;
        let is_ours = local.ends_with(&own) && state != LISTENS;
        is_ours.then(|| u64::from_str_radix(unsent, 16).ok())?
    });
    Ok(queues.sum())
}

fn bytes(process: u32, file: &str, field: &str) -> Result<u64, Fault> {
    let text = of(process, file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib * 1024)
        .ok_or_else(|| fault(format!("{file} has another form")))
}

fn of(process: u32, file: &str) -> Result<String, Fault> {
    fs::read_to_string(format!("/proc/{process}/{file}")).map_err(fault)
}

fn fault(cause: impl std::fmt::Display) -> Fault {
    Fault::new("reading what a server uses", cause.to_string())
}

/// Lets this process, and those that it starts, open a file for each socket.
///
/// # Errors
/// If the system does not allow so many.
pub(crate) fn allow_files(sockets: usize) -> Result<(), Fault> {
    let needed = sockets as u64 + OTHER_FILES;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    let allowed = setrlimit(Resource::Nofile, wanted);
    if is_enough(current) || (allowed.is_ok() && is_enough(maximum)) {
        return Ok(());
    }
    let cause = format!("{needed} open files are needed: raise `ulimit -Hn`");
    Err(Fault::new("opening sockets", cause))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_a_reader_does_not_take_stays_with_the_kernel() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let _reader = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (mut writer, _) = listener.accept().unwrap();
        assert_eq!(unsent(port).unwrap(), 0);
        writer.set_nonblocking(true).unwrap();
        while writer.write(&[0; 65_536]).is_ok() {}
        assert!(unsent(port).unwrap() >= 65_536);
    }

    #[test]
    fn a_process_tells_of_itself() {
        let own = std::process::id();
        assert!(family(own).unwrap().contains(&own));
        let (share, whole) = (proportional(own).unwrap(), resident(own).unwrap());
        assert!(share > 0 && share <= whole * 2, "{share} of {whole}");
    }
}
