//! Events of video on demand: files that were created or deleted, in both versions of the events.
//!
//! Source: the cloud's documents on NewFileUpload and FileDeleted, version 4.0 and the present one.

use chrono::DateTime;
use serde_json::Value;

use super::members::{Members, id, place, room_number};
use super::parsed::ParsedEvent;
use crate::domain::{EventKind, FileReport, Place, UnixTime};
use crate::http::failure::FormError;

/// The most deleted files that one event may report.
const MAX_DELETED: usize = 1000;

pub(super) fn event(members: Members<'_>) -> Result<ParsedEvent, FormError> {
    let (old, today) = (members.text("eventType"), members.text("EventType"));
    let name = today
        .or(old)
        .ok_or(FormError::field("EventType", "Lack of EventType"))?;
    let (key, place, at, kind) = match (name, today.is_some()) {
        ("NewFileUpload", true) => uploaded(members.object("FileUploadEvent")),
        ("NewFileUpload", false) => uploaded_old(members.object("data")),
        ("FileDeleted", true) => deleted(gone(members.object("FileDeleteEvent"))?),
        ("FileDeleted", false) => deleted(gone_old(members.object("data"))?),
        _ => nothing(),
    };
    Ok(ParsedEvent {
        name: name.to_owned(),
        key: key.map(|key| format!("{name}/{key}")),
        place,
        at,
        kind,
    })
}

type Understood = (Option<String>, Place, Option<UnixTime>, EventKind);

fn nothing() -> Understood {
    (None, Place::default(), None, EventKind::Nothing)
}

fn uploaded(event: Members<'_>) -> Understood {
    let media = event.object("MediaBasicInfo");
    let source = media.object("SourceInfo");
    let Some(file_id) = event.id("FileId") else {
        return nothing();
    };
    let live = source.object("LiveRecordInfo");
    let mut place = place(live.text("StreamId"), source.text("SourceContext"));
    let trtc = source.object("TrtcRecordInfo").id("RoomId");
    place.room = place.room.or_else(|| room_number(&trtc?));
    let meta = event.object("MetaData");
    let report = FileReport {
        file_id,
        video_id: String::new(),
        url: media.web_address("MediaUrl").unwrap_or_default(),
        cover: media.web_address("CoverUrl").unwrap_or_default(),
        started_at: time(live, "RecordStartTime"),
        ended_at: time(live, "RecordEndTime"),
        made_at: time(media, "CreateTime"),
        duration_s: meta.amount("Duration"),
        file_bytes: meta.amount("Size"),
    };
    recorded(report, place, source.text("SourceType"))
}

fn uploaded_old(data: Members<'_>) -> Understood {
    let Some(file_id) = data.id("fileId") else {
        return nothing();
    };
    let place = place(data.text("streamId"), data.text("sourceContext"));
    let meta = data.object("metaData");
    let report = FileReport {
        file_id,
        url: data.web_address("fileUrl").unwrap_or_default(),
        cover: data.web_address("coverUrl").unwrap_or_default(),
        made_at: time(data, "createTime"),
        duration_s: ["duration", "floatDuration", "totalDuration"]
            .iter()
            .find_map(|name| meta.amount(name)),
        file_bytes: meta.amount("size").or_else(|| meta.amount("totalSize")),
        ..FileReport::default()
    };
    recorded(report, place, data.text("sourceType"))
}

/// Separates recordings from other uploaded files. The recording of a web page counts only if it names
/// a room.
fn recorded(report: FileReport, place: Place, source: Option<&str>) -> Understood {
    let key = Some(report.file_id.clone());
    let at = report.end();
    let kind = match source {
        Some("Record" | "TrtcRecord" | "Unknown") | None => EventKind::File(report),
        Some("WebPageRecord") if place.room.is_some() => EventKind::File(report),
        Some(_) => EventKind::Nothing,
    };
    (key, place, at, kind)
}

fn deleted(mut files: Vec<String>) -> Understood {
    if files.is_empty() {
        return nothing();
    }
    files.sort();
    files.dedup();
    (
        Some(files.join("/")),
        Place::default(),
        None,
        EventKind::FilesDeleted(files),
    )
}

/// The files that can no longer be played. A file stays playable if only some of its parts were
/// deleted and the original was not among them.
fn gone(event: Members<'_>) -> Result<Vec<String>, FormError> {
    let results = few(event.items("FileDeleteResultInfo"))?;
    let keeps_original = |file: &str| {
        let mut of_file = results
            .iter()
            .filter_map(Value::as_object)
            .map(Members::of)
            .filter(|result| result.id("FileId").as_deref() == Some(file));
        of_file.any(|result| {
            let parts = result.items("DeleteParts");
            let is_original = |part: &Value| part["Type"] == "OriginalFiles";
            !parts.is_empty() && !parts.iter().any(is_original)
        })
    };
    let files = few(event.items("FileIdSet"))?.iter().filter_map(id);
    Ok(files.filter(|file| !keeps_original(file)).collect())
}

fn gone_old(data: Members<'_>) -> Result<Vec<String>, FormError> {
    // A status other than 0 means that the deletion failed.
    if data.number("status").unwrap_or(0) != 0 {
        return Ok(Vec::new());
    }
    let files = few(data.items("fileInfo"))?;
    let files = files.iter().filter_map(Value::as_object);
    let listed = files.filter_map(|file| Members::of(file).id("fileId"));
    Ok(listed.chain(data.id("fileId")).collect())
}

/// Checks the number of deleted files, because all of them are handled in one write.
fn few(files: &[Value]) -> Result<&[Value], FormError> {
    if files.len() > MAX_DELETED {
        return Err(FormError::field(
            "files",
            "More than 1000 deleted files in one event",
        ));
    }
    Ok(files)
}

/// A time as text like `2019-01-09T16:36:22Z`, or as seconds since 1970.
fn time(members: Members<'_>, name: &str) -> Option<UnixTime> {
    let calendar = |text| DateTime::parse_from_rfc3339(text).ok();
    let named = members.text(name).and_then(calendar);
    match named.map(|time| time.timestamp()) {
        Some(secs) => (secs > 0).then(|| UnixTime::from_secs(secs)),
        None => members.seconds(name),
    }
}
