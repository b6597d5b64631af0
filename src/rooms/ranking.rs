//! Lives in the order of a figure, which changes all the time. Pages read a snapshot of the order, so that
//! they fit together.
//!
//! A snapshot is made when somebody asks and the last one is old, beside the worker threads. A few are kept
//! for those who go on from page to page; who comes after that goes on in the newest one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use imbl::Vector;

use super::summary::Summary;
use crate::blocking_pool::BlockingPool;
use crate::domain::Moment;
use crate::error::{Error, Queue};

/// How old the newest snapshot may be for a list that begins.
const FRESH: Duration = Duration::from_secs(1);

/// The snapshots of a figure that are kept.
const KEPT: usize = 3;

/// A figure by which lives are sorted, the largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Their members.
    Members,
    /// Their likes.
    Likes,
}

/// A live in a snapshot. Of two with the same figure, the later live has the larger rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) figure: u32,
    pub(super) order: u64,
}

/// The order of all lives at one moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) number: u64,
    made_at: Moment,
    /// The largest first.
    ranks: Vec<Rank>,
}

impl Snapshot {
    pub(super) fn new(
        number: u64,
        made_at: Moment,
        lives: &Vector<Arc<Summary>>,
        figure: Figure,
    ) -> Self {
        let rank = |summary: &Arc<Summary>| {
            let stats = summary.stats();
            let figure = match figure {
                Figure::Members => stats.members,
                Figure::Likes => stats.likes.shown(),
            };
            let order = summary.order;
            Rank { figure, order }
        };
        let mut ranks: Vec<_> = lives.iter().map(rank).collect();
        ranks.sort_unstable_by(|one, other| other.cmp(one));
        Self {
            number,
            made_at,
            ranks,
        }
    }

    /// The lives behind a rank, which need not be among them; or all.
    pub(super) fn behind(&self, rank: Option<Rank>) -> &[Rank] {
        let is_before = |listed: &Rank| rank.is_some_and(|rank| *listed >= rank);
        let from = self.ranks.partition_point(is_before);
        &self.ranks[from..]
    }
}

/// Lists that are sorted or searched at once, and that wait for it.
const AT_ONCE: usize = 2;
const IN_LINE: usize = 256;

/// What sorted lists are read from.
#[derive(Debug)]
pub(super) struct Rankings {
    members: Ranking,
    likes: Ranking,
    /// Sorts and searches lists.
    pub(super) pool: BlockingPool,
}

impl Default for Rankings {
    fn default() -> Self {
        Self {
            members: Ranking::new(Figure::Members),
            likes: Ranking::new(Figure::Likes),
            pool: BlockingPool::new(Queue::Lists, AT_ONCE, IN_LINE),
        }
    }
}

impl Rankings {
    /// The snapshot of that number if it is kept, else one that is not old. `lives` are those of now.
    ///
    /// # Errors
    /// [`Error::Busy`] if the pool is full.
    pub(super) async fn snapshot(
        &self,
        figure: Figure,
        number: Option<u64>,
        lives: impl FnOnce() -> Vector<Arc<Summary>>,
        now: Moment,
    ) -> Result<Arc<Snapshot>, Error> {
        let ranking = match figure {
            Figure::Members => &self.members,
            Figure::Likes => &self.likes,
        };
        ranking.snapshot(number, lives, &self.pool, now).await
    }
}

/// The snapshots of one figure.
#[derive(Debug)]
struct Ranking {
    figure: Figure,
    /// The newest last, with rising numbers.
    kept: Mutex<VecDeque<Arc<Snapshot>>>,
    /// Held by who makes the next one.
    making: tokio::sync::Mutex<()>,
}

impl Ranking {
    fn new(figure: Figure) -> Self {
        Self {
            figure,
            kept: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }
    }

    async fn snapshot(
        &self,
        number: Option<u64>,
        lives: impl FnOnce() -> Vector<Arc<Summary>>,
        pool: &BlockingPool,
        now: Moment,
    ) -> Result<Arc<Snapshot>, Error> {
        if let Some(known) = self.find(number, now) {
            return Ok(known);
        }
        let _making = self.making.lock().await;
        // Somebody else may have made one meanwhile.
        if let Some(known) = self.find(number, now) {
            return Ok(known);
        }
        let next = self.kept().back().map_or(1, |newest| newest.number + 1);
        let (lives, figure) = (lives(), self.figure);
        let make = move || Arc::new(Snapshot::new(next, now, &lives, figure));
        let made = pool.run(make).await?;
        let mut kept = self.kept();
        kept.push_back(Arc::clone(&made));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(made)
    }

    fn find(&self, number: Option<u64>, now: Moment) -> Option<Arc<Snapshot>> {
        let kept = self.kept();
        let of_number = kept.iter().find(|known| Some(known.number) == number);
        let fresh = || kept.back().filter(|newest| now - newest.made_at < FRESH);
        of_number.or_else(fresh).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<Snapshot>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
