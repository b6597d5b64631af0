//! The effect of an event of the cloud, decided from the event and the recorded state of its room. The
//! store carries it out.

use super::{
    CloudDismissal, CloudEvent, EventKind, FileReport, InboxState, MatchedRoom, Place, Push,
    RoomNum, RoomUpdate, UnixTime,
};

/// The effect of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<'a> {
    /// The recorded state of a stream changes. If the room is known, it shows the change; if not, the
    /// event waits for its room.
    Stream {
        /// The change; `None` if the stream does not count for the state that the room shows.
        change: Option<StreamChange<'a>>,
        /// The room, if it is known.
        room: Option<RoomNum>,
    },
    /// The report of a file is recorded, and then its recording is built from all reports.
    Report {
        /// The event with the report.
        event: &'a CloudEvent,
        /// The report.
        report: &'a FileReport,
        /// The room of the file, if it is known. Used for reports that name no room.
        room: Option<RoomNum>,
    },
    /// The room of a file that was reported earlier is known now: its recording is built.
    FileOfRoom {
        /// Id of the file.
        file_id: &'a str,
        /// The room.
        room: RoomNum,
    },
    /// Files were deleted in the cloud: their recordings are deleted here.
    Deletion(&'a [String]),
    /// The room gets an update, and nothing is recorded.
    Notify(RoomUpdate),
    /// The cloud dismissed a room: the live that ran in it at that time may be over.
    Dismissal {
        /// The room.
        room: RoomNum,
        /// When it happened.
        at: UnixTime,
    },
    /// Nothing changes; the event gets this state.
    Nothing(InboxState),
}

/// A change of the recorded state of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamChange<'a> {
    /// The name under which the stream is recorded.
    pub name: String,
    /// The room that sends it from now on; `None` if the recorded one stays.
    pub sent_by: Option<RoomNum>,
    /// The news; `None` if the event does not say when it happened.
    pub news: Option<StreamNews<'a>>,
}

/// News of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamNews<'a> {
    /// A push began or stopped.
    Push {
        /// The cloud's id of the push.
        sequence: &'a str,
        /// The start or the stop of it.
        push: Push,
    },
    /// A picture was taken.
    Picture {
        /// Its address.
        url: &'a str,
        /// When it was taken.
        at: UnixTime,
    },
}

/// A recorded event that waited for its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEvent {
    /// The name of its kind, from [`EventKind::as_str`].
    pub kind: String,
    /// The file that it is about, if any.
    pub file_id: Option<String>,
    /// When it happened, by the sender's report.
    pub happened_at: Option<UnixTime>,
    /// When it arrived.
    pub received_at: UnixTime,
}

impl<'a> Effect<'a> {
    /// The effect of a new event that arrives at `now`. `room` is the recorded state of its room;
    /// `None` if no room that it names exists.
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
                Some(number) => Self::Notify(RoomUpdate::Seen {
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

    /// The effect of an event whose room has become known. Pushes and pictures were recorded under the
    /// name of their stream when they arrived, and a hint about presence is out of date by now.
    pub fn of_waiting(event: &'a WaitingEvent, room: RoomNum, now: UnixTime) -> Self {
        if event.kind == EventKind::Dismissal.as_str() {
            return Self::dismissal(room, event.happened_at, event.received_at.min(now));
        }
        match &event.file_id {
            Some(file_id) => Self::FileOfRoom { file_id, room },
            None => Self::Nothing(InboxState::Done),
        }
    }

    /// The effect of a dismissal. One without a time is ignored, because it cannot be matched to a
    /// live.
    fn dismissal(room: RoomNum, dated: Option<UnixTime>, received: UnixTime) -> Self {
        match dated {
            Some(dated) => Self::Dismissal {
                room,
                at: CloudDismissal::happened_at(dated, received),
            },
            None => Self::Nothing(InboxState::Ignored),
        }
    }
}

impl<'a> StreamChange<'a> {
    /// The change of the stream that an event names, if it counts for the state that the room shows.
    /// Streams of guests on mic do not count. While the room is unknown, every stream is recorded.
    fn of(place: &Place, room: Option<&MatchedRoom>, news: Option<StreamNews<'a>>) -> Option<Self> {
        let (name, stream) = place.stream_name().zip(place.stream.as_ref())?;
        let counts = match room {
            None => true,
            Some(room) if stream.is_hash() => room.sends_stream,
            Some(room) => place.may_be_of(&room.host),
        };
        counts.then(|| Self {
            name,
            // A hash belongs to one room and one user by itself.
            sent_by: place.room.filter(|_| !stream.is_hash()),
            news,
        })
    }
}

#[cfg(test)]
mod tests;
