//! The requests that the crowd sends, of both protocols, and their names in results.

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Register,
    LogIn,
    Create,
    Announce,
    Enter,
    Beat,
    Leave,
    Exit,
    Members,
    Lives,
    /// From here on, those of the live API.
    Login,
    NewRoom,
    GoLive,
    EndRoom,
    EnterRoom,
    LeaveRoom,
    BeatRoom,
    Like,
    Room,
    RoomMembers,
    Rooms,
    /// By WebSocket.
    SocketBeat,
}

impl Command {
    pub(crate) const ALL: [Self; 22] = [
        Self::Register,
        Self::LogIn,
        Self::Create,
        Self::Announce,
        Self::Enter,
        Self::Beat,
        Self::Leave,
        Self::Exit,
        Self::Members,
        Self::Lives,
        Self::Login,
        Self::NewRoom,
        Self::GoLive,
        Self::EndRoom,
        Self::EnterRoom,
        Self::LeaveRoom,
        Self::BeatRoom,
        Self::Like,
        Self::Room,
        Self::RoomMembers,
        Self::Rooms,
        Self::SocketBeat,
    ];

    /// The query of its address in the old protocol; its method and path in the live API.
    pub(crate) fn address(self) -> &'static str {
        match self {
            Self::Register => "svc=account&cmd=regist",
            Self::LogIn => "svc=account&cmd=login",
            Self::Create => "svc=live&cmd=create",
            Self::Announce => "svc=live&cmd=reportroom",
            Self::Enter | Self::Leave => "svc=live&cmd=reportmemid",
            Self::Beat => "svc=live&cmd=heartbeat",
            Self::Exit => "svc=live&cmd=exitroom",
            Self::Members => "svc=live&cmd=roomidlist",
            Self::Lives => "svc=live&cmd=roomlist",
            Self::Login => "POST /v2/login",
            Self::NewRoom => "POST /v2/rooms",
            Self::GoLive => "POST /v2/rooms/{room}/live",
            Self::EndRoom => "DELETE /v2/rooms/{room}",
            Self::EnterRoom => "PUT /v2/rooms/{room}/members/me",
            Self::LeaveRoom => "DELETE /v2/rooms/{room}/members/me",
            Self::BeatRoom => "POST /v2/rooms/{room}/beat",
            Self::Like => "POST /v2/rooms/{room}/likes",
            Self::Room => "GET /v2/rooms/{room}",
            Self::RoomMembers => "GET /v2/rooms/{room}/members",
            Self::Rooms => "GET /v2/rooms",
            Self::SocketBeat => "beat by WebSocket",
        }
    }

    /// Its name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enter => "reportmemid, entering",
            Self::Leave => "reportmemid, leaving",
            _ => self.address().rsplit('=').next().unwrap_or_default(),
        }
    }

    /// Whether it is of the live API.
    pub(crate) fn is_modern(self) -> bool {
        self as usize >= Self::Login as usize
    }

    /// Whether the crowd gathers by it, before the show. It costs a password hash.
    pub(crate) fn is_gathering(self) -> bool {
        matches!(self, Self::Register | Self::LogIn | Self::Login)
    }
}
