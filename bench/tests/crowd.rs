//! Tests the simulated crowd as a program: against the real server, against one that breaks its
//! promises, and against what is no server at all.

#![cfg(target_os = "linux")]

#[path = "../../tests/support/bench.rs"]
#[expect(dead_code, reason = "no measurement is made here")]
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread;

use serde_json::Value;

use support::build;

const PROGRAM: &str = env!("CARGO_BIN_EXE_zaibo-bench");

/// Settings for a crowd: no budget of registrations, and password hashes that cost little.
const FOR_CROWDS: [(&str, &str); 3] = [
    ("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "0"),
    ("ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB", "8"),
    ("ZAIBO_ACCOUNTS__ARGON2_PASSES", "1"),
];

/// A small crowd. Answers may take long, because the tests share the machine.
const SMALL: &str = "--rooms 5 --viewers 60 --sockets 0.8 --for 24s --seed 7 --late 25s";

/// A running server, which is killed on drop.
struct Server {
    process: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, settings)
    }

    fn start_in(folder: tempfile::TempDir, settings: &[(&str, &str)]) -> Self {
        let program = build("zaibo").join("zaibo");
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .envs(settings.iter().copied())
            .env("ZAIBO_OPS__LISTEN", "")
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let mut line = String::new();
        let output = process.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let (_, address) = line.split_once("://").expect("an address");
        Self {
            process,
            address: address.trim().parse().expect("an address"),
            folder,
        }
    }

    /// A server for crowds that speaks HTTPS, with one more setting. Nobody knows who signed its
    /// certificate but those who have its file, [`Server::certificate`].
    fn with_https(name: &str, value: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]);
        let made = made.expect("a certificate");
        let files = [
            ("cert.pem", made.cert.pem()),
            ("key.pem", made.signing_key.serialize_pem()),
        ];
        for (file, text) in files {
            fs::write(folder.path().join(file), text).expect("a file");
        }
        let settings = [
            (name, value),
            ("ZAIBO_HTTP__TLS_CERT", "cert.pem"),
            ("ZAIBO_HTTP__TLS_KEY", "key.pem"),
        ];
        Self::start_in(folder, &[&FOR_CROWDS[..], &settings].concat())
    }

    /// The file of its certificate.
    fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// A server for crowds, with one more setting.
    fn for_crowds(name: &str, value: &str) -> Self {
        Self::start(&[&FOR_CROWDS[..], &[(name, value)]].concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn crowd(url: &str, words: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["crowd", "--url", url]);
    command.args(words.split_whitespace());
    command.output().expect("a process")
}

/// The same crowd at three servers. They take half a minute, so they run at the same time.
struct Shows {
    /// The server does what the crowd expects: it drops who was silent for 11 s, within the show. It
    /// speaks HTTPS.
    right: Output,
    /// The server drops everybody who was silent for 8 s, which is less than the time between beats.
    impatient: Output,
    /// The server drops nobody within the show.
    patient: Output,
}

static SHOWS: LazyLock<Shows> = LazyLock::new(|| {
    let right = || {
        let server = Server::with_https("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", "11");
        let ca = server.certificate();
        let words = format!("{SMALL} --member-timeout 11s --ca {}", ca.display());
        crowd(&format!("https://{}", server.address), &words)
    };
    let show = |timeout: &str, words: &str| {
        let server = Server::for_crowds("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", timeout);
        let url = format!("http://{}/sxb/index.php", server.address);
        crowd(&url, &format!("{SMALL} {words}"))
    };
    thread::scope(|scope| {
        let right = scope.spawn(right);
        let impatient = scope.spawn(|| show("8", "--json"));
        let patient = scope.spawn(|| show("60", "--member-timeout 11s --json"));
        Shows {
            right: right.join().expect("no failure"),
            impatient: impatient.join().expect("no failure"),
            patient: patient.join().expect("no failure"),
        }
    })
});

/// The results of a crowd of which a server broke promises, and the names of the breaches.
#[track_caller]
fn broken(output: &Output) -> (Value, Vec<String>) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("promises were broken: "), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let promises = report["promises"].as_array().expect("a list");
    let broken = promises.iter().filter(|row| row["verdict"] == "BROKEN");
    let names = broken.map(|row| row["breach"].as_str().expect("a name").to_owned());
    let names = names.collect();
    (report, names)
}

/// The one line that a crowd says when it cannot go on.
#[track_caller]
fn only_line(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said
        .lines()
        .filter(|line| !line.contains(" left "))
        .collect();
    assert_eq!(lines.len(), 1, "{said}");
    lines[0].to_owned()
}

#[test]
fn a_server_that_keeps_its_promises_holds_them_all() {
    let output = &SHOWS.right;
    let said = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{text}");
    for breach in ["| 0 ghosts ", "| 0 false leaves "] {
        let row = text.lines().find(|line| line.contains(breach));
        assert!(row.is_some_and(|row| row.contains("| holds ")), "{text}");
    }
    assert!(!text.contains("BROKEN"), "{text}");
    assert!(said.contains(" present in 5 lives "), "{said}");
    // Both protocols were spoken, and push told of both.
    for spoken in [
        "| heartbeat ",
        "| POST /v2/rooms/{room}/beat ",
        "| beat by WebSocket ",
    ] {
        assert!(text.contains(spoken), "{spoken}: {text}");
    }
    assert!(text.contains(" messages, 0 gaps"), "{text}");
    for least in [
        (" sockets opened, "),
        (" resumed, "),
        (" states compared, "),
    ] {
        let (before, _) = text.split_once(least).expect("figures of push");
        let figure = before.rsplit(char::is_whitespace).next();
        let figure = figure.and_then(|figure| figure.parse::<u64>().ok());
        assert!(figure.is_some_and(|figure| figure > 5), "{least}: {text}");
    }
}

#[test]
fn who_is_dropped_between_two_beats_is_a_false_leave() {
    let (report, names) = broken(&SHOWS.impatient);
    assert!(names.contains(&"false leaves".to_owned()), "{names:?}");
    assert!(!names.contains(&"ghosts".to_owned()), "{names:?}");
    let promises = report["promises"].as_array().expect("a list");
    let leaves = promises.iter().find(|row| row["breach"] == "false leaves");
    let example = leaves.and_then(|row| row["examples"][0].as_str());
    let example = example.expect("an example");
    assert!(example.contains(" does not list crowd7-0000"), "{example}");
}

#[test]
fn who_is_listed_after_their_time_is_a_ghost() {
    let (_, names) = broken(&SHOWS.patient);
    assert!(names.contains(&"ghosts".to_owned()), "{names:?}");
    assert!(!names.contains(&"false leaves".to_owned()), "{names:?}");
}

#[test]
fn a_server_that_goes_away_is_one_line() {
    let mut server = Server::start(&FOR_CROWDS);
    let url = format!("http://{}", server.address);
    let mut command = Command::new(PROGRAM);
    command.args(["crowd", "--url", &url]);
    command.args(SMALL.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut crowd = command.spawn().expect("a process");
    let mut said = BufReader::new(crowd.stderr.take().expect("its errors"));
    // The display says when the show is on.
    let mut line = String::new();
    while !line.contains(" present in ") {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("text"), 0);
    }
    server.process.kill().expect("it runs");
    let mut stderr = Vec::new();
    said.read_to_end(&mut stderr).expect("text");
    let mut output = crowd.wait_with_output().expect("an end");
    output.stderr = stderr;
    let line = only_line(&output);
    let beginning = format!("zaibo-bench: simulating a crowd: {url}/index.php: after ");
    assert!(line.starts_with(&beginning), "{line}");
    assert!(
        line.contains(" s of the show: it cannot be reached: "),
        "{line}"
    );
}

#[test]
fn a_server_with_its_usual_budget_is_one_line_that_names_the_setting() {
    let server = Server::start(&[
        ("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "1"),
        FOR_CROWDS[1],
        FOR_CROWDS[2],
    ]);
    let line = only_line(&crowd(&format!("http://{}", server.address), SMALL));
    let setting = "ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE=0";
    assert!(line.contains(setting), "{line}");
}

#[test]
fn a_certificate_that_nobody_trusts_is_one_line() {
    let server = Server::with_https("ZAIBO_ROOMS__MEMBER_TIMEOUT_S", "35");
    let url = format!("https://{}", server.address);
    let line = only_line(&crowd(&url, SMALL));
    assert!(line.contains("invalid peer certificate"), "{line}");
    let key = server.certificate().with_file_name("key.pem");
    for (ca, expected) in [
        (&key, "no certificate is in it"),
        (&key.with_file_name("missing.pem"), "No such file"),
    ] {
        let ca = ca.display();
        let line = only_line(&crowd(&url, &format!("{SMALL} --ca {ca}")));
        assert!(line.contains(&format!("{ca}: ")), "{line}");
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn what_is_not_zaibo_is_one_line() {
    let answers = [
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "HTTP status 404",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
            "<html>",
        ),
        ("SSH-2.0-OpenSSH_9.9\r\n", "invalid"),
        ("", "closes every connection"),
    ];
    for (answer, expected) in answers {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let line = only_line(&crowd(&url, SMALL));
        assert!(
            line.contains(&format!("{url}/index.php: no zaibo answers there")),
            "{line}"
        );
        assert!(line.contains(expected), "{line}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("an address");
    drop(nobody);
    let line = only_line(&crowd(&format!("http://{address}"), SMALL));
    assert!(line.contains("it cannot be reached: "), "{line}");
}

#[test]
fn another_machine_gets_nothing_unless_its_owner_says_so() {
    // An address of documentation, which nobody has.
    let line = only_line(&crowd("http://192.0.2.1", SMALL));
    assert!(line.contains("--i-own-this-server"), "{line}");
    let wrong = crowd("ftp://127.0.0.1", SMALL);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn the_help_names_every_option_and_the_settings_that_the_server_needs() {
    let help = Command::new(PROGRAM).args(["crowd", "--help"]).output();
    let help = String::from_utf8(help.expect("a process").stdout).expect("text");
    for option in
        "--url --ca --rooms --viewers --for --seed --member-timeout --host-timeout --mic-seats \
                   --late --modern --sockets --json --i-own-this-server"
            .split_whitespace()
    {
        assert!(
            help.contains(&format!("      {option}")),
            "{option}: {help}"
        );
    }
    for (name, value) in FOR_CROWDS {
        assert!(help.contains(&format!("{name}={value}")), "{name}: {help}");
    }
}
