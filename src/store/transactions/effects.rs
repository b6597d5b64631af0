//! Carries out the effect of an event, as the domain has decided it.

use diesel::prelude::*;

use super::super::engine::Conn;
use super::super::queries::{broadcasts, files, inbox, lives, rooms, streams};
use super::super::transactions::rebuild::rebuild;
use crate::domain::{
    CloudDismissal, Effect, FileOutcome, InboxState, RoomUpdate, StreamChange, StreamNews, Uid,
    UnixTime,
};
use crate::error::Error;

/// Carries out the effect of the event with that id. Returns the event's new state and the update
/// for its room, if any.
pub(crate) fn carry_out(
    conn: &mut Conn,
    id: i64,
    effect: Effect<'_>,
    now: UnixTime,
) -> Result<(InboxState, Option<RoomUpdate>), Error> {
    match effect {
        Effect::Stream { change, room } => {
            if let Some(change) = change {
                record_change(conn, &change)?;
            }
            let update = match room {
                None => None,
                Some(number) => {
                    rooms::count_broadcast(conn, number)?;
                    let broadcast = broadcasts::of_room(conn, number)?;
                    Some(RoomUpdate::Shows(number, broadcast))
                }
            };
            Ok((InboxState::by_room(room), update))
        }
        Effect::Report {
            event,
            report,
            room,
        } => {
            files::report(conn, event.sender, &event.place, report, now)?;
            if let Some(number) = room {
                files::assign_if_unknown(conn, &report.file_id, number)?;
            }
            rebuild_and_mark(conn, &report.file_id)
        }
        Effect::FileOfRoom { file_id, room } => {
            files::assign_if_unknown(conn, file_id, room)?;
            rebuild_and_mark(conn, file_id)
        }
        Effect::Deletion(gone) => {
            for file_id in gone {
                files::delete(conn, file_id, now)?;
                rebuild_and_mark(conn, file_id)?;
            }
            Ok((InboxState::Done, None))
        }
        Effect::Notify(update) => Ok((InboxState::Done, Some(update))),
        Effect::Dismissal { room, at } => {
            let dismissal = CloudDismissal {
                event: id,
                number: room,
                at,
            };
            Ok(dismissal.meaning(lives::open_live_of(conn, room)?))
        }
        Effect::Nothing(state) => Ok((state, None)),
    }
}

fn record_change(conn: &mut Conn, change: &StreamChange<'_>) -> QueryResult<()> {
    if let Some(number) = change.sent_by {
        streams::link_one(conn, &change.name, number)?;
    }
    match change.news {
        Some(StreamNews::Push { sequence, push }) => {
            streams::record_push(conn, &change.name, sequence, push)
        }
        Some(StreamNews::Picture { url, at }) => {
            streams::record_picture(conn, &change.name, url, at)
        }
        None => Ok(()),
    }
}

/// Builds the recording of a file, and sets the state of all events about that file.
fn rebuild_and_mark(
    conn: &mut Conn,
    file_id: &str,
) -> Result<(InboxState, Option<RoomUpdate>), Error> {
    let outcome = rebuild(conn, file_id)?;
    let state = outcome.state();
    // One statement for each of the two states that have an index.
    for waiting in [InboxState::Unmatched, InboxState::Unplayable] {
        if waiting != state && state != InboxState::Unmatched {
            inbox::set_state_of_file(conn, file_id, waiting, state)?;
        }
    }
    let update = match outcome {
        FileOutcome::Listed(number, recording) => {
            let recorded = |host| RoomUpdate::Recorded { number, host };
            Uid::parse(&recording.uid).map(recorded)
        }
        FileOutcome::Deleted | FileOutcome::Unmatched | FileOutcome::Unplayable => None,
    };
    Ok((state, update))
}
