//! The commands of the old protocol, and their names in `svc` and `cmd` of the query.

use crate::metrics::{CommandMetrics, Metrics};

/// A command of the old protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Command {
    Regist,
    Login,
    Logout,
    Kickout,
    RoomKey,
    Verify,
    Create,
    ReportRoom,
    RoomList,
    ReportMember,
    MemberList,
    Heartbeat,
    RequestMic,
    ReportMic,
    ReportRecord,
    ExitRoom,
    RecordList,
    StreamList,
    RoomPlayUrl,
    LinkSig,
    CosSign,
}

impl Command {
    /// Every command.
    const ALL: [Self; 21] = [
        Self::Regist,
        Self::Login,
        Self::Logout,
        Self::Kickout,
        Self::RoomKey,
        Self::Verify,
        Self::Create,
        Self::ReportRoom,
        Self::RoomList,
        Self::ReportMember,
        Self::MemberList,
        Self::Heartbeat,
        Self::RequestMic,
        Self::ReportMic,
        Self::ReportRecord,
        Self::ExitRoom,
        Self::RecordList,
        Self::StreamList,
        Self::RoomPlayUrl,
        Self::LinkSig,
        Self::CosSign,
    ];

    /// Its name in `cmd`, which is its name in metrics too.
    fn name(self) -> &'static str {
        match self {
            Self::Regist => "regist",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Kickout => "kickout",
            Self::RoomKey => "authPrivMap",
            Self::Verify => "verify",
            Self::Create => "create",
            Self::ReportRoom => "reportroom",
            Self::RoomList => "roomlist",
            Self::ReportMember => "reportmemid",
            Self::MemberList => "roomidlist",
            Self::Heartbeat => "heartbeat",
            Self::RequestMic => "request",
            Self::ReportMic => "reportstatus",
            Self::ReportRecord => "reportrecord",
            Self::ExitRoom => "exitroom",
            Self::RecordList => "recordlist",
            Self::StreamList => "livestreamlist",
            Self::RoomPlayUrl => "getroomplayurl",
            Self::LinkSig => "linksig",
            Self::CosSign => "get_sign",
        }
    }

    /// Whether the command is carried out to the end, even if the caller hangs up: web pages send
    /// these while they close, or do not wait for the answer.
    pub(super) fn must_finish(self) -> bool {
        match self {
            Self::Logout | Self::Create | Self::ReportRoom | Self::ExitRoom => true,
            Self::Regist
            | Self::Login
            | Self::Kickout
            | Self::RoomKey
            | Self::Verify
            | Self::RoomList
            | Self::ReportMember
            | Self::MemberList
            | Self::Heartbeat
            | Self::RequestMic
            | Self::ReportMic
            | Self::ReportRecord
            | Self::RecordList
            | Self::StreamList
            | Self::RoomPlayUrl
            | Self::LinkSig
            | Self::CosSign => false,
        }
    }

    /// The command that a query names, if it names one. If a name is repeated, the last one counts,
    /// as in PHP.
    pub(in crate::http) fn of_query(query: &str) -> Option<Self> {
        let (mut svc, mut cmd) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "svc" => svc = Some(value),
                "cmd" => cmd = Some(value),
                _ => {}
            }
        }
        Self::of(&svc?, &cmd?)
    }

    fn of(svc: &str, cmd: &str) -> Option<Self> {
        Some(match (svc, cmd) {
            ("account", "regist") => Self::Regist,
            ("account", "login") => Self::Login,
            ("account", "logout") => Self::Logout,
            ("account", "kickout") => Self::Kickout,
            ("account", "authPrivMap") => Self::RoomKey,
            ("account", "verify") => Self::Verify,
            ("live", "create") => Self::Create,
            ("live", "reportroom") => Self::ReportRoom,
            ("live", "roomlist") => Self::RoomList,
            ("live", "reportmemid") => Self::ReportMember,
            ("live", "roomidlist") => Self::MemberList,
            ("live", "heartbeat") => Self::Heartbeat,
            ("live", "request") => Self::RequestMic,
            ("live", "reportstatus") => Self::ReportMic,
            ("live", "reportrecord") => Self::ReportRecord,
            ("live", "exitroom") => Self::ExitRoom,
            ("live", "recordlist") => Self::RecordList,
            ("live", "livestreamlist") => Self::StreamList,
            ("live", "getroomplayurl") => Self::RoomPlayUrl,
            ("live", "linksig") => Self::LinkSig,
            ("cos", "get_sign") => Self::CosSign,
            // The commands of apps from before tokens (`live/start` and similar) have no
            // authentication, so they are not supported.
            _ => return None,
        })
    }
}

/// The metrics of every command, and of requests that name none.
pub struct CommandCounts {
    known: [CommandMetrics; Command::ALL.len()],
    unknown: CommandMetrics,
}

impl CommandCounts {
    /// Those of the old protocol.
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            known: Command::ALL.map(|command| metrics.command("v1", command.name())),
            unknown: metrics.command("v1", "unknown"),
        }
    }

    pub(super) fn of(&self, command: Option<Command>) -> &CommandMetrics {
        command.map_or(&self.unknown, |command| &self.known[command as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_name_and_counted_under_it() {
        for (at, command) in Command::ALL.into_iter().enumerate() {
            assert_eq!(command as usize, at);
            let found = ["account", "live", "cos"]
                .into_iter()
                .find_map(|svc| Command::of(svc, command.name()));
            assert_eq!(found, Some(command));
        }
    }
}
