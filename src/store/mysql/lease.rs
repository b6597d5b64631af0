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
use crate::store::mysql::engine::STRIPES;
use crate::store::mysql::errors::{fault, text};
use crate::store::mysql::server::{Purpose, Server};

/// The lock's name, as SQL. Names of locks are shared by all databases of a server, and short.
const LOCK: &str = "CONCAT('zaibo:', MD5(DATABASE()))";

/// How long, in seconds, a start waits for the lock: a zaibo that has just ended may still hold it.
const PATIENCE_S: u32 = 3;

/// How often the connection that holds the lock is used, and after how many seconds of silence the
/// server closes it, so that a machine that lost its power does not hold the lock for long.
const INTERVAL: Duration = Duration::from_secs(1);
const SILENCE_S: u32 = 15;

/// The connections that may write at once, each with a row of `write_lanes`.
pub(crate) const LANES: u16 = 64;

/// The right to serve the database. It is given up when this is dropped.
pub(crate) struct Lease {
    server: Arc<Server>,
    /// The number of this take-over.
    pub(crate) epoch: i64,
    /// The connection that holds the lock; `None` while it is lost.
    holder: Mutex<Option<Conn>>,
    taken_over: AtomicBool,
}

impl Lease {
    /// Takes the database over. The tables exist.
    ///
    /// # Errors
    /// If another zaibo serves it; the error names its machine and process.
    pub(crate) fn take(server: &Arc<Server>) -> Result<Arc<Self>, Fault> {
        let mut holder = lock(server, PATIENCE_S)?;
        let epoch = count_epoch(&mut holder).map_err(fault("taking the database over"))?;
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
        let mine = format!("SELECT IS_USED_LOCK({LOCK}) = CONNECTION_ID()");
        let is_held = match holder.as_mut() {
            Some(holder) => matches!(
                holder.query_first::<Option<bool>, _>(mine),
                Ok(Some(Some(true)))
            ),
            None => false,
        };
        if !is_held {
            *holder = None;
        } else if self.server.trouble().is_none() {
            return;
        }
        // Whether the server can be used shows with a new connection only.
        match self.server.connect(Purpose::FirstLook) {
            Ok(mut connection) => {
                self.server.note_success(false, begun);
                let connection = connection.driver();
                let epoch: Result<Option<i64>, _> =
                    connection.query_first("SELECT epoch FROM serving WHERE id = 1");
                if matches!(epoch, Ok(Some(epoch)) if epoch != self.epoch) {
                    self.note_taken_over();
                }
            }
            Err(cause) => {
                let cause = text(cause);
                self.server
                    .note_trouble(Trouble::Unreachable, &cause, begun);
            }
        }
        // Whoever has the lock now, only the epoch decides who writes.
        if holder.is_none() {
            *holder = try_lock(&self.server).ok().flatten();
        }
    }
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
pub(crate) fn try_lock(server: &Server) -> Result<Option<Conn>, Fault> {
    ask_for_lock(server, 0)
}

/// Takes the lock.
///
/// # Errors
/// If another process has it for so many seconds.
fn lock(server: &Server, patience_s: u32) -> Result<Conn, Fault> {
    if let Some(holder) = ask_for_lock(server, patience_s)? {
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
    let holder: Option<Option<u64>> = connection
        .query_first(format!("SELECT IS_USED_LOCK({LOCK})"))
        .map_err(fault("asking for the lock"))?;
    Ok(holder.flatten().map(|_| last_server(connection)))
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

fn ask_for_lock(server: &Server, patience_s: u32) -> Result<Option<Conn>, Fault> {
    let asking = "locking the database";
    let mut driver = server.open(Purpose::Tool)?.into_driver();
    driver
        .query_drop(format!("SET SESSION wait_timeout = {SILENCE_S}"))
        .map_err(fault(asking))?;
    let locked: Option<Option<i64>> = driver
        .query_first(format!("SELECT GET_LOCK({LOCK}, {patience_s})"))
        .map_err(fault(asking))?;
    Ok((locked == Some(Some(1))).then_some(driver))
}

/// Counts the epoch up, in every row that a transaction names. The transactions of an earlier server
/// that still run hold their rows, so this waits for their ends.
fn count_epoch(connection: &mut Conn) -> Result<i64, mysql::Error> {
    // Every statement may have to wait for a transaction of the earlier server.
    connection.query_drop("SET SESSION innodb_lock_wait_timeout = 30")?;
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
