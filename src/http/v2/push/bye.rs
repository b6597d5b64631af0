//! How a subscription ends: the last frame says why, and whether to come back.

use serde::Serialize;

/// Why a subscription ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bye {
    /// The live is over.
    Ended,
    /// The server stops.
    Stopping,
    /// What the client sent is no frame.
    BadFrame,
    /// The token is not valid, or not any more.
    TokenGone,
    /// The client did not say who they are in time.
    TokenLate,
    /// The user is no member of the room.
    NotMember,
    /// The user has left the room.
    Left,
    /// There is no such room.
    NoSuchRoom,
    /// The user entered another room.
    Moved,
    /// The client takes nothing, or too slowly.
    Stalled,
    /// The user gave no sign of life for too long, and is no member any more.
    Silent,
    /// The client sends too many frames.
    TooMany,
    /// The server cannot go on: it has too many sockets, or it is busy.
    Busy,
}

impl Bye {
    /// Every reason.
    pub(super) const ALL: [Self; 13] = [
        Self::Ended,
        Self::Stopping,
        Self::BadFrame,
        Self::TokenGone,
        Self::TokenLate,
        Self::NotMember,
        Self::Left,
        Self::NoSuchRoom,
        Self::Moved,
        Self::Stalled,
        Self::Silent,
        Self::TooMany,
        Self::Busy,
    ];

    /// The code with which a WebSocket closes.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Ended => 1000,
            Self::Stopping => 1001,
            Self::BadFrame => 4400,
            Self::TokenGone => 4401,
            Self::NotMember | Self::Left => 4403,
            Self::NoSuchRoom => 4404,
            Self::Stalled | Self::Silent | Self::TokenLate => 4408,
            Self::Moved => 4409,
            Self::TooMany => 4429,
            Self::Busy => 4503,
        }
    }

    /// The word for clients.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Stopping => "stopping",
            Self::BadFrame => "bad_frame",
            Self::TokenGone => "token_gone",
            Self::TokenLate => "token_late",
            Self::NotMember => "not_member",
            Self::Left => "left",
            Self::NoSuchRoom => "room_unknown",
            Self::Moved => "moved",
            Self::Stalled => "stalled",
            Self::Silent => "silent",
            Self::TooMany => "too_many_frames",
            Self::Busy => "busy",
        }
    }

    /// Within how many milliseconds clients come back, each after a time of its own choice; `None` if they
    /// do not.
    fn after_ms(self) -> Option<u32> {
        match self {
            Self::Stopping | Self::TooMany | Self::Busy => Some(5_000),
            Self::Stalled | Self::Silent | Self::TokenLate => Some(1_000),
            Self::Ended
            | Self::BadFrame
            | Self::TokenGone
            | Self::NotMember
            | Self::Left
            | Self::NoSuchRoom
            | Self::Moved => None,
        }
    }

    /// The last frame.
    pub(super) fn text(self) -> String {
        let after_ms = self.after_ms();
        super::frame::text(&Frame {
            t: "bye",
            code: self.code(),
            reason: self.as_str(),
            retry: after_ms.is_some(),
            after_ms,
        })
    }
}

#[derive(Serialize)]
struct Frame {
    t: &'static str,
    code: u16,
    reason: &'static str,
    retry: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_ms: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_come_back_only_if_it_can_help() {
        let kicked = Bye::NotMember.text();
        assert_eq!(
            kicked,
            r#"{"t":"bye","code":4403,"reason":"not_member","retry":false}"#
        );
        let stopping = Bye::Stopping.text();
        assert_eq!(
            stopping,
            r#"{"t":"bye","code":1001,"reason":"stopping","retry":true,"after_ms":5000}"#
        );
        for bye in Bye::ALL {
            let is_final = [1000, 4400, 4401, 4403, 4404, 4409].contains(&bye.code());
            assert_eq!(bye.after_ms().is_none(), is_final, "{bye:?}");
        }
    }
}
