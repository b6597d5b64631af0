//! `live` commands about recordings: reportrecord, recordlist.

use serde::Serialize;

use super::json::Fields;
use crate::domain::{Announcement, Recording, RecordingFilter, RoomNum};
use crate::http::failure::FormError;
use crate::settings::{PlayUrl, RecordlistIndex, RecordlistTotal};

/// The most rows of a recording list.
const MAX_ROWS: usize = 100;
const TOO_MANY_ROWS: &str = "Page size should be a positive integer(not larger than 100)";

const MAX_UID_BYTES: usize = 128;
const MAX_NAME_BYTES: usize = 512;
const MAX_COVER_BYTES: usize = 1024;

/// Parses `live/reportrecord`. `None` if no room can have this number.
///
/// # Errors
/// 10003 with the text of the field.
pub fn parse_report(fields: &Fields<'_>) -> Result<Option<Announcement>, FormError> {
    let number = fields.optional_number("roomnum", "Invalid roomnum")?;
    let number = number.ok_or(FormError::field("roomnum", "lack of roomnum"))?;
    let uid = fields.text("uid", "lack of uid", "invalid uid")?;
    let name = fields.text("name", "lack of name", "invalid video name")?;
    let kind = fields.int("type", "Lack of type", "invalid of type")?;
    let cover = fields.optional_text("cover", "invalid cover")?;
    for (name_of, text, limit, wrong) in [
        ("uid", uid, MAX_UID_BYTES, "invalid uid"),
        ("name", name, MAX_NAME_BYTES, "invalid video name"),
        ("cover", cover, MAX_COVER_BYTES, "invalid cover"),
    ] {
        if text.len() > limit {
            return Err(FormError::field(name_of, wrong));
        }
    }
    let (uid, name, cover) = (uid.to_owned(), name.to_owned(), cover.to_owned());
    Ok(RoomNum::new(number).map(|number| Announcement {
        number,
        uid,
        name,
        kind,
        cover,
    }))
}

impl RecordlistIndex {
    /// The row offset that `index` means.
    fn offset(self, index: usize, size: usize) -> usize {
        let page = index.saturating_sub(1).saturating_mul(size);
        match self {
            Self::Offset => index,
            Self::Page => page,
            Self::Auto if index.checked_rem(size).is_none_or(|rest| rest == 0) => index,
            Self::Auto => page,
        }
    }
}

/// `live/recordlist`.
#[derive(Debug)]
pub struct ListRecordings {
    /// The filter for recordings.
    pub filter: RecordingFilter,
    /// The first row.
    pub offset: i64,
    /// The most rows on the page.
    pub size: i64,
}

impl ListRecordings {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &Fields<'_>, meaning: RecordlistIndex) -> Result<Self, FormError> {
        let kind = fields.int("type", "Lack of type", "invalid of type")?;
        let rows = fields.paging(MAX_ROWS, TOO_MANY_ROWS)?;
        let uid = match fields.optional_text("s_uid", "Invalid s_uid")? {
            "" => None,
            uid => Some(uid.to_owned()),
        };
        let offset = i64::try_from(meaning.offset(rows.index, rows.size)).unwrap_or(i64::MAX);
        let size = i64::try_from(rows.size).unwrap_or(0);
        Ok(Self {
            filter: RecordingFilter {
                kind: Some(kind),
                uid,
            },
            offset,
            size,
        })
    }
}

/// The data of `live/recordlist`.
#[derive(Serialize)]
pub struct RecordingList<'a> {
    total: Total,
    videos: Vec<RecordingItem<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordingItem<'a> {
    uid: &'a str,
    name: &'a str,
    title: &'a str,
    cover: &'a str,
    video_id: &'a str,
    /// The document's name for `videoId`; both fields have the same value.
    #[serde(rename = "playid")]
    play_id: &'a str,
    #[serde(rename = "playurl")]
    play_url: Address<'a>,
    create_time: i64,
    file_size: i64,
    duration: i64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Total {
    Number(i64),
    Text(String),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Address<'a> {
    Array([&'a str; 1]),
    Text(&'a str),
}

impl<'a> RecordingList<'a> {
    /// A page of recordings; `total` counts all that match.
    pub fn new(
        total: i64,
        recordings: &'a [Recording],
        total_form: RecordlistTotal,
        form: PlayUrl,
    ) -> Self {
        let item = |recording: &'a Recording| RecordingItem {
            uid: &recording.uid,
            name: &recording.name,
            title: &recording.title,
            cover: &recording.cover,
            video_id: &recording.video_id,
            play_id: &recording.video_id,
            play_url: match form {
                PlayUrl::Array => Address::Array([&recording.play_url]),
                PlayUrl::Text => Address::Text(&recording.play_url),
            },
            create_time: recording.created_at.as_secs(),
            file_size: recording.file_bytes,
            duration: recording.duration_s,
        };
        Self {
            total: match total_form {
                RecordlistTotal::Number => Total::Number(total),
                RecordlistTotal::Text => Total::Text(total.to_string()),
            },
            videos: recordings.iter().map(item).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_means_what_its_client_means() {
        let rows =
            |meaning: RecordlistIndex, size| [0, 1, 2, 3].map(|index| meaning.offset(index, size));
        assert_eq!(rows(RecordlistIndex::Offset, 15), [0, 1, 2, 3]);
        assert_eq!(rows(RecordlistIndex::Page, 15), [0, 0, 15, 30]);
        assert_eq!(rows(RecordlistIndex::Auto, 15), [0, 0, 15, 30]);
        assert_eq!(RecordlistIndex::Auto.offset(30, 15), 30);
        assert_eq!(RecordlistIndex::Auto.offset(7, 0), 7);
        assert_eq!(RecordlistIndex::Page.offset(usize::MAX, 100), usize::MAX);
    }
}
