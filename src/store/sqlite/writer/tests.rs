//! Tests of the writer: how writes affect each other, and the state after a failure.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use tempfile::TempDir;

use super::*;
use crate::database_url::Checkpoints;
use crate::domain::Refusal;
use crate::store::sqlite::job::Answer;
use crate::store::sqlite::store::SqliteStore;

struct Bench {
    store: SqliteStore,
    folder: TempDir,
}

/// A store with a table for texts.
async fn bench(writes_per_commit: usize) -> Bench {
    bench_with(writes_per_commit, Checkpoints::Own).await
}

async fn bench_with(writes_per_commit: usize, checkpoints: Checkpoints) -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zaibo.db");
    let store =
        SqliteStore::open(&path, writes_per_commit, checkpoints, Clock::system()).expect("a store");
    let table = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
    store
        .write(|conn| Ok(conn.batch_execute(table)?))
        .await
        .expect("a table");
    Bench { store, folder }
}

impl Bench {
    async fn put(&self, text: &'static str) -> Result<(), Error> {
        self.store
            .write(move |conn| Ok(conn.batch_execute(&insert(text))?))
            .await
    }

    async fn count(&self) -> i64 {
        self.store
            .read(|conn| {
                let count = diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM notes)");
                Ok(diesel::select(count).get_result(conn)?)
            })
            .await
            .expect("a count")
    }
}

fn insert(text: &str) -> String {
    format!("INSERT INTO notes (text) VALUES ('{text}')")
}

/// A write that a test adds to a batch.
fn putting(text: &'static str) -> (Box<dyn Job>, Answer<()>) {
    job(move |conn| Ok(conn.batch_execute(&insert(text))?))
}

/// A write that executes `sql` and then fails.
fn failing(sql: &'static str) -> (Box<dyn Job>, Answer<()>) {
    job(move |conn| {
        conn.batch_execute(sql)?;
        Ok(conn.batch_execute("INSERT INTO nowhere VALUES (1)")?)
    })
}

impl Bench {
    /// The writer, once no leader runs.
    async fn idle(&self) -> &Arc<Writer> {
        let writer = &self.store.writer;
        while writer.line().led {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        writer
    }

    /// Runs these writes as the next batch.
    async fn together(&self, jobs: impl IntoIterator<Item = Box<dyn Job>>) {
        let writer = self.idle().await;
        let leads: Vec<_> = jobs
            .into_iter()
            .map(|job| writer.enqueue(job).expect("queued"))
            .collect();
        assert!(leads[0] && !leads[1..].contains(&true));
        let writer = Arc::clone(writer);
        let leader = Leader {
            writer,
            leads: true,
        };
        // One test makes the leader panic.
        let _ = spawn_blocking(move || leader.lead()).await;
    }
}

#[actix::test]
async fn a_write_that_changes_very_many_pages_is_committed_like_any_other() {
    let bench = bench(512).await;
    let many = "INSERT INTO notes (text) WITH RECURSIVE n(i) AS
        (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT printf('%2000d', i) FROM n";
    bench
        .store
        .write(move |conn| Ok(conn.batch_execute(many)?))
        .await
        .expect("committed");
    // SQLite journals each page that is changed here, to be able to undo the savepoint.
    bench
        .store
        .write(|conn| Ok(conn.batch_execute("UPDATE notes SET text = text || 'x'")?))
        .await
        .expect("committed");
    assert_eq!(bench.count().await, 3000);
}

#[actix::test]
async fn a_write_that_fails_fails_alone_and_says_why() {
    let bench = bench(512).await;
    let (good, committed) = putting("good");
    let (bad, failed) = failing("INSERT INTO notes (text) VALUES ('undone')");
    let (unwanted, refused) = job(|conn| -> Result<(), Error> {
        conn.batch_execute(&insert("undone too"))?;
        Err(Refusal::UserExists.into())
    });
    let (last, committed_too) = putting("last");
    bench.together([good, bad, unwanted, last]).await;
    committed.await.expect("answered").expect("committed");
    committed_too.await.expect("answered").expect("committed");
    let Err(Error::Fault(cause)) = failed.await.expect("answered") else {
        panic!("it can not have been committed");
    };
    assert!(cause.to_string().contains("nowhere"), "{cause}");
    assert!(matches!(
        refused.await.expect("answered"),
        Err(Error::Refused(Refusal::UserExists))
    ));
    assert_eq!(bench.count().await, 2);
}

/// SQLite undoes the whole transaction by itself when the disk is full or broken, even in the
/// middle of a batch. Here a write does it.
#[actix::test]
async fn a_transaction_that_is_undone_in_the_middle_loses_nobody_and_does_nothing_twice() {
    let bench = bench(512).await;
    let (before, committed) = putting("before");
    let (broken, failed) = failing("ROLLBACK");
    let (after, committed_too) = putting("after");
    bench.together([before, broken, after]).await;
    committed.await.expect("answered").expect("committed");
    committed_too.await.expect("answered").expect("committed");
    assert!(matches!(
        failed.await.expect("answered"),
        Err(Error::Fault(_))
    ));
    assert_eq!(bench.count().await, 2);
}

#[actix::test]
async fn a_batch_that_fails_runs_each_of_its_writes_once_more() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let bench = bench(512).await;
    let (counting, counted) = job(|_| {
        RUNS.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let (bad, failed) = failing("SELECT 1");
    bench.together([counting, bad]).await;
    counted.await.expect("answered").expect("committed");
    failed.await.expect("answered").expect_err("no such table");
    assert_eq!(RUNS.load(Ordering::Relaxed), 2);
}

#[actix::test]
async fn a_write_that_panics_is_an_error_for_its_caller_alone() {
    let bench = bench(512).await;
    let work = |_: &mut SqliteConnection| -> Result<(), Error> { panic!("on purpose") };
    assert!(matches!(
        bench.store.write(work).await,
        Err(Error::Fault(_))
    ));
    bench.put("next").await.expect("committed");
    assert_eq!(bench.count().await, 1);
}

/// A job that makes the leader panic. Normal work cannot do that, because its panics are caught.
struct Deadly;

impl Job for Deadly {
    fn run(&mut self, _: &mut SqliteConnection) -> Result<(), JobFailed> {
        panic!("on purpose");
    }

    fn settle(self: Box<Self>, _: &Outcome) {}
}

#[actix::test]
async fn after_a_leader_has_gone_somebody_else_leads() {
    let bench = bench(1).await;
    let (waiting, answer) = putting("never");
    bench
        .together([Box::new(Deadly) as Box<dyn Job>, waiting])
        .await;
    answer.await.expect_err("told by being dropped");
    bench.put("next").await.expect("committed");
    assert_eq!(bench.count().await, 1);
}

#[actix::test]
async fn a_leader_whose_thread_does_not_start_leaves_its_place() {
    let bench = bench(1).await;
    let writer = bench.idle().await;
    let (job, answer) = job(|_| Ok(()));
    assert!(writer.enqueue(job).expect("queued"), "leads");
    drop(Leader {
        writer: Arc::clone(writer),
        leads: true,
    });
    answer.await.expect_err("told by being dropped");
    bench.put("next").await.expect("committed");
}

/// Moves the database away when it runs, and back when it is settled.
struct Moving(std::path::PathBuf);

impl Job for Moving {
    fn run(&mut self, _: &mut SqliteConnection) -> Result<(), JobFailed> {
        std::fs::rename(&self.0, self.0.with_extension("away")).expect("moved");
        Ok(())
    }

    fn settle(self: Box<Self>, _: &Outcome) {
        std::fs::rename(self.0.with_extension("away"), &self.0).expect("moved back");
    }
}

#[actix::test]
async fn what_went_into_a_file_that_was_moved_away_is_not_done_twice_when_it_is_back() {
    let bench = bench(512).await;
    let moving: Box<dyn Job> = Box::new(Moving(bench.folder.path().join("zaibo.db")));
    let (once, answer) = putting("once");
    bench.together([moving, once]).await;
    answer
        .await
        .expect("answered")
        .expect_err("not to be promised");
    bench.put("next").await.expect("committed");
    assert_eq!(bench.count().await, 2);
}

#[actix::test]
async fn nothing_is_acknowledged_that_went_into_a_deleted_file() {
    let bench = bench(512).await;
    bench.put("kept").await.expect("committed");
    std::fs::remove_file(bench.folder.path().join("zaibo.db")).expect("deleted");
    let Err(Error::Fault(cause)) = bench.put("lost").await else {
        panic!("it is not on record");
    };
    assert!(cause.to_string().contains("deleted"), "{cause}");
    // Nor does the store silently create a new file.
    assert!(bench.put("lost").await.is_err());
    assert!(!bench.folder.path().join("zaibo.db").exists());
}

#[tokio::test]
async fn the_journal_is_copied_back_unless_another_program_does_that() {
    const MB: u64 = 1_000_000;
    for (checkpoints, is_copied) in [(Checkpoints::Own, true), (Checkpoints::External, false)] {
        let bench = bench_with(512, checkpoints).await;
        for _ in 0..80 {
            let large = format!("INSERT INTO notes (text) VALUES (zeroblob({MB}))");
            let written = bench
                .store
                .write(move |conn| Ok(conn.batch_execute(&large)?));
            written.await.expect("committed");
        }
        let size = |name| std::fs::metadata(bench.folder.path().join(name));
        let [database, journal] =
            ["zaibo.db", "zaibo.db-wal"].map(|name| size(name).expect("a file").len());
        assert_eq!(database > 50 * MB, is_copied, "{checkpoints:?}: {database}");
        assert!(is_copied || journal > 80 * MB, "{journal}");
    }
}
