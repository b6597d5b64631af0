//! Retention: what is old is forgotten step by step, so that the work of clients goes on between the
//! steps.

use super::context::Service;
use crate::error::Error;
use crate::store::PIECE;

/// Steps of one call. Together with the pause between calls this bounds the share of the writer.
const STEPS: usize = 8;

/// A walk through what may be old: first through the inbox, from the oldest event to the first that is
/// young enough to be kept, then through the marks of deleted files.
#[derive(Debug, Default)]
pub struct RetentionWalk {
    at: Stage,
    events: usize,
    files: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    /// There is no walk.
    #[default]
    Nowhere,
    /// In the inbox, behind the event with this id.
    Events(i64),
    /// At the marks of deleted files.
    Files,
}

impl RetentionWalk {
    /// Begins a walk, unless one is on its way.
    pub fn begin(&mut self) {
        if !self.is_on_its_way() {
            *self = Self {
                at: Stage::Events(0),
                ..Self::default()
            };
        }
    }

    /// Whether a walk has begun and not ended yet.
    pub fn is_on_its_way(&self) -> bool {
        !matches!(self.at, Stage::Nowhere)
    }

    fn log(&self) {
        let (events, files) = (self.events, self.files);
        if events + files > 0 {
            tracing::info!(
                events,
                files,
                "forgot old events of the cloud, and files that were deleted long ago"
            );
        }
    }
}

impl Service {
    /// Takes the next steps of a walk, and forgets the old things that it meets.
    ///
    /// # Errors
    /// If a step cannot be committed; the next call takes it again.
    pub async fn forget_old(&self, walk: &mut RetentionWalk) -> Result<(), Error> {
        for _ in 0..STEPS {
            self.step(walk).await?;
            if !walk.is_on_its_way() {
                break;
            }
        }
        Ok(())
    }

    async fn step(&self, walk: &mut RetentionWalk) -> Result<(), Error> {
        let limits = self.policy.retention.at(self.clock.unix());
        match walk.at {
            Stage::Nowhere => {}
            Stage::Events(after) => {
                let old = self.store.old_events(after, limits).await?;
                if !old.ids.is_empty() {
                    walk.events += self.store.forget_events(old.ids, limits).await?;
                }
                walk.at = old.next.map_or(Stage::Files, Stage::Events);
            }
            Stage::Files => {
                let files = self.store.forget_deleted_files(limits.waiting).await?;
                walk.files += files;
                if files < PIECE {
                    walk.at = Stage::Nowhere;
                    walk.log();
                }
            }
        }
        Ok(())
    }
}
