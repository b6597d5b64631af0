//! A server under test: the real binary in a folder of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::client::{Client, User};
use crate::engine;
use crate::raw::{Raw, head};

/// How long a test waits for anything before it fails. No assertion is about this time.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

const STEP: Duration = Duration::from_millis(20);

/// The settings of every server in these tests, unless a test overrides them.
const QUICK: &[(&str, &str)] = &[
    ("ZAIBO_HTTP__LISTEN", "127.0.0.1:0"),
    ("ZAIBO_OPS__LISTEN", "127.0.0.1:0"),
    ("ZAIBO_CALLBACK__UNSIGNED", "loopback"),
    ("ZAIBO_ACCOUNTS__ARGON2_MEMORY_KIB", "64"),
    ("ZAIBO_ACCOUNTS__ARGON2_PASSES", "1"),
    // All tests come from one address, so these limits are off.
    ("ZAIBO_ACCOUNTS__REGISTRATIONS_PER_MINUTE", "0"),
    ("ZAIBO_ROOMS__CREATES_PER_MINUTE", "0"),
];

/// Settings as environment variables.
pub(crate) type Settings = [(&'static str, &'static str)];

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    printed: Said,
    log: Said,
    settings: Vec<(&'static str, &'static str)>,
    folder: Arc<TempDir>,
}

/// The text that a server has written to standard output or standard error so far.
struct Said(Arc<Mutex<String>>);

impl Server {
    pub(crate) fn start(settings: &Settings) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        Self::start_in(folder, settings)
    }

    /// Starts the server again in the same folder, with the same settings.
    pub(crate) fn restart(self) -> Self {
        Self::start_in(self.folder.clone(), &self.settings.clone())
    }

    pub(crate) fn start_in(folder: Arc<TempDir>, settings: &Settings) -> Self {
        Self::of(command(folder.path(), settings), folder, settings)
    }

    /// Starts a command from [`command`], whose arguments and variables may have been changed.
    pub(crate) fn of(mut command: Command, folder: Arc<TempDir>, settings: &Settings) -> Self {
        let mut child = command.spawn().expect("a process");
        let printed = Said::of(child.stdout.take().expect("standard output"));
        let log = Said::of(child.stderr.take().expect("standard error"));
        let started = || match child.try_wait().expect("a child") {
            Some(status) => panic!("the server ended with {status}: {}", log.text()),
            None => printed.lines().first().cloned(),
        };
        let listens = eventually("the server to start", started);
        let address = listens
            .split("://")
            .nth(1)
            .and_then(|rest| rest.parse().ok());
        let address =
            address.unwrap_or_else(|| panic!("the first line names no address: {listens}"));
        Self {
            child,
            address,
            printed,
            log,
            settings: settings.to_vec(),
            folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for operators.
    pub(crate) fn operators(&self) -> SocketAddr {
        let line = eventually("the line for operators", || self.printed().get(3).cloned());
        let rest = line.split_once("http://").map(|(_, rest)| rest);
        let address = rest.and_then(|rest| rest.split_once('/'));
        address.expect("an address").0.parse().expect("an address")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that was logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// The log, as soon as it contains these words. The log is written on another thread, so a line
    /// may come after the answer.
    pub(crate) fn logged(&self, words: &str) -> String {
        eventually(words, || Some(self.log()).filter(|log| log.contains(words)))
    }

    /// The server's resident memory, in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.status("VmRSS:") * 1024
    }

    /// The number of the server's threads.
    pub(crate) fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    /// The number of the server's open files.
    pub(crate) fn files(&self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.id()));
        files.expect("Linux").count()
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        number.expect("a number")
    }

    /// The value of this metric, labels included; 0 if it is absent.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        let mut raw = Raw::connect(self.operators());
        raw.send(head("GET", "/metrics", &[("Connection", "close")]));
        let figures = String::from_utf8(raw.response().body).expect("text");
        let line = figures.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0, |count| count.trim().parse().expect("a number"))
    }

    /// The lines that the server has printed so far.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.printed.lines()
    }

    /// A new client with connections of its own.
    pub(crate) fn client(&self) -> Client {
        Client::of(self.address)
    }

    /// A new user, logged in. Their id begins with `name`.
    pub(crate) fn newcomer(&self, name: &str) -> User {
        User::register(self.client(), &unique(name))
    }

    /// Sends SIGKILL, so that the server can do nothing more.
    pub(crate) fn kill_nine(&mut self) {
        self.signal("-KILL");
        self.ended();
    }

    /// Sends a signal and does not wait for its effect.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// The exit status, if the server has ended.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child")
    }

    /// Waits for the server to end, and returns its exit status.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        eventually("the server to end", || {
            self.child.try_wait().expect("a child")
        })
    }

    #[expect(
        clippy::print_stderr,
        reason = "what the server said is what one wants to see of a failed test"
    )]
    fn show_log_of_a_failure(&self) {
        if thread::panicking() {
            let lines = self.log.lines();
            let last = &lines[lines.len().saturating_sub(100)..];
            eprintln!("-- end of the server's log:\n{}\n--", last.join("\n"));
        }
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal("-TERM");
        self.ended()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.show_log_of_a_failure();
    }
}

impl Said {
    fn of(from: impl Read + Send + 'static) -> Self {
        let said = Arc::new(Mutex::new(String::new()));
        let all = said.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                let mut text = all.lock().expect("text");
                text.push_str(&line);
                text.push('\n');
            }
        });
        Self(said)
    }

    fn text(&self) -> String {
        self.0.lock().expect("text").clone()
    }

    fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

/// The server that is shared by all tests without special settings. It runs as long as one of them
/// runs. They share its rooms and users: ids are unique, and a test that reads the room list uses
/// an app of its own.
pub(crate) fn shared() -> Shared {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().expect("a server");
    if let Some(running) = shared.upgrade() {
        return Shared(running);
    }
    let started = Arc::new(Server::start(&[]));
    *shared = Arc::downgrade(&started);
    Shared(started)
}

pub(crate) struct Shared(Arc<Server>);

impl Drop for Shared {
    fn drop(&mut self) {
        // The last test shows the log when it drops the server.
        if Arc::strong_count(&self.0) > 1 {
            self.show_log_of_a_failure();
        }
    }
}

impl Deref for Shared {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

/// The command that starts the binary in a folder.
pub(crate) fn command(folder: &Path, settings: &Settings) -> Command {
    let program = Command::new(PathBuf::from(env!("CARGO_BIN_EXE_zaibo")));
    in_folder(program, folder, settings)
}

/// Prepares a command to run in a folder like a server.
pub(crate) fn in_folder(mut command: Command, folder: &Path, settings: &Settings) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ZAIBO_")) {
        command.env_remove(name);
    }
    if let Some(url) = engine::store_setting(folder) {
        command.env("ZAIBO_STORE__URL", url);
    }
    command
        .current_dir(folder)
        .envs(QUICK.iter().copied())
        .envs(settings.iter().copied())
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A name that no other test gets.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}-{}", number())
}

/// A number that no other test gets.
pub(crate) fn number() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Calls `ask` repeatedly until it returns a value.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..TIMEOUT.as_millis() / STEP.as_millis() {
        if let Some(answer) = ask() {
            return answer;
        }
        thread::sleep(STEP);
    }
    panic!("waited in vain for {what}")
}
