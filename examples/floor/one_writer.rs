//! One connection to MySQL that commits writes together: whatever waits when a commit is done becomes
//! the next transaction. The other way to write to a server, beside zaibo's several connections.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use mysql::prelude::Queryable;
use mysql::{Conn, TxOpts};
use tokio::sync::oneshot;

/// Creates that one transaction takes at most.
const AT_ONCE: usize = 256;

/// Who waits for the number of their room.
type Waiting = oneshot::Sender<u64>;

/// Where creates are sent.
#[derive(Clone)]
pub(crate) struct OneWriter {
    line: Sender<Waiting>,
}

impl OneWriter {
    /// Connects to a database that `zaibo-bench` has seeded. Its people create rooms in turn.
    pub(crate) fn start(url: &str) -> io::Result<Self> {
        let mut conn = Conn::new(url).map_err(io::Error::other)?;
        let hosts: Vec<String> = conn
            .query("SELECT uid FROM accounts ORDER BY uid LIMIT 500")
            .map_err(io::Error::other)?;
        let (line, waiting) = channel();
        thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || write(conn, &hosts, &waiting))?;
        Ok(Self { line })
    }

    /// Creates a room. `None` if the writer has ended.
    pub(crate) async fn create(&self) -> Option<u64> {
        let (answer, room) = oneshot::channel();
        self.line.send(answer).ok()?;
        room.await.ok()
    }
}

fn write(mut conn: Conn, hosts: &[String], waiting: &Receiver<Waiting>) {
    let mut next = hosts.iter().cycle();
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(AT_ONCE - 1));
        let hosts = (&mut next).take(batch.len());
        match create_together(&mut conn, hosts) {
            Ok(rooms) => {
                for (answer, room) in batch.into_iter().zip(rooms) {
                    let _ = answer.send(room);
                }
            }
            // Those who wait learn it, as their senders are dropped.
            Err(_) => return,
        }
    }
}

/// Creates in one transaction, with the statements of zaibo's own.
fn create_together<'h>(
    conn: &mut Conn,
    hosts: impl Iterator<Item = &'h String>,
) -> mysql::Result<Vec<u64>> {
    let mut together = conn.start_transaction(TxOpts::default())?;
    let mut rooms = Vec::new();
    for host in hosts {
        together.exec_drop(
            "UPDATE lives SET ended_at = 1, end_reason = 'superseded', peak_members = 1,
                total_members = 1, likes = 0 WHERE host = ? AND ended_at IS NULL AND roomnum <> 0",
            (host,),
        )?;
        together.exec_drop(
            "INSERT INTO rooms (host, created_at, adopted) VALUES (?, 1, 1)",
            (host,),
        )?;
        let room = together.last_insert_id().unwrap_or_default();
        together.exec_drop(
            "INSERT INTO lives (roomnum, host, opened_at) VALUES (?, ?, 1)",
            (room, host),
        )?;
        together.exec_drop(
            "INSERT INTO streams (stream, roomnum) VALUES (?, ?), (?, ?)
                ON DUPLICATE KEY UPDATE roomnum = ?",
            (
                format!("{room}-camera-of-{host}"),
                room,
                format!("{room}-screen-of-{host}"),
                room,
                room,
            ),
        )?;
        let waiting = "SELECT EXISTS(SELECT 1 FROM inbox WHERE state = 'unmatched')";
        let _: Option<i64> = together.query_first(waiting)?;
        rooms.push(room);
    }
    together.commit()?;
    Ok(rooms)
}
