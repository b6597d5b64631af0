//! What a transaction can lock, so that no other one changes it between its reads and its writes.

use std::fmt;

use crate::domain::{RoomNum, Uid};

/// A part of the data that is read and then changed. It need not exist yet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LockKey<'k> {
    /// A user: their sessions. A live that they host begins and ends under their room, and the database
    /// itself keeps them from hosting two.
    User(&'k Uid),
    /// A room: its lives, its announcements, and what it shows.
    Room(RoomNum),
    /// A stream: its room, its pushes and its picture.
    Stream(&'k str),
    /// A recorded file: the reports about it.
    File(&'k str),
}

impl fmt::Display for LockKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(uid) => write!(f, "user {uid}"),
            Self::Room(number) => write!(f, "room {number}"),
            Self::Stream(name) => write!(f, "stream {name}"),
            Self::File(id) => write!(f, "file {id}"),
        }
    }
}
