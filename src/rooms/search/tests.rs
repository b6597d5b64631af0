//! Pages of lives in every order: what stays is there once, whatever comes, goes and changes between them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::{Likes, LiveInfo, Moment, Profile, RoomStats};
use crate::rooms::listing::Listing;
use crate::rooms::listing::tests::summary;

/// A live with that order and that many likes.
fn liked(order: u64, sent: u32) -> Arc<Summary> {
    let summary = summary(order, 7, "live");
    let likes = Likes { told: 0, sent };
    summary.counters.publish(RoomStats {
        likes,
        ..RoomStats::default()
    });
    summary
}

fn titled(order: u64, title: &str) -> Arc<Summary> {
    let plain = Arc::into_inner(summary(order, 7, "live")).expect("the only one");
    let profile = Profile {
        info: LiveInfo {
            title: title.to_owned(),
            ..plain.profile.info.clone()
        },
        ..Profile::clone(&plain.profile)
    };
    Arc::new(Summary {
        profile: Arc::new(profile),
        ..plain
    })
}

fn scan(title: Option<&str>, size: usize, most: usize) -> Scan {
    let title = title.map(|title| TitlePart::parse(title).expect("valid"));
    Scan { title, size, most }
}

fn orders(found: &LivesFound) -> Vec<u64> {
    found.summaries.iter().map(|live| live.order).collect()
}

fn snapshot(listing: &Listing, number: u64) -> Snapshot {
    let all = listing.list(Filter::default());
    Snapshot::new(number, Moment::from_millis(0), &all, Figure::Likes)
}

#[test]
fn titles_are_found_by_any_part_in_small_and_capital_letters() {
    for (part, title) in [
        ("live", "My LIVE show"),
        ("ÄRGER", "kein ärger"),
        ("直播", "晚上直播"),
        ("ΣΑ", "ΟΔΟΣΑ"),
        ("οδος", "ΟΔΟΣ"),
    ] {
        let part = TitlePart::parse(part).expect("valid");
        assert!(part.is_in(title), "{part:?} in {title}");
        assert!(!part.is_in("something else"), "{part:?}");
    }
    assert_eq!(TitlePart::parse(""), None);
    assert!(TitlePart::parse(&"ü".repeat(64)).is_some());
    assert_eq!(TitlePart::parse(&"ü".repeat(65)), None);
}

#[test]
fn a_search_stops_at_its_limit_and_goes_on_from_there() {
    let listing = Listing::default();
    for order in 0..10 {
        let title = if order % 4 == 0 { "wanted" } else { "other" };
        listing.insert(&titled(order, title));
    }
    let list = listing.list(Filter::default());
    let scan = scan(Some("WANT"), 2, 3);
    let (mut pages, mut place) = (Vec::new(), None);
    loop {
        let found = scan.newest(&list, place);
        assert_eq!(found.total, 10);
        pages.push((orders(&found), found.is_partial));
        place = found.next;
        if place.is_none() {
            break;
        }
    }
    let expected = [
        (vec![8], true),
        (vec![4], true),
        (vec![], true),
        (vec![0], false),
    ];
    assert_eq!(pages, expected);
}

#[test]
fn a_full_page_is_not_partial_even_if_the_search_for_one_more_stopped() {
    let listing = Listing::default();
    for (order, title) in [(3, "wanted"), (2, "other"), (1, "other"), (0, "wanted")] {
        listing.insert(&titled(order, title));
    }
    let list = listing.list(Filter::default());
    let first = scan(Some("wanted"), 1, 2).newest(&list, None);
    assert_eq!((orders(&first), first.is_partial), (vec![3], false));
    let rest = scan(Some("wanted"), 1, 9).newest(&list, first.next);
    assert_eq!((orders(&rest), rest.next), (vec![0], None));
}

#[test]
fn the_largest_figure_comes_first_and_of_equal_ones_the_later_live() {
    let listing = Listing::default();
    for (order, likes) in [(1, 5), (2, 9), (3, 5), (4, 0)] {
        listing.insert(&liked(order, likes));
    }
    let snapshot = snapshot(&listing, 1);
    let found = scan(None, 9, 99).ranked(&listing.list(Filter::default()), &snapshot, None);
    assert_eq!(orders(&found), [2, 3, 1, 4]);
}

proptest! {
    #[test]
    fn a_walk_by_a_figure_shows_what_stays_exactly_once_however_much_changes_between(
        before in proptest::collection::btree_map(0u64..60, 0u32..9, 0..40),
        between in proptest::collection::vec((0u64..60, 0u32..9, any::<bool>()), 0..60),
        size in 1usize..9,
    ) {
        let listing = Listing::default();
        for (order, likes) in &before {
            listing.insert(&liked(*order, *likes));
        }
        let snapshot = snapshot(&listing, 1);
        let mut stays: BTreeSet<u64> = before.keys().copied().collect();
        let mut churn = between.into_iter();
        let (mut seen, mut place) = (Vec::new(), None);
        loop {
            let list = listing.list(Filter::default());
            let found = scan(None, size, 1000).ranked(&list, &snapshot, place);
            seen.extend(orders(&found));
            place = found.next;
            if place.is_none() {
                break;
            }
            for (order, likes, comes) in churn.by_ref().take(5) {
                if comes {
                    listing.insert(&liked(order, likes));
                } else {
                    listing.remove(&liked(order, likes));
                    stays.remove(&order);
                }
            }
        }
        let shown: BTreeMap<u64, usize> = seen.iter().fold(BTreeMap::new(), |mut shown, order| {
            *shown.entry(*order).or_default() += 1;
            shown
        });
        prop_assert!(shown.values().all(|times| *times == 1), "{:?}", seen);
        let ranks = seen.iter().map(|order| (before[order], *order));
        prop_assert!(ranks.is_sorted_by(|one, next| one > next), "{:?}", seen);
        for order in stays {
            prop_assert!(shown.contains_key(&order), "{} of {:?}", order, seen);
        }
    }

    #[test]
    fn pages_of_the_newest_show_what_stays_exactly_once_however_much_comes_and_goes_between(
        before in proptest::collection::btree_set(0u64..60, 0..40),
        between in proptest::collection::vec((0u64..60, any::<bool>()), 0..60),
        size in 1usize..9,
    ) {
        let listing = Listing::default();
        for order in &before {
            listing.insert(&summary(*order, 7, "live"));
        }
        let mut stays = before.clone();
        let mut churn = between.into_iter();
        let (mut seen, mut place) = (Vec::new(), None);
        loop {
            let list = listing.list(Filter::default());
            let found = scan(None, size, 1000).newest(&list, place);
            seen.extend(orders(&found));
            place = found.next;
            if place.is_none() {
                break;
            }
            for (order, comes) in churn.by_ref().take(5) {
                if comes {
                    listing.insert(&summary(order, 7, "live"));
                } else {
                    listing.remove(&summary(order, 7, "live"));
                    stays.remove(&order);
                }
            }
        }
        prop_assert!(seen.is_sorted_by(|a, b| a > b), "{:?}", seen);
        for order in stays {
            prop_assert!(seen.contains(&order), "{} of {:?}", order, seen);
        }
    }
}
