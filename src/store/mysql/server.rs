//! The server of MySQL or MariaDB: how it is reached, within which limits, and what its sessions are
//! set to. It notes once when the server cannot be used, and once when it can again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::database_url::MySqlAddress;
use crate::domain::Moment;
use crate::error::Fault;
use crate::store::health::Trouble;
use crate::store::mysql::connection::{MySqlConnection, run_all};
use crate::store::mysql::errors::Remedy;
use crate::store::mysql::{driver, errors};

/// How long the server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(700);

/// How long it may take for an answer to clients, who get theirs within two seconds: also if a
/// connection turns out to be dead and another one has to be opened.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(1200);

/// How long a caller waits for what they read or write, all tries together.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(1900);

/// How often a read or a transaction is tried, how long after its begin a further try may begin, and
/// the pause before the second one.
pub(crate) const TRIES: u32 = 3;
pub(crate) const TRYING: Duration = Duration::from_millis(1000);
pub(crate) const PAUSE: Duration = Duration::from_millis(10);

/// How long it may take for work that nobody waits for, such as a migration or a large read at the
/// start.
const LONG_TIMEOUT: Duration = Duration::from_secs(300);

/// How long the first connection of a tool or of a start may take for each answer.
const FIRST_TIMEOUT: Duration = Duration::from_secs(3);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reads for clients. A transaction sees one state of the data.
    Read,
    /// Writes for clients, each in a transaction that sees what others have committed.
    Write,
    /// Work at the start and in tools, without a client who waits.
    Tool,
    /// To see whether the server can be used at all.
    FirstLook,
}

impl Purpose {
    fn timeout(self) -> Duration {
        match self {
            Self::Read | Self::Write => ANSWER_TIMEOUT,
            Self::Tool => LONG_TIMEOUT,
            Self::FirstLook => FIRST_TIMEOUT,
        }
    }

    /// The settings of the session. They do not depend on those of the server: not on a lax
    /// `sql_mode`, another character set or time zone.
    fn session(self) -> String {
        let isolation = match self {
            Self::Read => "REPEATABLE READ",
            _ => "READ COMMITTED",
        };
        // The transaction of a machine that lost its power holds its rows only so long.
        let wait_s = if self == Self::Write { 60 } else { 28800 };
        // A read that nobody waits for any more does not go on there. The first comment is for MariaDB,
        // in seconds, the second one for MySQL, in milliseconds.
        let limit_ms = if self == Self::Read { 1100 } else { 0 };
        let limit = format!(
            "/*M!100300 , SESSION max_statement_time = {limit_ms} / 1000 */\
            /*!50708 , SESSION max_execution_time = {limit_ms} */"
        );
        // A transaction begins with its first statement then, which spares one round trip.
        let autocommit = u8::from(self != Self::Write);
        format!(
            "SET NAMES utf8mb4; \
            SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
                SESSION time_zone = '+00:00', SESSION innodb_lock_wait_timeout = 1, \
                SESSION wait_timeout = {wait_s}, SESSION autocommit = {autocommit} {limit}; \
            SET SESSION TRANSACTION ISOLATION LEVEL {isolation}"
        )
    }
}

/// The server, as far as this process knows it.
pub(crate) struct Server {
    address: MySqlAddress,
    pub(crate) clock: Clock,
    state: Mutex<State>,
    /// Counted up when a connection is lost or leads to a server that takes no writes. Connections of
    /// an earlier generation are closed instead of used again, because they lead to the same place.
    generation: AtomicU64,
    /// A write met a server that takes none, and none has succeeded since.
    meets_no_writer: AtomicBool,
    /// Writes work again after that, so perhaps on another server.
    has_moved: AtomicBool,
    /// How many outages have begun or ended.
    turns: AtomicU64,
}

/// What is known of the server.
struct State {
    outage: Option<Outage>,
    /// When it was last reached, and when it last took a write.
    reached_at: Moment,
    wrote_at: Moment,
}

/// A time in which the server cannot be used.
struct Outage {
    trouble: Trouble,
    since: Moment,
}

impl Server {
    pub(crate) fn new(address: MySqlAddress, clock: Clock) -> Self {
        Self {
            address,
            clock,
            state: Mutex::new(State {
                outage: None,
                reached_at: clock.now(),
                wrote_at: clock.now(),
            }),
            generation: AtomicU64::new(0),
            meets_no_writer: AtomicBool::new(false),
            has_moved: AtomicBool::new(false),
            turns: AtomicU64::new(0),
        }
    }

    /// The address, which prints without the password.
    pub(crate) fn address(&self) -> &MySqlAddress {
        &self.address
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// The driver's error, which does not contain the password.
    pub(crate) fn connect(&self, purpose: Purpose) -> Result<MySqlConnection, mysql::Error> {
        let generation = self.generation.load(Ordering::Acquire);
        let mut driver = driver::connect(&self.address, CONNECT_TIMEOUT, purpose.timeout())?;
        run_all(&mut driver, &purpose.session())?;
        Ok(MySqlConnection::new(driver, generation))
    }

    /// Whether a connection may be used again.
    pub(crate) fn is_of_today(&self, connection: &MySqlConnection) -> bool {
        connection.generation == self.generation.load(Ordering::Acquire)
    }

    /// Closes a connection that turned out to be of no use, and has all others of its generation closed
    /// before they are used again: what happened to one has mostly happened to all. A new connection that
    /// leads to a server without writes says nothing about others.
    pub(crate) fn give_up(&self, connection: MySqlConnection, remedy: Remedy) {
        if remedy == Remedy::FindWriter {
            self.meets_no_writer.store(true, Ordering::Release);
            if !connection.was_kept {
                return;
            }
        }
        self.end_generation(connection.generation);
    }

    /// Has all connections of a generation closed. If others have seen the same already, there are new
    /// ones.
    fn end_generation(&self, known: u64) {
        let (order, otherwise) = (Ordering::AcqRel, Ordering::Relaxed);
        let _ = self
            .generation
            .compare_exchange(known, known + 1, order, otherwise);
    }

    /// A write has succeeded. If it is the first one after a server without writes, connections that were
    /// opened in between may lead to that one.
    fn note_write(&self) {
        if self.meets_no_writer.load(Ordering::Relaxed)
            && self.meets_no_writer.swap(false, Ordering::AcqRel)
        {
            self.end_generation(self.generation.load(Ordering::Acquire));
            self.has_moved.store(true, Ordering::Release);
        }
    }

    /// Whether another server may be the one that takes writes, since this was asked last.
    pub(crate) fn has_moved(&self) -> bool {
        self.has_moved.swap(false, Ordering::AcqRel)
    }

    /// The same for a start or a tool.
    ///
    /// # Errors
    /// A [`Fault`] that names the address.
    pub(crate) fn open(&self, purpose: Purpose) -> Result<MySqlConnection, Fault> {
        self.connect(purpose).map_err(|cause| {
            let cause = format!("{}: {}", self.address, errors::text(cause));
            Fault::new("opening the database", cause)
        })
    }

    /// Whether the server cannot be reached, after something that began at `begun` lost its connections
    /// again and again; that is noted. A server that did not answer in all that time is not asked
    /// again. Otherwise a new connection decides, because a few can be lost by chance.
    pub(crate) fn is_out_of_reach(&self, cause: &str, begun: Moment) -> bool {
        let now = self.clock.now();
        let is_silent = now - begun >= TRYING;
        if self.trouble() != Some(Trouble::Unreachable) {
            if !is_silent && self.connect(Purpose::Write).is_ok() {
                self.note_success(false, now);
                return false;
            }
            self.note_trouble(Trouble::Unreachable, cause, begun);
        }
        true
    }

    /// Notes that something which began at `begun` failed, because the server cannot be used. The first
    /// note of an outage is logged. What began before the server last worked is late news.
    pub(crate) fn note_trouble(&self, trouble: Trouble, cause: &str, begun: Moment) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let worked_at = match trouble {
            Trouble::ReadOnly => state.wrote_at,
            _ => state.reached_at,
        };
        if state.outage.is_some() || begun < worked_at {
            return;
        }
        let since = self.clock.now();
        state.outage = Some(Outage { trouble, since });
        self.turns.fetch_add(1, Ordering::Relaxed);
        tracing::error!(
            database = %self.address,
            cause,
            "{}; requests that need it are answered 90001 until it is back",
            trouble.as_str()
        );
    }

    /// Notes that something which began at `begun` could use the server; with `wrote`, also for a write.
    /// The end of an outage is logged. What began before the outage is no end of it.
    pub(crate) fn note_success(&self, wrote: bool, begun: Moment) {
        if wrote {
            self.note_write();
        }
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.reached_at = now;
        if wrote {
            state.wrote_at = now;
        }
        let is_over = |outage: &mut Outage| {
            begun > outage.since && (wrote || outage.trouble == Trouble::Unreachable)
        };
        if let Some(Outage { since, .. }) = state.outage.take_if(is_over) {
            self.turns.fetch_add(1, Ordering::Relaxed);
            let seconds = (now - since).as_secs();
            tracing::warn!(database = %self.address, seconds, "the database can be used again");
        }
    }

    /// How many outages have begun or ended: an odd number in the middle of one.
    pub(crate) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Why the server cannot be used, as last noted.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.outage.as_ref().map(|outage| outage.trouble)
    }
}
