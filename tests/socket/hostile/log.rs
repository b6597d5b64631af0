//! A log that no process reads: requests are still answered, and the lost lines are counted.

use std::io::Read;
use std::net::SocketAddr;
use std::process::Command;

use crate::client::{Client, PASSWORD};
use crate::raw::{Raw, head};
use crate::server::{command, eventually, unique};

#[test]
fn a_log_into_a_pipe_that_nobody_reads_stalls_no_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [("ZAIBO_LOG__FILTER", "trace")];
    let mut child = command(folder.path(), &settings)
        .spawn()
        .expect("a process");
    let mut log = child.stderr.take().expect("standard error");
    let mut printed = std::io::BufReader::new(child.stdout.take().expect("standard output"));
    // The first printed line has the address for clients, the fourth the address for operators.
    let mut address = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut printed, &mut line).expect("a line");
        let rest = line.trim().split("http://").nth(1)?;
        let address = rest.split(['/', '\'']).next()?;
        address.parse::<SocketAddr>().ok()
    };
    let [clients, _, _, operators] = [address(), address(), address(), address()];
    let (address, operators) = (clients.expect("clients"), operators.expect("operators"));
    let client = Client::of(address);
    let id = unique("somebody");
    client.regist(&id, PASSWORD).ok();
    let dropped = || {
        let mut raw = Raw::connect(operators);
        raw.send(head("GET", "/metrics", &[("Connection", "close")]));
        let figures = String::from_utf8(raw.response().body).expect("text");
        let name = "zaibo_log_lines_dropped_total ";
        let line = figures.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0, |count| count.parse::<u64>().expect("a number"))
    };
    // These are far more lines than the pipe and the queue before it hold.
    eventually("lines to be dropped", || {
        for _ in 0..200 {
            client.login(&id, PASSWORD).ok();
        }
        (dropped() > 0).then_some(())
    });
    // When the log is read again, it says how many lines are missing.
    let mut said = Vec::new();
    let mut piece = vec![0; 1 << 16];
    eventually("a word about what is missing", || {
        let length = log.read(&mut piece).expect("the log");
        said.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&said);
        text.contains("lines of the log are missing").then_some(())
    });
    let reading = std::thread::spawn(move || {
        let mut rest = String::new();
        log.read_to_string(&mut rest).map(|_| rest)
    });
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    assert!(sent.expect("kill").success());
    let ended = eventually("the server to end", || child.try_wait().expect("a child"));
    assert!(ended.success(), "{ended}");
    // The last lines of the log have arrived.
    let rest = reading.join().expect("read").expect("text");
    assert!(rest.contains("stopped"), "{rest}");
}
