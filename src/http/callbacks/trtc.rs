//! Events of real-time communication: rooms (group 1), media (2), cloud recording (3), others.
//!
//! Source: the cloud's documents on room, media and recording callbacks.

use super::members::{Members, room_number};
use super::parsed::ParsedEvent;
use crate::domain::{EventKind, FileReport, Place, Uid, UnixTime};
use crate::http::failure::FormError;

pub(super) fn event(members: Members<'_>) -> Result<ParsedEvent, FormError> {
    let number = members
        .number("EventType")
        .ok_or(FormError::field("EventType", "Lack of EventType"))?;
    let info = members.object("EventInfo");
    // A number or a text, depending on what the client used.
    let room = info.id("RoomId").unwrap_or_default();
    let user = info.id("UserId").unwrap_or_default();
    let seconds = |secs: UnixTime| secs.as_secs().saturating_mul(1000);
    let happened_ms = info
        .millis("EventMsTs")
        .or_else(|| info.seconds("EventTs").map(seconds));
    let told_ms = members
        .millis("CallbackTs")
        .or_else(|| members.millis("CallbackMsTs"));
    let at = happened_ms.or(told_ms);
    let at = at.map(|ms| UnixTime::from_secs(ms / 1000));
    let (key, kind) = match number {
        // A dismissal or a departure needs the time at which it happened. The time of the callback
        // does not help, because a repetition has a later one.
        102 if happened_ms.is_some() => (moment_key(&room, &user, info), EventKind::Dismissal),
        103 | 104 => {
            let seen = Uid::parse(&user).zip(happened_ms);
            let kind = seen.map_or(EventKind::Nothing, |(uid, at_ms)| EventKind::Presence {
                uids: vec![uid],
                here: number == 103,
                at_ms,
            });
            (moment_key(&room, &user, info), kind)
        }
        101 | 105 | 201..=206 => (moment_key(&room, &user, info), EventKind::Nothing),
        311 => committed_file(info, at),
        _ => (None, EventKind::Nothing),
    };
    Ok(ParsedEvent {
        name: number.to_string(),
        key: key.map(|key| format!("{number}/{key}")),
        place: Place {
            room: room_number(&room),
            ..Place::default()
        },
        at,
        kind,
    })
}

/// A key from the time of the event. Repetitions have the same time of the event, but another time
/// of the callback.
fn moment_key(room: &str, user: &str, info: Members<'_>) -> Option<String> {
    let moment = info.id("EventMsTs").or_else(|| info.id("EventTs"))?;
    Some(format!("{room}/{user}/{moment}"))
}

/// Event 311: a recorded file was passed on to video on demand. Only status 0 means that the file
/// exists.
fn committed_file(info: Members<'_>, at: Option<UnixTime>) -> (Option<String>, EventKind) {
    let payload = info.object("Payload");
    let vod = payload.object("TencentVod");
    let (Some(file_id), Some(0)) = (vod.id("FileId"), payload.number("Status")) else {
        return (None, EventKind::Nothing);
    };
    let key = format!("{}/{file_id}", info.id("TaskId").unwrap_or_default());
    let stamp = |name| vod.millis(name).map(|ms| UnixTime::from_secs(ms / 1000));
    let (started_at, ended_at) = (stamp("StartTimeStamp"), stamp("EndTimeStamp"));
    let duration_s = started_at
        .zip(ended_at)
        .map(|(start, end)| (end.as_secs() - start.as_secs()).max(0));
    let report = FileReport {
        file_id,
        video_id: String::new(),
        url: vod.web_address("VideoUrl").unwrap_or_default(),
        cover: String::new(),
        started_at,
        ended_at,
        made_at: at,
        duration_s,
        file_bytes: None,
    };
    (Some(key), EventKind::File(report))
}
