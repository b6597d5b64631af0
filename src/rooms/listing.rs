//! The lists of lives, newest first. What a page costs hardly depends on its depth or on the number
//! of lives.
//!
//! There is one list for each filter that clients can ask for. The lists are persistent vectors: a
//! reader takes a whole list in one step, so that later changes never tear a page.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use imbl::Vector;

use super::summary::Summary;
use crate::domain::AppId;

/// Selects lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only lives of this app.
    pub app: Option<AppId>,
    /// Only lives whose reported type is the text `live`.
    pub only_live_type: bool,
}

type Lists = HashMap<Filter, Vector<Arc<Summary>>>;

#[derive(Debug, Default)]
pub(super) struct Listing {
    lists: RwLock<Lists>,
}

impl Listing {
    /// Lists a live at the position of its order.
    pub(super) fn insert(&self, summary: &Arc<Summary>) {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        insert(&mut lists, summary);
    }

    /// Takes a live off the lists.
    pub(super) fn remove(&self, summary: &Summary) {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        remove(&mut lists, summary);
    }

    /// Replaces the summary of a listed live. No reader sees the live missing in between.
    pub(super) fn replace(&self, before: &Summary, summary: &Arc<Summary>) {
        let mut lists = self.lists.write().unwrap_or_else(PoisonError::into_inner);
        remove(&mut lists, before);
        insert(&mut lists, summary);
    }

    /// The number of all listed lives.
    pub(super) fn len(&self) -> usize {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.get(&Filter::default()).map_or(0, Vector::len)
    }

    /// The number of lives that match, and up to `size` of them from row `offset`.
    pub(super) fn page(
        &self,
        filter: Filter,
        offset: usize,
        size: usize,
    ) -> (usize, Vec<Arc<Summary>>) {
        let list = self.list(filter);
        (list.len(), rows(&list, offset, size))
    }

    /// The list of that filter as it is now. Later changes do not show in it.
    pub(super) fn list(&self, filter: Filter) -> Vector<Arc<Summary>> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.get(&filter).cloned().unwrap_or_default()
    }
}

fn insert(lists: &mut Lists, summary: &Arc<Summary>) {
    for filter in filters(summary) {
        let list = lists.entry(filter).or_default();
        match at(list, summary.order) {
            Ok(at) => drop(list.set(at, Arc::clone(summary))),
            Err(at) => list.insert(at, Arc::clone(summary)),
        }
    }
}

fn remove(lists: &mut Lists, summary: &Summary) {
    for filter in filters(summary) {
        let Some(list) = lists.get_mut(&filter) else {
            continue;
        };
        if let Ok(at) = at(list, summary.order) {
            list.remove(at);
        }
        if list.is_empty() {
            lists.remove(&filter);
        }
    }
}

/// Every filter that the live matches.
fn filters(summary: &Summary) -> impl Iterator<Item = Filter> {
    let info = summary.info().into_iter();
    info.flat_map(|info| {
        let apps = std::iter::once(None).chain(info.app.map(Some));
        let of_live_type = info.kind == "live";
        apps.flat_map(move |app| {
            let all = Filter {
                app,
                only_live_type: false,
            };
            std::iter::once(all).chain(of_live_type.then_some(Filter {
                only_live_type: true,
                ..all
            }))
        })
    })
}

/// Up to `size` lives from row `offset` of a list.
fn rows(list: &Vector<Arc<Summary>>, offset: usize, size: usize) -> Vec<Arc<Summary>> {
    let end = offset.saturating_add(size).min(list.len());
    let rows = offset.min(end)..end;
    let mut summaries = Vec::with_capacity(rows.len());
    summaries.extend(rows.filter_map(|row| list.get(row).cloned()));
    summaries
}

/// Where the live of that order stands, or would stand.
pub(super) fn at(list: &Vector<Arc<Summary>>, order: u64) -> Result<usize, usize> {
    list.binary_search_by_key(&Reverse(order), |listed| Reverse(listed.order))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Device, LiveId, LiveInfo, Profile, RoomNum, Uid, UnixTime, VideoType};
    use crate::rooms::feed::Feed;
    use crate::rooms::summary::Counters;

    pub(in crate::rooms) fn summary(order: u64, app: i64, kind: &str) -> Arc<Summary> {
        let info = LiveInfo {
            title: String::new(),
            cover: String::new(),
            kind: kind.to_owned(),
            app: AppId::new(app),
            device: Device::Ios,
            video: VideoType::Camera,
        };
        let profile = Profile {
            info,
            live_at: Some(UnixTime::from_secs(0)),
            ..Profile::default()
        };
        Arc::new(Summary {
            live: LiveId::new(1),
            number: RoomNum::new(10001).expect("valid"),
            host: Uid::parse("host").expect("valid"),
            profile: Arc::new(profile),
            order,
            counters: Arc::new(Counters::default()),
            stream_status: Arc::default(),
            feed: Arc::new(Feed::new(LiveId::new(1))),
            superseded: std::sync::OnceLock::new(),
        })
    }

    #[test]
    fn a_live_is_in_every_list_whose_filter_it_matches() {
        let listing = Listing::default();
        listing.insert(&summary(1, 7, "live"));
        listing.insert(&summary(2, 8, "game"));
        let total = |app, only_live_type| {
            let app = AppId::new(app);
            listing
                .page(
                    Filter {
                        app,
                        only_live_type,
                    },
                    0,
                    50,
                )
                .0
        };
        assert_eq!([total(0, false), total(0, true)], [2, 1]);
        assert_eq!([total(7, false), total(7, true)], [1, 1]);
        assert_eq!([total(8, false), total(8, true)], [1, 0]);
        assert_eq!(total(9, false), 0);
    }

    #[test]
    fn a_live_that_ended_leaves_no_empty_list_behind() {
        let listing = Listing::default();
        let summary = summary(1, 7, "live");
        listing.insert(&summary);
        listing.remove(&summary);
        assert!(listing.lists.read().expect("sound").is_empty());
    }

    proptest! {
        #[test]
        fn paging_neither_skips_nor_repeats_and_is_newest_first(
            steps in proptest::collection::vec((0u64..60, any::<bool>()), 0..120),
            size in 1usize..9,
        ) {
            let listing = Listing::default();
            let mut model = std::collections::BTreeSet::new();
            for (order, insert) in steps {
                let summary = summary(order, 7, "live");
                if insert {
                    listing.insert(&summary);
                    model.insert(Reverse(order));
                } else {
                    listing.remove(&summary);
                    model.remove(&Reverse(order));
                }
            }
            let mut seen = Vec::new();
            loop {
                let (total, rows) = listing.page(Filter::default(), seen.len(), size);
                prop_assert_eq!(total, model.len());
                if rows.is_empty() {
                    break;
                }
                seen.extend(rows.iter().map(|summary| Reverse(summary.order)));
            }
            prop_assert_eq!(seen, model.into_iter().collect::<Vec<_>>());
        }
    }
}
