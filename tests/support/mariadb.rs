//! A real MariaDB for tests: a server of its own on a free port, with its files in a folder of its
//! own. It can be frozen, killed and restarted with other options.

#![allow(dead_code, reason = "every test crate uses a part of it")]

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, OptsBuilder};
use rustix::process::{Pid, Resource, Rlimit, Signal, geteuid, kill_process, prlimit};
use tempfile::TempDir;

/// The account for the server under test. It has all rights on the databases of the tests, and no
/// others.
const USER: &str = "zaibo";
const PASSWORD: &str = "secret-of-tests";

/// Where programs are looked for, beside the folders of `PATH`.
const MORE_PLACES: &str = "/usr/sbin:/usr/local/sbin:/sbin";

/// How often, and at which interval, a start looks whether the server answers.
const LOOKS: u32 = 1500;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Ports that are tried. Another program may take a free one just before MariaDB does.
const PORTS: u32 = 5;

/// Every commit is durable, as the real server needs it. The rest keeps it small, so that several
/// run at once.
const OPTIONS: &[&str] = &[
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=16M",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
    "--performance-schema=OFF",
    "--max-connections=300",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--bind-address=127.0.0.1",
];

/// The parent of the server. It ends the server when it is told how, or when nobody holds its
/// standard input any more: so neither the server nor its files outlive the test, whatever happens
/// to the test. It can be sure whom it ends: no other process gets the id before it has waited. The
/// signal of a file that is too large would end the server, which a full disk does not.
const PARENT: &str = r#"
    trap '' XFSZ
    folder=$1
    shift
    "$@" </dev/null >/dev/null 2>&1 &
    echo $!
    read -r how
    kill -"${how:-KILL}" $!
    wait $!
    [ -n "$how" ] || rm -rf "$folder"
"#;

/// A MariaDB server. It is killed, and its files are deleted, when this is dropped.
pub(crate) struct MariaDb {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    url: String,
    databases: AtomicUsize,
    running: Option<Running>,
}

struct Running {
    parent: Child,
    server: Pid,
}

impl MariaDb {
    /// Starts a server with an empty database. `None` if MariaDB is not installed; then the test is
    /// skipped. In CI it has to be installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// The same, with more options of `mariadbd`.
    pub(crate) fn start_with(options: &[&str]) -> Option<Self> {
        let program = installed("mariadbd")?;
        let installer = installed("mariadb-install-db")?;
        let folder = tempfile::Builder::new().prefix("mariadb").tempdir();
        let folder = folder.expect("a folder");
        install(&installer, folder.path());
        let mut server = Self {
            program,
            folder,
            port: 0,
            url: String::new(),
            databases: AtomicUsize::new(0),
            running: None,
        };
        let listens = (0..PORTS).any(|_| {
            server.port = free_port();
            server.launch(options)
        });
        assert!(listens, "MariaDB did not start: {}", server.log());
        let account = format!("CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'");
        server.admin().query_drop(account).expect("an account");
        server.url = server.new_database("utf8mb4");
        Some(server)
    }

    /// The server that all tests of this process share, each with a database of its own. It ends
    /// with the process.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<MariaDb>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// The setting `store.url` for the database that was created at the start.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Creates a database with that default character set. Returns its `store.url`.
    pub(crate) fn new_database(&self, charset: &str) -> String {
        let name = format!("zaibo_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut admin = self.admin();
        for statement in [
            format!("CREATE DATABASE {name} CHARACTER SET {charset}"),
            format!("GRANT ALL PRIVILEGES ON {name}.* TO '{USER}'@'127.0.0.1'"),
        ] {
            admin.query_drop(statement).expect("a database");
        }
        format!("mysql://{USER}:{PASSWORD}@{}/{name}", self.address())
    }

    /// Copies the database that was created at the start from another server, as a replica has it.
    pub(crate) fn copy_from(&self, other: &Self) {
        let client = |name: &str, server: &Self| {
            let mut client = Command::new(installed(name).expect("it comes with the server"));
            let socket = format!("--socket={}", server.socket().display());
            client.args(["--user=root", &socket]);
            client
        };
        let mut dump = client("mariadb-dump", other)
            .args(["--single-transaction", "--databases", "zaibo_0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a dump");
        let loaded = client("mariadb", self)
            .stdin(dump.stdout.take().expect("its rows"))
            .status();
        assert!(loaded.expect("a copy").success());
        assert!(dump.wait().expect("an end").success());
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// A connection of the administrator, beside the network.
    pub(crate) fn admin(&self) -> Conn {
        self.connect().expect("a connection of the administrator")
    }

    fn connect(&self) -> mysql::Result<Conn> {
        let socket = self.socket().to_string_lossy().into_owned();
        let options = OptsBuilder::new()
            .user(Some("root"))
            .socket(Some(socket))
            .tcp_connect_timeout(Some(Duration::from_secs(10)));
        Conn::new(options)
    }

    /// Stops the server as a maintenance does: what runs is finished or rolled back.
    pub(crate) fn stop(&mut self) {
        self.end("TERM");
    }

    /// Sends SIGKILL, so that the server can do nothing more.
    pub(crate) fn kill_nine(&mut self) {
        self.end("KILL");
    }

    /// Starts the server again, with its files and its port.
    pub(crate) fn start_again(&mut self) {
        self.start_again_with(&[]);
    }

    /// The same, with other options of `mariadbd`, such as `--read-only=1`. They hold until the next
    /// start.
    pub(crate) fn start_again_with(&mut self, options: &[&str]) {
        assert!(self.running.is_none(), "MariaDB runs already");
        assert!(
            self.launch(options),
            "MariaDB did not start: {}",
            self.log()
        );
    }

    /// Lets the server stand still: it keeps its connections and answers nothing.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
        // The signal has its effect when the last thread has come to rest.
        let running = self.running.as_ref().expect("a running server");
        let threads = format!("/proc/{}/task", running.server.as_raw_nonzero());
        let rests = |thread: fs::DirEntry| {
            let status = fs::read_to_string(thread.path().join("stat"));
            status.map_or(true, |status| status.contains(") T "))
        };
        while !fs::read_dir(&threads)
            .expect("threads")
            .flatten()
            .all(rests)
        {
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Lets a frozen server go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Limits the size of the files that the server may write, like a full disk. `None` removes the
    /// limit.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let running = self.running.as_ref().expect("a running server");
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(running.server), Resource::Fsize, limit).expect("limited");
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.folder.path().join("log"));
        log.map_or_else(
            |cause| cause.to_string(),
            |log| String::from_utf8_lossy(&log).into_owned(),
        )
    }

    fn signal(&self, signal: Signal) {
        let running = self.running.as_ref().expect("a running server");
        kill_process(running.server, signal).expect("a signal");
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Starts the server and waits until it answers. False if it ended instead.
    fn launch(&mut self, options: &[&str]) -> bool {
        let _ = fs::remove_file(self.socket());
        let place = |option: &str, name: &str| {
            let path = self.folder.path().join(name);
            format!("--{option}={}", path.display())
        };
        let mut command = Command::new("sh");
        command
            .args(["-c", PARENT, "parent of mariadbd"])
            .arg(self.folder.path())
            .arg(&self.program)
            .arg("--no-defaults")
            .args(as_this_user())
            .args(OPTIONS)
            .args(options)
            .arg(format!("--port={}", self.port))
            .arg(place("datadir", "data"))
            .arg(place("socket", "socket"))
            .arg(place("pid-file", "pid"))
            .arg(place("log-error", "log"))
            .arg(place("tmpdir", ""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal reaches the test alone, whose end is what the parent waits for.
            .process_group(0);
        let mut parent = command.spawn().expect("a process");
        let mut line = String::new();
        let said = parent.stdout.take().expect("standard output");
        BufReader::new(said).read_line(&mut line).expect("a line");
        let server = line.trim().parse().ok().and_then(Pid::from_raw);
        let server = server.expect("a process id");
        self.running = Some(Running { parent, server });
        for _ in 0..LOOKS {
            if self.connect().is_ok() {
                return true;
            }
            if has_ended(server) {
                break;
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        self.kill_nine();
        false
    }

    /// Has the parent end the server, and waits for both.
    fn end(&mut self, how: &str) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        // A frozen server would not notice that it is to stop.
        let _ = kill_process(running.server, Signal::CONT);
        let mut orders = running.parent.stdin.take().expect("standard input");
        let _ = writeln!(orders, "{how}");
        let _ = running.parent.wait();
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        self.end("KILL");
    }
}

/// Makes the files of a new server, with an administrator without a password.
fn install(installer: &Path, folder: &Path) {
    let done = Command::new(installer)
        .arg("--no-defaults")
        .args(as_this_user())
        .arg(format!("--datadir={}", folder.join("data").display()))
        .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg("--skip-name-resolve")
        // Several that run at once would remove each other's temporary tables.
        .env("TMPDIR", folder)
        .args(
            OPTIONS
                .iter()
                .filter(|option| option.starts_with("--innodb-log")),
        )
        .stdin(Stdio::null())
        .output()
        .expect("mariadb-install-db");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "mariadb-install-db: {said}");
}

/// MariaDB refuses to run as root unless it is told to.
fn as_this_user() -> Option<&'static str> {
    geteuid().is_root().then_some("--user=root")
}

/// Whether a process has ended, also if its parent has not waited for it.
fn has_ended(process: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    status.map_or(true, |status| status.contains(") Z "))
}

/// A program of MariaDB. If it is missing, the test is skipped, and a message is written directly to
/// standard error, because the test runner hides the output of passing tests. In CI it has to be
/// installed.
fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let places = path.split(':').chain(MORE_PLACES.split(':'));
    let mut files = places.map(|place| Path::new(place).join(name));
    let found = files.find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{name} is not installed");
        let line = format!("\nNOT TESTED with MariaDB: {name} is not installed\n");
        let _ = io::stderr().write_all(line.as_bytes());
    }
    found
}

/// A port below those that the system assigns by itself, so that it stays free while the server is
/// down.
fn free_port() -> u16 {
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    loop {
        let number = process::id() as usize * 37 + TRIED.fetch_add(1, Ordering::Relaxed) * 7;
        let port = u16::try_from(10_000 + number % 10_000).expect("below 20 000");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
