//! The rules for recordings.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::context::Context;
use super::findings::What;
use crate::domain::{Recording, RoomNum, UnixTime};
use crate::store::{ImportedRecording, PhpVideo, Table};

/// Bytes of the hash that stands for an address.
const HASH_BYTES: usize = 16;

/// The addresses that were taken over, by their hashes.
pub(super) type Addresses = HashSet<[u8; HASH_BYTES]>;

/// The recording of a row of `table`; `None` if it stays behind.
pub(super) fn recording(
    table: Table,
    row: PhpVideo,
    known: &mut Addresses,
    context: &mut Context,
) -> Option<ImportedRecording> {
    let key = row.id.to_string();
    let Some(uid) = context.uid(&row.uid) else {
        context.found(table, &key, What::InvalidId);
        return None;
    };
    let play_url = row.play_url.clone().unwrap_or_default();
    if play_url.is_empty() {
        context.found(table, &key, What::NoAddress);
        return None;
    }
    let hash = hash(&play_url);
    // The cloud repeats its reports, and the server stored each of them.
    if !known.insert(hash) {
        context.found(table, &key, What::SameAddress);
        return None;
    }
    let play_url = context.text(table, &key, "play_url", Some(play_url));
    let video_id = context.id(table, &key, "video_id", row.video_id.clone());
    let title = context.name(table, &key, "title", row.title.clone());
    // Before 2017-02 the only name was that of the file.
    let name = match &row.title {
        Some(_) => title.clone(),
        None => context.name(table, &key, "file_name", row.file_name.clone()),
    };
    let hash = base16ct::lower::encode_string(&hash);
    Some(ImportedRecording {
        file_id: format!("php:{video_id}:{hash}"),
        room: RoomNum::new(row.room_num),
        recording: Recording {
            uid: uid.as_str().to_owned(),
            name,
            title,
            cover: context.address(table, &key, "cover", row.cover.clone()),
            kind: None,
            video_id,
            play_url,
            created_at: created_at(&row, context),
            file_bytes: row.file_size.unwrap_or(0).max(0),
            duration_s: duration_s(&row),
        },
    })
}

fn hash(play_url: &str) -> [u8; HASH_BYTES] {
    let hash = Sha256::digest(play_url);
    std::array::from_fn(|at| hash[at])
}

fn created_at(row: &PhpVideo, context: &Context) -> UnixTime {
    context.time_or_earliest(row.create_time, &[row.end_time, row.start_time])
}

/// The length as stored, else the time from the beginning to the end.
fn duration_s(row: &PhpVideo) -> i64 {
    let span = || {
        let is_known = row.start_time > 0 && row.end_time > row.start_time;
        is_known.then(|| row.end_time - row.start_time)
    };
    let stored = row.duration.filter(|secs| *secs > 0);
    stored.or_else(span).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::context::tests::{NOW, context, found};
    use super::*;

    fn row(url: &str) -> PhpVideo {
        PhpVideo {
            id: 10001,
            uid: "anna".to_owned(),
            room_num: 10007,
            title: Some("Cooking".to_owned()),
            cover: Some("http://c/1.png".to_owned()),
            file_name: Some("8888_d56e".to_owned()),
            video_id: Some("v1".to_owned()),
            play_url: Some(url.to_owned()),
            create_time: 1_500_000_500,
            start_time: 1_500_000_000,
            end_time: 1_500_000_400,
            file_size: Some(1_000),
            duration: Some(399),
        }
    }

    fn alone(row: PhpVideo, context: &mut Context) -> Option<ImportedRecording> {
        recording(Table::Videos, row, &mut Addresses::new(), context)
    }

    #[test]
    fn a_recording_is_listed_as_it_was() {
        let mut context = context();
        let taken = alone(row("http://v/1.mp4"), &mut context).expect("taken");
        let hash = &taken.file_id["php:v1:".len()..];
        assert!(taken.file_id.starts_with("php:v1:") && hash.len() == 32);
        assert_eq!(taken.room, RoomNum::new(10007));
        let recording = taken.recording;
        assert_eq!(
            (recording.uid.as_str(), recording.name.as_str()),
            ("anna", "Cooking")
        );
        assert_eq!(
            (recording.title.as_str(), recording.kind),
            ("Cooking", None)
        );
        assert_eq!(recording.created_at.as_secs(), 1_500_000_500);
        assert_eq!((recording.file_bytes, recording.duration_s), (1_000, 399));
        assert_eq!(found(&mut context), []);
    }

    #[test]
    fn a_repetition_is_merged_and_another_format_of_the_same_video_stays() {
        let (mut context, mut known) = (context(), Addresses::new());
        let mut next =
            |url| recording(Table::Videos, row(url), &mut known, &mut context).map(|r| r.file_id);
        let (mp4, flv) = (next("http://v/1.mp4"), next("http://v/1.flv"));
        assert!(mp4.is_some() && flv.is_some() && mp4 != flv);
        assert_eq!(next("http://v/1.mp4"), None);
        assert_eq!(found(&mut context), [What::SameAddress]);
    }

    #[test]
    fn what_is_missing_is_taken_from_the_rest_of_the_row() {
        let mut context = context();
        let bare = PhpVideo {
            title: None,
            cover: None,
            video_id: None,
            create_time: 0,
            file_size: None,
            duration: None,
            room_num: 0,
            ..row("http://v/1.mp4")
        };
        let taken = alone(bare.clone(), &mut context).expect("taken");
        assert!(taken.file_id.starts_with("php::"));
        assert_eq!(taken.room, None);
        let recording = taken.recording;
        assert_eq!(
            (recording.name.as_str(), recording.title.as_str()),
            ("8888_d56e", "")
        );
        assert_eq!(recording.created_at.as_secs(), 1_500_000_000);
        assert_eq!((recording.file_bytes, recording.duration_s), (0, 400));
        let timeless = PhpVideo {
            start_time: 0,
            end_time: 0,
            ..bare
        };
        let recording = alone(timeless, &mut context).expect("taken").recording;
        assert_eq!(
            (recording.created_at.as_secs(), recording.duration_s),
            (NOW, 0)
        );
    }

    #[test]
    fn a_recording_that_nobody_can_play_or_own_is_refused() {
        let mut context = context();
        assert!(alone(row(""), &mut context).is_none());
        assert_eq!(found(&mut context), [What::NoAddress]);
        let mut foreign = row("http://v/1.mp4");
        foreign.uid = "x".repeat(33);
        assert!(alone(foreign, &mut context).is_none());
        assert_eq!(found(&mut context), [What::InvalidId]);
    }

    #[test]
    fn an_address_that_fills_its_column_may_be_cut() {
        let mut context = context();
        let url = |length: usize| format!("http://v/{}", "1".repeat(length - 9));
        assert!(alone(row(&url(127)), &mut context).is_some());
        assert_eq!(found(&mut context), []);
        assert!(alone(row(&url(128)), &mut context).is_some());
        assert_eq!(found(&mut context), [What::MayBeCut("play_url")]);
    }
}
