//! What an event of the cloud does here: decided from the event and from what is on record of its
//! room. The store carries it out.

use super::{
    CloudDismissal, CloudEvent, EventKind, FileReport, InboxState, MatchedRoom, Place, Push,
    RoomNum, RoomUpdate, UnixTime,
};

/// What an event does.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<'a> {
    /// What is known of a stream changes. Its room shows that, if the room is known; if not, the
    /// event waits for it.
    Stream {
        /// The change; none if the stream does not count for what the room shows.
        change: Option<StreamChange<'a>>,
        /// The room.
        room: Option<RoomNum>,
    },
    /// The report of a file is recorded, and then its recording is built from all reports.
    Report {
        /// The event that brings it.
        event: &'a CloudEvent,
        /// The report.
        report: &'a FileReport,
        /// The room of the file, for reports that name none.
        room: Option<RoomNum>,
    },
    /// The room of a file that was reported earlier is known now: its recording is built.
    FileOfRoom {
        /// Which file.
        file_id: &'a str,
        /// Which room.
        room: RoomNum,
    },
    /// Files are gone, and so are their recordings.
    Deletion(&'a [String]),
    /// The room is told of it, and nothing is recorded.
    Told(RoomUpdate),
    /// The live that ran in a room at that time may be over.
    Dismissal {
        /// Which room.
        room: RoomNum,
        /// When it happened.
        at: UnixTime,
    },
    /// Nothing changes; the event has this state.
    Nothing(InboxState),
}

/// What changes of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamChange<'a> {
    /// The name under which the stream is kept.
    pub name: String,
    /// The room that sends it from now on; none if what is on record about that stays.
    pub sent_by: Option<RoomNum>,
    /// What is told of it; none if the event does not say when it happened.
    pub news: Option<StreamNews<'a>>,
}

/// What is told of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamNews<'a> {
    /// A push began or stopped.
    Push {
        /// The cloud's id of the push.
        sequence: &'a str,
        /// What is told of it.
        push: Push,
    },
    /// A picture was taken.
    Picture {
        /// Its address.
        url: &'a str,
        /// When.
        at: UnixTime,
    },
}

/// An event that waited for its room, as far as it is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEvent {
    /// [The word](EventKind::as_str) for its kind.
    pub kind: String,
    /// The file that it tells of.
    pub file_id: Option<String>,
    /// When it happened, as the sender says.
    pub happened_at: Option<UnixTime>,
    /// When it came.
    pub received_at: UnixTime,
}

impl<'a> Effect<'a> {
    /// What a new event does that comes at `now`, given what is on record of its room; none if no
    /// room that it names exists.
    pub fn of(event: &'a CloudEvent, room: Option<&MatchedRoom>, now: UnixTime) -> Self {
        let number = room.map(|room| room.number);
        let stream = |news| Self::Stream {
            change: StreamChange::of(&event.place, room, news),
            room: number,
        };
        match &event.kind {
            EventKind::Push { sequence, started } => stream(event.at.map(|at| StreamNews::Push {
                sequence,
                push: Push {
                    started_at: Some(at).filter(|_| *started),
                    stopped_at: Some(at).filter(|_| !*started),
                },
            })),
            EventKind::Picture { url } => {
                stream(event.at.map(|at| StreamNews::Picture { url, at }))
            }
            EventKind::File(report) => Self::Report {
                event,
                report,
                room: number,
            },
            EventKind::FilesDeleted(gone) => Self::Deletion(gone),
            EventKind::Presence { uids, here, at_ms } => match number {
                Some(number) => Self::Told(RoomUpdate::Seen {
                    number,
                    uids: uids.clone(),
                    here: *here,
                    at_ms: *at_ms,
                }),
                None => Self::Nothing(InboxState::Unmatched),
            },
            EventKind::Dismissal => match number {
                Some(room) => Self::dismissal(room, event.at, now),
                None => Self::Nothing(InboxState::Unmatched),
            },
            EventKind::Nothing => Self::Nothing(InboxState::Ignored),
        }
    }

    /// What an event does whose room has become known. Pushes and pictures took effect by the name of
    /// their stream already, and a hint about somebody's presence has had its time.
    pub fn of_waiting(event: &'a WaitingEvent, room: RoomNum, now: UnixTime) -> Self {
        if event.kind == EventKind::Dismissal.as_str() {
            return Self::dismissal(room, event.happened_at, event.received_at.min(now));
        }
        match &event.file_id {
            Some(file_id) => Self::FileOfRoom { file_id, room },
            None => Self::Nothing(InboxState::Done),
        }
    }

    /// What ends something has to say when it happened.
    fn dismissal(room: RoomNum, dated: Option<UnixTime>, told: UnixTime) -> Self {
        match dated {
            Some(dated) => Self::Dismissal {
                room,
                at: CloudDismissal::happened_at(dated, told),
            },
            None => Self::Nothing(InboxState::Ignored),
        }
    }
}

impl<'a> StreamChange<'a> {
    /// The change of the stream that an event names, if it counts for what the room shows: guests on
    /// mic send streams of their own. While the room is unknown every stream is kept.
    fn of(place: &Place, room: Option<&MatchedRoom>, news: Option<StreamNews<'a>>) -> Option<Self> {
        let (name, stream) = place.stream_name().zip(place.stream.as_ref())?;
        let counts = match room {
            None => true,
            Some(room) if stream.is_hash() => room.sends_stream,
            Some(room) => place.may_be_of(&room.host),
        };
        counts.then(|| Self {
            name,
            // A hash says by itself whose stream it is.
            sent_by: place.room.filter(|_| !stream.is_hash()),
            news,
        })
    }
}

#[cfg(test)]
mod tests;
