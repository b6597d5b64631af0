//! The commands of the old protocol, and their names in `svc` and `cmd` of the query or in the path.

use crate::http::code::FAULT;
use crate::metrics::{CommandMetrics, Metrics};

/// The first part of the paths that name a command, for those who cannot tell requests apart by the query.
const PREFIX: &str = "/v1/";

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
    /// Every command in the order of the declaration, with its names in `svc` and `cmd`; the latter
    /// is its name in metrics too. The commands of apps from before tokens (`live/start` and similar)
    /// have no authentication, so they are not supported.
    const TABLE: [(&str, &str, Self); 21] = [
        ("account", "regist", Self::Regist),
        ("account", "login", Self::Login),
        ("account", "logout", Self::Logout),
        ("account", "kickout", Self::Kickout),
        ("account", "authPrivMap", Self::RoomKey),
        ("account", "verify", Self::Verify),
        ("live", "create", Self::Create),
        ("live", "reportroom", Self::ReportRoom),
        ("live", "roomlist", Self::RoomList),
        ("live", "reportmemid", Self::ReportMember),
        ("live", "roomidlist", Self::MemberList),
        ("live", "heartbeat", Self::Heartbeat),
        ("live", "request", Self::RequestMic),
        ("live", "reportstatus", Self::ReportMic),
        ("live", "reportrecord", Self::ReportRecord),
        ("live", "exitroom", Self::ExitRoom),
        ("live", "recordlist", Self::RecordList),
        ("live", "livestreamlist", Self::StreamList),
        ("live", "getroomplayurl", Self::RoomPlayUrl),
        ("live", "linksig", Self::LinkSig),
        ("cos", "get_sign", Self::CosSign),
    ];

    /// Every command with its names in `svc` and `cmd`.
    pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str, Self)> {
        Self::TABLE.into_iter()
    }

    /// Its name in `cmd`.
    pub(super) fn name(self) -> &'static str {
        Self::TABLE[self as usize].1
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

    /// The command that a path names, as `/v1/{svc}/{cmd}`.
    pub(in crate::http) fn of_path(path: &str) -> Option<Self> {
        let (svc, cmd) = path.strip_prefix(PREFIX)?.split_once('/')?;
        Self::of(svc, cmd)
    }

    fn of(svc: &str, cmd: &str) -> Option<Self> {
        let mut rows = Self::TABLE.iter();
        let row = rows.find(|row| row.0 == svc && row.1 == cmd);
        row.map(|(_, _, command)| *command)
    }
}

/// The metrics of every command, and of requests that name none.
pub struct CommandCounts {
    known: [CommandMetrics; Command::TABLE.len()],
    unknown: CommandMetrics,
}

impl CommandCounts {
    /// Those of the old protocol.
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            known: Command::TABLE
                .map(|(_, cmd, _)| metrics.command("v1", cmd).showing(FAULT.number)),
            unknown: metrics.command("v1", "unknown").showing(FAULT.number),
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
    fn every_command_is_found_by_its_names_and_counted_under_them() {
        for (at, (svc, cmd, command)) in Command::TABLE.into_iter().enumerate() {
            // Its place in the table is that of its metrics.
            assert_eq!(command as usize, at);
            assert_eq!(Command::of(svc, cmd), Some(command));
            assert_eq!(Command::of(cmd, svc), None);
            let path = format!("/v1/{svc}/{cmd}");
            assert_eq!(Command::of_path(&path), Some(command));
            assert_eq!(Command::of_path(&format!("{path}/")), None);
        }
    }
}
