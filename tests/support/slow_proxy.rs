//! A network between a server and its database that can be slow, swallow everything, or break, also
//! in the middle of a commit.

#![allow(dead_code, reason = "every test crate uses a part of it")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::Duration;

/// The statement that ends a transaction, as the driver sends it.
const COMMIT: &[u8] = b"COMMIT";

/// A TCP proxy on a port of its own. It passes everything on until it is told otherwise. It ends,
/// and cuts its connections, when this is dropped.
pub(crate) struct SlowProxy {
    address: SocketAddr,
    network: Arc<Network>,
}

/// Which half of the next commit is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The database does not get it, so nothing is committed.
    Request,
    /// The database commits, and nobody is told.
    Answer,
    /// The same, and nothing is delivered afterwards, so that nobody can ask.
    AnswerAndNetwork,
}

struct Network {
    database: Mutex<SocketAddr>,
    ended: AtomicBool,
    swallows: AtomicBool,
    /// Delays in microseconds.
    up: AtomicU64,
    down: AtomicU64,
    next_commit: Mutex<Option<Lost>>,
    /// It swallows everything once the answer of a commit is lost.
    swallows_next: AtomicBool,
    commits_lost: AtomicUsize,
    lines: Mutex<Vec<Weak<Line>>>,
}

/// One connection through the proxy.
struct Line {
    network: Arc<Network>,
    /// The next answer does not arrive: the line breaks instead.
    loses_answer: AtomicBool,
    /// Nothing is delivered any more, and neither end is told.
    is_abandoned: AtomicBool,
    client: TcpStream,
    database: TcpStream,
}

impl SlowProxy {
    /// A proxy in front of that database.
    pub(crate) fn start(database: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = Self {
            address: listener.local_addr().expect("an address"),
            network: Arc::new(Network::to(database)),
        };
        let network = Arc::clone(&proxy.network);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if network.ended.load(Ordering::Acquire) {
                    return;
                }
                // While the database is down, connections are closed at once.
                let database = *network.database.lock().expect("an address");
                if let Ok(database) = TcpStream::connect(database) {
                    network.join(client, database);
                }
            }
        });
        proxy
    }

    /// Where the proxy listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same `store.url`, by way of the proxy.
    pub(crate) fn url(&self, store_url: &str) -> String {
        let (account, rest) = store_url.split_once('@').expect("an account");
        let (_, database) = rest.split_once('/').expect("a database");
        format!("{account}@{}/{database}", self.address)
    }

    /// Delays what goes up to the database and what comes down from it, from now on.
    pub(crate) fn delay(&self, up: Duration, down: Duration) {
        let micros = |delay: Duration| u64::try_from(delay.as_micros()).expect("short");
        self.network.up.store(micros(up), Ordering::Relaxed);
        self.network.down.store(micros(down), Ordering::Relaxed);
    }

    /// Accepts everything and delivers nothing, from now on.
    pub(crate) fn swallow(&self) {
        self.network.swallows.store(true, Ordering::Release);
    }

    /// Delivers again. Connections from before are cut, because something is missing in them.
    pub(crate) fn heal(&self) {
        self.network.swallows.store(false, Ordering::Release);
        self.cut();
    }

    /// Delivers for new connections. Those from before are never heard of again, as after a machine was
    /// replaced.
    pub(crate) fn abandon(&self) {
        for line in self
            .network
            .lines()
            .drain(..)
            .filter_map(|line| line.upgrade())
        {
            line.is_abandoned.store(true, Ordering::Release);
        }
        self.network.swallows.store(false, Ordering::Release);
    }

    /// Leads new connections to another database. Those from before stay where they are.
    pub(crate) fn redirect(&self, database: SocketAddr) {
        *self.network.database.lock().expect("an address") = database;
    }

    /// Cuts all connections. New ones are taken.
    pub(crate) fn cut(&self) {
        for line in self.network.lines().drain(..) {
            if let Some(line) = line.upgrade() {
                line.cut();
            }
        }
    }

    /// Cuts the connection that commits next, and loses half of this commit.
    pub(crate) fn lose_next_commit(&self, lost: Lost) {
        *self.network.next_commit.lock().expect("a plan") = Some(lost);
    }

    /// How many commits were lost so far, with their connections.
    pub(crate) fn commits_lost(&self) -> usize {
        self.network.commits_lost.load(Ordering::Acquire)
    }
}

impl Drop for SlowProxy {
    fn drop(&mut self) {
        self.network.ended.store(true, Ordering::Release);
        // The thread checks `ended` only when a connection arrives.
        let _ = TcpStream::connect(self.address);
        self.cut();
    }
}

impl Network {
    fn to(database: SocketAddr) -> Self {
        Self {
            database: Mutex::new(database),
            ended: AtomicBool::default(),
            swallows: AtomicBool::default(),
            up: AtomicU64::default(),
            down: AtomicU64::default(),
            next_commit: Mutex::default(),
            swallows_next: AtomicBool::default(),
            commits_lost: AtomicUsize::default(),
            lines: Mutex::default(),
        }
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Weak<Line>>> {
        self.lines.lock().expect("lines")
    }

    fn join(self: &Arc<Self>, client: TcpStream, database: TcpStream) {
        for end in [&client, &database] {
            end.set_nodelay(true).expect("an option");
        }
        let line = Arc::new(Line {
            network: Arc::clone(self),
            loses_answer: AtomicBool::new(false),
            is_abandoned: AtomicBool::new(false),
            client,
            database,
        });
        let mut lines = self.lines();
        lines.retain(|line| line.strong_count() > 0);
        lines.push(Arc::downgrade(&line));
        let other = Arc::clone(&line);
        thread::spawn(move || line.pass(&line.client, &line.database, Line::goes_up));
        thread::spawn(move || other.pass(&other.database, &other.client, Line::comes_down));
    }
}

impl Line {
    /// Passes bytes on until one of the ends closes or `may_pass` says that the line breaks.
    fn pass(
        &self,
        mut from: &TcpStream,
        mut to: &TcpStream,
        may_pass: impl Fn(&Self, &[u8]) -> bool,
    ) {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            let bytes = &bytes[..length];
            let is_abandoned = self.is_abandoned.load(Ordering::Acquire);
            if is_abandoned || self.network.swallows.load(Ordering::Acquire) {
                continue;
            }
            if !may_pass(self, bytes) || to.write_all(bytes).is_err() {
                break;
            }
        }
        // Of an abandoned line neither end learns anything.
        if !self.is_abandoned.load(Ordering::Acquire) {
            self.cut();
        }
    }

    /// Closes both ends for both directions. Either may be closed already.
    fn cut(&self) {
        for end in [&self.client, &self.database] {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    fn goes_up(&self, bytes: &[u8]) -> bool {
        wait(&self.network.up);
        if !bytes.windows(COMMIT.len()).any(|text| text == COMMIT) {
            return true;
        }
        match self.network.next_commit.lock().expect("a plan").take() {
            None => true,
            Some(lost @ (Lost::Answer | Lost::AnswerAndNetwork)) => {
                let network_too = lost == Lost::AnswerAndNetwork;
                self.network
                    .swallows_next
                    .store(network_too, Ordering::Release);
                self.loses_answer.store(true, Ordering::Release);
                true
            }
            Some(Lost::Request) => {
                self.network.commits_lost.fetch_add(1, Ordering::Release);
                false
            }
        }
    }

    fn comes_down(&self, _: &[u8]) -> bool {
        wait(&self.network.down);
        let lost = self.loses_answer.load(Ordering::Acquire);
        if lost {
            if self.network.swallows_next.load(Ordering::Acquire) {
                self.network.swallows.store(true, Ordering::Release);
            }
            self.network.commits_lost.fetch_add(1, Ordering::Release);
        }
        !lost
    }
}

fn wait(micros: &AtomicU64) {
    let delay = micros.load(Ordering::Relaxed);
    if delay > 0 {
        thread::sleep(Duration::from_micros(delay));
    }
}
