//! The checkpointer: copies the journal back into the database beside the writer.
//!
//! SQLite would do it within a commit once the journal is long, and whoever writes then would wait
//! for it, tens of milliseconds at 64 MB. Here another connection copies while writes go on. What
//! they add meanwhile is little; the writer copies that itself, and the journal begins anew.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;
use tokio::task::spawn_blocking;

/// Pages that a commit adds to the journal, about: those that all writes share, and each write's.
const SHARED_PAGES: usize = 8;
const PAGES: usize = 2;

/// Pages in the journal that are worth copying.
const ENOUGH: usize = 8_000;

pub(crate) struct Checkpointer {
    connection: Mutex<SqliteConnection>,
    stage: Mutex<Stage>,
}

#[derive(Clone, Copy)]
enum Stage {
    /// There are so many pages, about.
    Filling(usize),
    /// They are being copied.
    Copying,
    /// They are copied, all but what came meanwhile.
    Copied,
}

impl Checkpointer {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection: Mutex::new(connection),
            stage: Mutex::new(Stage::Filling(0)),
        }
    }

    /// The writer has committed so many writes together, and begins no other meanwhile.
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

/// A copy beside the writer. However it ends, the writer goes on from there.
struct Copying(Arc<Checkpointer>);

impl Drop for Copying {
    fn drop(&mut self) {
        self.0.enter(Stage::Copied);
    }
}

/// Copies what no reader needs in the journal. It waits for nobody; what is left is copied later.
fn copy(connection: &mut SqliteConnection) {
    let copied = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").execute(connection);
    if let Err(cause) = copied {
        tracing::warn!(%cause, "the journal could not be copied back, it grows until it can");
    }
}
