//! Events of live streaming (CSS, formerly LVB), in their forms from 2016 to today.
//!
//! Source: the cloud's documents on push, recording, screenshot and moderation callbacks.

use super::members::{MAX_ID_BYTES, Members, place};
use super::parsed::ParsedEvent;
use crate::domain::{EventKind, FileReport};
use crate::http::failure::FormError;

pub(super) fn event(members: Members<'_>) -> Result<ParsedEvent, FormError> {
    let number = members
        .number("event_type")
        .ok_or(FormError::field("event_type", "Lack of event_type"))?;
    // Moderation spells the names differently. `channel_id` is older than stream codes.
    let stream = ["stream_id", "streamId", "channel_id", "channelId"]
        .iter()
        .find_map(|name| members.text(name));
    let place = place(stream, members.text("stream_param"));
    let of_stream = place.stream.as_ref().map(|name| name.as_str().to_owned());
    let (key, at, kind) = match number {
        0 | 1 => push(members, of_stream, number == 1),
        100 => file(members, of_stream),
        200 => picture(members, of_stream),
        317 => (
            moderation_key(members, of_stream),
            members.seconds("screenshotTime"),
            EventKind::Nothing,
        ),
        332 => (
            recorder_key(members),
            members.seconds("event_time"),
            EventKind::Nothing,
        ),
        _ => (None, members.seconds("event_time"), EventKind::Nothing),
    };
    Ok(ParsedEvent {
        name: number.to_string(),
        key: key.map(|key| format!("{number}/{key}")),
        place,
        at,
        kind,
    })
}

type Understood = (Option<String>, Option<crate::domain::UnixTime>, EventKind);

/// Events 1 and 0: a push started or stopped. Both carry the `sequence` of the push.
fn push(members: Members<'_>, stream: Option<String>, started: bool) -> Understood {
    let at = members
        .seconds("event_time")
        .or_else(|| members.seconds("update_time"));
    let sequence = members.id("sequence").unwrap_or_default();
    let (Some(stream), Some(time)) = (stream, at) else {
        return (None, at, EventKind::Nothing);
    };
    let key = if sequence.is_empty() {
        format!("{stream}//{}", time.as_secs())
    } else {
        format!("{stream}/{sequence}")
    };
    (Some(key), at, EventKind::Push { sequence, started })
}

/// Event 100: a recording is ready. There is one event for each file, so one for each format and
/// part of a live.
fn file(members: Members<'_>, stream: Option<String>) -> Understood {
    let (started_at, ended_at) = (members.seconds("start_time"), members.seconds("end_time"));
    let of_times = || {
        let (start, end) = (started_at?.as_secs(), ended_at?.as_secs());
        let format = members.text("file_format").unwrap_or_default();
        let id = format!("{}/{start}/{end}/{format}", stream.as_ref()?);
        (id.len() <= MAX_ID_BYTES).then_some(id)
    };
    let file_id = ["file_id", "record_file_id", "video_id"]
        .iter()
        .find_map(|name| members.id(name))
        .or_else(of_times);
    let Some(file_id) = file_id else {
        return (None, ended_at, EventKind::Nothing);
    };
    let report = FileReport {
        file_id: file_id.clone(),
        video_id: members.id("video_id").unwrap_or_default(),
        url: members.web_address("video_url").unwrap_or_default(),
        cover: String::new(),
        started_at,
        ended_at,
        made_at: None,
        duration_s: members.amount("duration"),
        file_bytes: members.amount("file_size"),
    };
    (Some(file_id), ended_at, EventKind::File(report))
}

/// Event 200: a picture of the stream. In 2016 it had only a path, which no client can load.
fn picture(members: Members<'_>, stream: Option<String>) -> Understood {
    let at = members.seconds("create_time");
    let (Some(stream), Some(time)) = (stream, at) else {
        return (None, at, EventKind::Nothing);
    };
    let path = members.text("pic_url").unwrap_or_default();
    let key = format!("{stream}/{}/{path}", time.as_secs());
    let url = members
        .web_address("pic_full_url")
        .or_else(|| members.web_address("pic_url"));
    let kind = url.map_or(EventKind::Nothing, |url| EventKind::Picture { url });
    (Some(key), at, kind)
}

fn moderation_key(members: Members<'_>, stream: Option<String>) -> Option<String> {
    let (time, img) = (members.number("screenshotTime")?, members.text("img")?);
    Some(format!("{}/{time}/{img}", stream?))
}

fn recorder_key(members: Members<'_>) -> Option<String> {
    let (session, event) = (members.id("session_id")?, members.text("record_event")?);
    Some(format!("{session}/{event}/{}", members.id("seq")?))
}
