//! Who serves this database. A lock of the server keeps a second zaibo away, and an epoch keeps one
//! that has lost the lock from writing.
//!
//! The lock belongs to a connection and is gone with it, so a restart after a crash waits for nothing.
//! A connection can also be lost while its process lives. Then another zaibo may take the database
//! over: it counts the epoch up, and every transaction of the earlier one, which names the epoch that
//! it knows, finds no row any more (`writer.rs`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::error::Fault;
use crate::store::health::Trouble;
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::engine::STRIPES;
use crate::store::mysql::errors::{fault, text};
use crate::store::mysql::server::{Purpose, Server};

/// The lock's name, as SQL. Names of locks are shared by all databases of a server, and short.
const LOCK: &str = "CONCAT('zaibo:', MD5(DATABASE()))";

/// How often a start asks for the lock, each time for a second: a zaibo that has just ended may still
/// hold it.
const TRIES: u32 = 3;

/// How often the connection that holds the lock is used, and after how many seconds of silence the
/// server closes it, so that a machine that lost its power does not hold the lock for long.
const INTERVAL: Duration = Duration::from_secs(1);
const SILENCE_S: u32 = 15;

/// How long each statement of a take-over waits for the transactions of an earlier server, and for how
/// long the lock is kept meanwhile without being used.
const TAKE_OVER_S: u32 = 30;
const KEPT_S: u32 = 5 * TAKE_OVER_S;

/// The connections that may write at once, each with a row of `write_lanes`.
pub(crate) const LANES: u16 = 64;

/// The right to serve the database. It is given up when this is dropped.
pub(crate) struct Lease {
    server: Arc<Server>,
    /// The number of this take-over.
    pub(crate) epoch: i64,
    /// The connection that holds the lock; `None` while it is lost.
    holder: Mutex<Option<MySqlConnection>>,
    taken_over: AtomicBool,
}

impl Lease {
    /// Takes the database over. The tables exist.
    ///
    /// # Errors
    /// If another zaibo serves it; the error names its machine and process.
    pub(crate) fn take(server: &Arc<Server>) -> Result<Arc<Self>, Fault> {
        let taking = fault("taking the database over");
        let mut holder = lock(server, Purpose::FirstLook)?;
        let holding = holder.driver();
        limit_silence(holding, KEPT_S).map_err(&taking)?;
        let mut connection = server.open(Purpose::Tool)?;
        let epoch = count_epoch(connection.driver()).map_err(&taking)?;
        keep_numbers(connection.driver()).map_err(&taking)?;
        limit_silence(holding, SILENCE_S).map_err(&taking)?;
        let lease = Arc::new(Self {
            server: Arc::clone(server),
            epoch,
            holder: Mutex::new(Some(holder)),
            taken_over: AtomicBool::new(false),
        });
        let weak = Arc::downgrade(&lease);
        thread::Builder::new()
            .name("zaibo-lease".to_owned())
            .spawn(move || keep(&weak))
            .map_err(|cause| Fault::new("starting a thread", cause))?;
        Ok(lease)
    }

    /// Whether another zaibo has taken the database over.
    pub(crate) fn is_taken_over(&self) -> bool {
        self.taken_over.load(Ordering::Relaxed)
    }

    /// Notes that another zaibo has taken the database over. The first note is logged.
    pub(crate) fn note_taken_over(&self) {
        if !self.taken_over.swap(true, Ordering::Relaxed) {
            let trouble = Trouble::TakenOver;
            tracing::error!(database = %self.server.address(), "{}", trouble.as_str());
        }
    }

    /// Uses the lock's connection, or opens it again if it is lost.
    fn look_after(&self) {
        let begun = self.server.clock.now();
        let mut holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_taken_over() {
            // The lock is for others now.
            *holder = None;
        } else if !holder.as_mut().is_some_and(holds) {
            if holder.take().is_some() {
                tracing::info!(database = %self.server.address(), "the lock that keeps a second zaibo from the database was lost with its connection; it is taken again as soon as the server answers");
            }
        } else if !self.server.has_moved() && self.server.trouble().is_none() {
            return;
        }
        // Whether the server can be used shows with a new connection only.
        let connected = self.server.connect(Purpose::FirstLook);
        match connected.and_then(|connection| self.find_out(connection, &mut holder)) {
            Ok(()) => self.server.note_success(false, begun),
            Err(cause) => {
                let cause = text(cause);
                self.server
                    .note_trouble(Trouble::Unreachable, &cause, begun);
            }
        }
    }

    /// Finds out with a new connection whether another zaibo has taken the database over. If not, and
    /// the lock is lost or held on another server, the connection takes it. Whoever has the lock, only
    /// the epoch decides who writes.
    fn find_out(
        &self,
        mut connection: MySqlConnection,
        holder: &mut Option<MySqlConnection>,
    ) -> Result<(), mysql::Error> {
        let driver = connection.driver();
        let is_held_here = match holder {
            Some(holder) => user_of_lock(driver)? == Some(holder.driver().connection_id().into()),
            None => false,
        };
        let may_lock = !is_held_here && !self.is_taken_over();
        limit_silence(driver, SILENCE_S)?;
        let is_locked = may_lock && ask(driver, 0)?;
        // The epoch is read after the lock was taken, so nobody counts it up in between.
        let epoch: Option<i64> = driver.query_first("SELECT epoch FROM serving WHERE id = 1")?;
        if epoch.is_some_and(|epoch| epoch != self.epoch) {
            self.note_taken_over();
        } else if is_locked {
            *holder = Some(connection);
            tracing::info!(database = %self.server.address(), "the lock that keeps a second zaibo from the database is held again");
            // On a connection of its own: a table that somebody holds for long is no outage, and no reason
            // to lose the lock.
            let tool = self.server.connect(Purpose::Tool);
            if let Err(cause) = tool.and_then(|mut tool| keep_numbers(tool.driver())) {
                tracing::debug!(
                    cause = text(cause),
                    "the numbers of rooms were not compared"
                );
            }
        }
        Ok(())
    }
}

/// Whether a connection still holds the lock.
fn holds(connection: &mut MySqlConnection) -> bool {
    let mine = format!("SELECT IS_USED_LOCK({LOCK}) = CONNECTION_ID()");
    let mine = connection.driver().query_first::<Option<bool>, _>(mine);
    matches!(mine, Ok(Some(Some(true))))
}

/// Has the server close a connection after so many seconds without use.
fn limit_silence(driver: &mut Conn, seconds: u32) -> Result<(), mysql::Error> {
    driver.query_drop(format!("SET SESSION wait_timeout = {seconds}"))
}

/// Looks after the lock until the lease is dropped.
fn keep(lease: &Weak<Lease>) {
    loop {
        thread::sleep(INTERVAL);
        match lease.upgrade() {
            Some(lease) => lease.look_after(),
            None => return,
        }
    }
}

/// Takes the lock, for a tool that must not run beside a server. `None` if another process has it.
///
/// # Errors
/// If the server does not answer.
pub(crate) fn try_lock(server: &Server) -> Result<Option<MySqlConnection>, Fault> {
    ask_for_lock(server, Purpose::Tool, 1, 0)
}

/// Takes the lock. It is held as long as the connection.
///
/// # Errors
/// If another process keeps it for a few seconds; the error names its machine and process.
pub(crate) fn lock(server: &Server, purpose: Purpose) -> Result<MySqlConnection, Fault> {
    if let Some(holder) = ask_for_lock(server, purpose, TRIES, 1)? {
        return Ok(holder);
    }
    let mut connection = server.open(Purpose::FirstLook)?;
    let who = last_server(connection.driver());
    Err(Fault::new(
        "locking the database",
        format!("another {who} is using {}; stop it first", server.address()),
    ))
}

/// Who holds the lock, in words; `None` if nobody does.
///
/// # Errors
/// If the server does not answer.
pub(crate) fn holder(connection: &mut Conn) -> Result<Option<String>, Fault> {
    let holder = user_of_lock(connection).map_err(fault("asking for the lock"))?;
    Ok(holder.map(|_| last_server(connection)))
}

/// The connection that holds the lock.
fn user_of_lock(connection: &mut Conn) -> Result<Option<u64>, mysql::Error> {
    let user = connection.query_first(format!("SELECT IS_USED_LOCK({LOCK})"))?;
    Ok(user.flatten())
}

/// The server that took the database over last, in words.
fn last_server(connection: &mut Conn) -> String {
    let who: Option<(String, i64)> = connection
        .query_first("SELECT host, pid FROM serving WHERE id = 1 AND epoch > 0")
        .unwrap_or_default();
    who.map_or_else(
        || "zaibo or one of its tools".to_owned(),
        |(host, pid)| format!("zaibo (process {pid} on {host}) or one of its tools"),
    )
}

/// Asks for the lock that often, each time for so many seconds.
fn ask_for_lock(
    server: &Server,
    purpose: Purpose,
    tries: u32,
    patience_s: u32,
) -> Result<Option<MySqlConnection>, Fault> {
    let mut connection = server.open(purpose)?;
    for _ in 0..tries {
        let locked = ask(connection.driver(), patience_s);
        if locked.map_err(fault("locking the database"))? {
            return Ok(Some(connection));
        }
    }
    Ok(None)
}

fn ask(driver: &mut Conn, patience_s: u32) -> Result<bool, mysql::Error> {
    let locked: Option<Option<i64>> =
        driver.query_first(format!("SELECT GET_LOCK({LOCK}, {patience_s})"))?;
    Ok(locked == Some(Some(1)))
}

/// Has the server go on with the numbers of rooms where it was, if it has forgotten the last one: MySQL 5.7
/// does so when it is started again.
fn keep_numbers(connection: &mut Conn) -> Result<(), mysql::Error> {
    const COUNTER: &str = "(SELECT auto_increment FROM information_schema.tables \
        WHERE table_schema = DATABASE() AND table_name = 'rooms')";
    // MySQL 8 would answer with what it knew up to a day ago. A backup may hold the table for long.
    connection.query_drop(
        "SET SESSION lock_wait_timeout = 5 /*!80000 , SESSION information_schema_stats_expiry = 0 */",
    )?;
    connection.query_drop(format!(
        "UPDATE room_numbers SET next = GREATEST(next, COALESCE({COUNTER}, 0)) WHERE id = 1"
    ))?;
    let forgotten = format!("SELECT next FROM room_numbers WHERE {COUNTER} < next");
    match connection.query_first::<i64, _>(forgotten)? {
        Some(next) => connection.query_drop(format!("ALTER TABLE rooms AUTO_INCREMENT = {next}")),
        None => Ok(()),
    }
}

/// Counts the epoch up, in every row that a transaction names. The transactions of an earlier server
/// that still run hold their rows, so this waits for their ends.
fn count_epoch(connection: &mut Conn) -> Result<i64, mysql::Error> {
    // Every statement may have to wait for a transaction of the earlier server.
    connection.query_drop(format!(
        "SET SESSION innodb_lock_wait_timeout = {TAKE_OVER_S}"
    ))?;
    let lanes: Vec<String> = (0..LANES).map(|lane| format!("({lane}, 0, 0)")).collect();
    connection.query_drop(format!(
        "INSERT IGNORE INTO write_lanes (lane, epoch, sequence) VALUES {}",
        lanes.join(",")
    ))?;
    let stripes: Option<u16> = connection.query_first("SELECT COUNT(*) FROM lock_stripes")?;
    let missing: Vec<u16> = match stripes {
        Some(STRIPES) => Vec::new(),
        _ => (0..STRIPES).collect(),
    };
    // In pieces that fit into the smallest packet that a server may allow.
    for piece in missing.chunks(1000) {
        let rows: Vec<String> = piece.iter().map(|stripe| format!("({stripe})")).collect();
        connection.query_drop(format!(
            "INSERT IGNORE INTO lock_stripes (stripe) VALUES {}",
            rows.join(",")
        ))?;
    }
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy().into_owned();
    let mut taking = connection.start_transaction(mysql::TxOpts::default())?;
    taking.exec_drop(
        "UPDATE serving SET epoch = epoch + 1, host = ?, pid = ? WHERE id = 1",
        (host, std::process::id()),
    )?;
    let epoch: i64 = taking
        .query_first("SELECT epoch FROM serving WHERE id = 1")?
        .unwrap_or_default();
    taking.exec_drop("UPDATE write_lanes SET epoch = ?, sequence = 0", (epoch,))?;
    taking.commit()?;
    Ok(epoch)
}
