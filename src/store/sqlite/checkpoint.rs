//! The checkpointer: copies the journal back into the database while the writer goes on.
//!
//! SQLite itself would checkpoint within a commit once the journal is long, and that write would
//! wait for it: tens of milliseconds at 64 MB. Here another connection copies while writes go on.
//! These writes add only little to the journal. The writer copies that rest itself, and the journal
//! starts over.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// Estimated pages that a commit adds to the journal: `SHARED_PAGES` for the commit, and `PAGES`
/// for each of its writes.
const SHARED_PAGES: usize = 8;
const PAGES: usize = 2;

/// Pages in the journal before a checkpoint begins.
const ENOUGH: usize = 8_000;

pub(crate) struct Checkpointer {
    connection: Mutex<SqliteConnection>,
    stage: Mutex<Stage>,
}

#[derive(Clone, Copy)]
enum Stage {
    /// The journal grows. The number is an estimate of its pages.
    Filling(usize),
    /// The journal is being copied.
    Copying,
    /// All is copied except the pages that were added during the copy.
    Copied,
}

impl Checkpointer {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection: Mutex::new(connection),
            stage: Mutex::new(Stage::Filling(0)),
        }
    }

    /// To be called after each commit of `writes` writes, before the writer begins another one.
    pub(crate) fn committed(self: &Arc<Self>, writes: usize, writer: &mut SqliteConnection) {
        let stage = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match stage {
            Stage::Copying => {}
            Stage::Copied => {
                copy(writer);
                self.enter(Stage::Filling(0));
            }
            Stage::Filling(pages) => {
                let pages = pages + SHARED_PAGES + PAGES * writes;
                if pages < ENOUGH {
                    self.enter(Stage::Filling(pages));
                    return;
                }
                if Handle::try_current().is_err() {
                    // A tool, for which nobody waits.
                    copy(writer);
                    return self.enter(Stage::Filling(0));
                }
                self.enter(Stage::Copying);
                let copying = Copying(Arc::clone(self));
                drop(spawn_blocking(move || {
                    let connection = copying.0.connection.lock();
                    copy(&mut connection.unwrap_or_else(PoisonError::into_inner));
                }));
            }
        }
    }

    fn enter(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}

/// A copy that runs beside the writer. When it ends, even by a panic, the stage becomes `Copied`.
struct Copying(Arc<Checkpointer>);

impl Drop for Copying {
    fn drop(&mut self) {
        self.0.enter(Stage::Copied);
    }
}

/// Copies the pages of the journal that no reader needs. It does not wait for readers; the rest is
/// copied later.
fn copy(connection: &mut SqliteConnection) {
    let copied = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").execute(connection);
    if let Err(cause) = copied {
        tracing::warn!(%cause, "the journal (-wal) could not be copied back into the database: nothing is lost, but it grows until that works; is the disk full?");
    }
}
