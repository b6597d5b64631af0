//! Finding lives: by filter and title, in one of several orders, page by page.

use std::sync::Arc;

use imbl::Vector;

use super::handle::RoomsHandle;
use super::listing::{Filter, at};
use super::ranking::{Figure, Rank, Snapshot};
use super::summary::Summary;
use crate::error::Error;

/// Rows that one request looks at, at most.
const MOST_ROWS: usize = 20_000;

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Search {
    /// Only lives that match.
    pub filter: Filter,
    /// Only lives with this in their title.
    pub title: Option<TitlePart>,
    /// Sorted by this figure; `None`: the newest first.
    pub by: Option<Figure>,
}

/// A part of a title, in small letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TitlePart(String);

impl TitlePart {
    /// The longest part, in letters.
    pub const MAX_CHARS: usize = 64;

    /// Accepts 1 to 64 letters.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.chars().count();
        (1..=Self::MAX_CHARS)
            .contains(&letters)
            .then(|| Self(small(text)))
    }

    fn is_in(&self, title: &str) -> bool {
        small(title).contains(&self.0)
    }
}

/// A text in small letters, each by itself, so that a part of it stays a part. The sigma that ends a Greek
/// word is the same letter as the one within.
fn small(text: &str) -> String {
    let letters = text.chars().flat_map(char::to_lowercase);
    let letters = letters.map(|letter| if letter == 'ς' { 'σ' } else { letter });
    letters.collect()
}

/// A row of a list, from where the next page goes on. Rows that are added or removed meanwhile shift
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LivePlace {
    /// The number of the snapshot that the list was read from; 0 if it needs none.
    pub snapshot: u64,
    /// The figure by which the list is sorted, or 0.
    pub figure: u32,
    /// Later lives have larger numbers.
    pub order: u64,
}

/// A page of lives.
#[derive(Debug)]
pub struct LivesFound {
    /// The number of lives that match the filter, with any title.
    pub total: usize,
    /// The lives of this page.
    pub summaries: Vec<Arc<Summary>>,
    /// Where the next page goes on; `None` if the list ends here.
    pub next: Option<LivePlace>,
    /// There may be more lives for this page: the search stopped at the most rows that it looks at.
    pub is_partial: bool,
}

impl RoomsHandle {
    /// Up to `size` lives that are looked for, behind a place or from the beginning.
    ///
    /// # Errors
    /// [`Error::Busy`] if too many lists are sorted or searched.
    pub async fn find_lives(
        &self,
        search: Search,
        place: Option<LivePlace>,
        size: usize,
    ) -> Result<LivesFound, Error> {
        let (listing, rankings) = (&self.registry.listing, &self.rankings);
        let snapshot = match search.by {
            None => None,
            Some(figure) => {
                let number = place.map(|place| place.snapshot);
                let all = || listing.list(Filter::default());
                let snapshot = rankings.snapshot(figure, number, all, self.clock.now());
                Some(snapshot.await?)
            }
        };
        // Read after the snapshot, so that what it has and this has not is over.
        let list = listing.list(search.filter);
        let scan = Scan {
            title: search.title,
            size,
            most: MOST_ROWS,
        };
        match snapshot {
            // A few rows, and no work for each.
            None if scan.title.is_none() => Ok(scan.newest(&list, place)),
            None => rankings.pool.run(move || scan.newest(&list, place)).await,
            Some(snapshot) => {
                let ranked = move || scan.ranked(&list, &snapshot, place);
                rankings.pool.run(ranked).await
            }
        }
    }
}

/// One look through the rows of a list.
struct Scan {
    title: Option<TitlePart>,
    size: usize,
    most: usize,
}

impl Scan {
    fn newest(&self, list: &Vector<Arc<Summary>>, place: Option<LivePlace>) -> LivesFound {
        let from = place.map_or(0, |place| match at(list, place.order) {
            Ok(row) => row + 1,
            Err(row) => row,
        });
        let rows = list.focus().narrow(from..).into_iter().map(|summary| {
            let place = LivePlace {
                snapshot: 0,
                figure: 0,
                order: summary.order,
            };
            (place, Some(summary))
        });
        self.read(list.len(), rows)
    }

    fn ranked(
        &self,
        list: &Vector<Arc<Summary>>,
        snapshot: &Snapshot,
        place: Option<LivePlace>,
    ) -> LivesFound {
        let rank = place.map(|LivePlace { figure, order, .. }| Rank { figure, order });
        let rows = snapshot.behind(rank).iter().map(|rank| {
            let place = LivePlace {
                snapshot: snapshot.number,
                figure: rank.figure,
                order: rank.order,
            };
            // A live that is over, or does not match the filter, is not in the list.
            let listed = at(list, rank.order).ok();
            (place, listed.and_then(|row| list.get(row)))
        });
        self.read(list.len(), rows)
    }

    /// The first lives among these rows that fit. It looks for one more, to know whether the list goes
    /// on.
    fn read<'l>(
        &self,
        total: usize,
        rows: impl Iterator<Item = (LivePlace, Option<&'l Arc<Summary>>)>,
    ) -> LivesFound {
        let mut found = LivesFound {
            total,
            summaries: Vec::with_capacity(self.size.min(total)),
            next: None,
            is_partial: false,
        };
        let (mut last_found, mut last_seen) = (None, None);
        for (row, (place, summary)) in rows.enumerate() {
            if row == self.most {
                found.next = last_seen;
                found.is_partial = found.summaries.len() < self.size;
                break;
            }
            last_seen = Some(place);
            let Some(summary) = summary.filter(|summary| self.fits(summary)) else {
                continue;
            };
            if found.summaries.len() == self.size {
                found.next = last_found;
                break;
            }
            found.summaries.push(Arc::clone(summary));
            last_found = last_seen;
        }
        found
    }

    fn fits(&self, summary: &Summary) -> bool {
        let title = || summary.info().map_or("", |info| &info.title);
        self.title.as_ref().is_none_or(|part| part.is_in(title()))
    }
}

#[cfg(test)]
mod tests;
