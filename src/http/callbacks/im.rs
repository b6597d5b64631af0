//! Events of instant messaging: members join and leave groups, and groups are dismissed.
//!
//! Source: the cloud's documents on third-party callbacks. The group of a room is named by the room
//! number.

use serde_json::Value;

use super::members::{Members, id, room_number};
use super::parsed::ParsedEvent;
use super::trtc;
use crate::domain::{EventKind, Place, Uid, UnixTime};
use crate::http::failure::FormError;

pub(super) fn event(members: Members<'_>, command: Option<&str>) -> Result<ParsedEvent, FormError> {
    let name = members
        .text("CallbackCommand")
        .or(command.filter(|command| !command.is_empty()))
        .ok_or(FormError::field(
            "CallbackCommand",
            "Lack of CallbackCommand",
        ))?;
    // Recordings made by the cloud's own rooms: the body has TRTC's form.
    if name.ends_with("CallbackAfterCloudRecordingChanged")
        && let Ok(event) = trtc::event(members)
    {
        return Ok(ParsedEvent {
            name: name.to_owned(),
            key: event.key.map(|key| format!("{name}/{key}")),
            ..event
        });
    }
    let group = members.id("GroupId").unwrap_or_default();
    let at_ms = members.millis("EventTime");
    let seen = |list: &str, here: bool| {
        let users = users(members, list);
        let key = at_ms.map(|at| format!("{group}/{at}/{}", users.join("/")));
        let uids: Vec<_> = users.iter().filter_map(|user| Uid::parse(user)).collect();
        let kind = match at_ms {
            Some(at_ms) if !uids.is_empty() => EventKind::Presence { uids, here, at_ms },
            _ => EventKind::Nothing,
        };
        (key, kind)
    };
    let (key, kind) = match name {
        "Group.CallbackAfterMemberExit" => seen("ExitMemberList", false),
        "Group.CallbackAfterNewMemberJoin" => seen("NewMemberList", true),
        "Group.CallbackOnMemberStateChange" => match members.text("EventType") {
            Some("Online") => seen("MemberList", true),
            Some("Offline") => seen("MemberList", false),
            _ => (None, EventKind::Nothing),
        },
        // A dismissal without a time is ignored, because its order among other events is unknown.
        "Group.CallbackAfterGroupDestroyed" => match at_ms {
            Some(at) => (Some(format!("{group}/{at}")), EventKind::Dismissal),
            None => (None, EventKind::Nothing),
        },
        _ => (None, EventKind::Nothing),
    };
    // The same command may report the same members twice in one millisecond, with different event
    // types.
    let cause = members.text("EventType").unwrap_or_default();
    Ok(ParsedEvent {
        name: name.to_owned(),
        key: key.map(|key| format!("{name}/{cause}/{key}")),
        place: Place {
            room: room_number(&group),
            ..Place::default()
        },
        at: at_ms.map(|ms| UnixTime::from_secs(ms / 1000)),
        kind,
    })
}

/// The accounts in a list of objects or plain ids.
fn users(members: Members<'_>, list: &str) -> Vec<String> {
    let items = members.items(list).iter();
    items
        .filter_map(|item| match item {
            Value::Object(member) => Members::of(member).id("Member_Account"),
            bare => id(bare),
        })
        .collect()
}
