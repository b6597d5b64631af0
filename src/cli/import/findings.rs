//! What an import finds in a row that whoever runs it should know.

use crate::store::Table;

/// Something about one row of the PHP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The row's table.
    pub(super) table: Table,
    /// The row's id.
    pub(super) key: String,
    /// What was found.
    pub(super) what: What,
}

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// The id can be no user's.
    InvalidId,
    /// Another account has the same id, once both are repaired.
    SameId,
    /// The room's number is out of range.
    InvalidNumber,
    /// The host has no account, or their account was refused.
    NoSuchHost,
    /// The number belongs to another host's room here.
    NumberTaken,
    /// The live is in a room that is not its host's.
    NotTheirRoom,
    /// The recording has no address to play.
    NoAddress,
    /// The recording was stored before.
    SameAddress,
    /// The password was longer than the column, so it is lost.
    PasswordCut,
    /// There is nothing in the password.
    PasswordEmpty,
    /// The password is no text that a client can send.
    PasswordNotText,
    /// The password has blanks, which the PHP server did not compare.
    PasswordBlanks,
    /// The token is that of another account too.
    TokenShared,
    /// The token fills its column, so it may be incomplete.
    TokenCut,
    /// This text fills its column, so its end may be missing.
    MayBeCut(&'static str),
    /// This text is longer than zaibo keeps, so its end was left out.
    Shortened(&'static str),
    /// This address is longer than zaibo keeps, so it was left out.
    Dropped(&'static str),
    /// This text had been stored in the wrong encoding.
    Repaired(&'static str),
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It stays behind.
    Refused,
    /// It is the same as another row.
    Merged,
    /// It is taken over.
    Taken,
}

impl What {
    /// What becomes of the row.
    pub(super) fn fate(self) -> Fate {
        match self {
            Self::InvalidId
            | Self::SameId
            | Self::InvalidNumber
            | Self::NoSuchHost
            | Self::NumberTaken
            | Self::NotTheirRoom
            | Self::NoAddress => Fate::Refused,
            Self::SameAddress => Fate::Merged,
            Self::PasswordCut
            | Self::PasswordEmpty
            | Self::PasswordNotText
            | Self::PasswordBlanks
            | Self::TokenShared
            | Self::TokenCut
            | Self::MayBeCut(_)
            | Self::Shortened(_)
            | Self::Dropped(_)
            | Self::Repaired(_) => Fate::Taken,
        }
    }

    /// The finding in words.
    pub(super) fn text(self) -> String {
        match self {
            Self::InvalidId => {
                "the id is empty, longer than 32 bytes, or has control characters or outer blanks"
            }
            Self::SameId => "another account has this id",
            Self::InvalidNumber => "no room can have this number",
            Self::NoSuchHost => "its host has no account here",
            Self::NumberTaken => "another host has a room with this number here",
            Self::NotTheirRoom => "the room is not its host's",
            Self::NoAddress => "there is no address to play it",
            Self::SameAddress => "the same address is listed already",
            Self::PasswordCut => "no password: it was longer than its column and is lost",
            Self::PasswordEmpty => "no password: nothing is left of it",
            Self::PasswordNotText => "no password: it is not UTF-8, so no client can send it",
            Self::PasswordBlanks => "the password has blanks, which the PHP server did not compare",
            Self::TokenShared => "no session: other accounts have the same token",
            Self::TokenCut => "no session: the token fills its column and may be incomplete",
            Self::MayBeCut(column) => return format!("{column} fills its column and may be cut"),
            Self::Shortened(column) => {
                return format!("{column} is longer than zaibo keeps and was cut");
            }
            Self::Dropped(column) => {
                return format!("{column} is longer than zaibo keeps and was left out");
            }
            Self::Repaired(column) => {
                return format!("{column} was in the wrong encoding and was repaired");
            }
        }
        .to_owned()
    }
}
