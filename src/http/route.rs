//! The route table: which `svc` and `cmd` of the query name which command.
//!
//! The path does not matter: clients use `/sxb_dev/index.php`, `/sxb_new/` and others.

/// A command that clients can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
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
}

impl Command {
    /// The command that a query names, if any. As in PHP, of a repeated name the last one counts.
    pub(super) fn of_query(query: &str) -> Option<Self> {
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
            // Here stand the cloud's callback, `linksig` and `cos/get_sign` once they are served. The commands of the apps before tokens
            // (`live/start` and its kin) know no authentication and stay away.
            _ => return None,
        })
    }

    /// Whether the command commits something and then tells the rooms, or the cache of sessions.
    /// Such a command is finished even if its caller hangs up in between.
    pub(super) fn must_finish(self) -> bool {
        matches!(
            self,
            Self::Login
                | Self::Logout
                | Self::Kickout
                | Self::RoomKey
                | Self::Create
                | Self::ReportRoom
                | Self::ExitRoom
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_svc_and_cmd_of_the_query_name_a_command() {
        let beat = Some(Command::Heartbeat);
        for query in [
            "svc=live&cmd=heartbeat",
            "cmd=heartbeat&svc=live&timeStamp=1&sign=x",
            "svc=account&svc=live&cmd=heartbeat",
            "svc=live&cmd=heart%62eat",
            "svc=live&cmd=heartbeat&",
        ] {
            assert_eq!(Command::of_query(query), beat, "{query}");
        }
        for query in [
            "",
            "svc=live",
            "cmd=heartbeat",
            "svc=test&cmd=test",
            "svc=live&cmd=Heartbeat",
            "SVC=live&cmd=heartbeat",
        ] {
            assert_eq!(Command::of_query(query), None, "{query}");
        }
    }
}
