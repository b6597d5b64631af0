//! The route table: which `svc` and `cmd` of the query name which command, and which paths are doors
//! of the video cloud.
//!
//! To clients the path does not matter: they use `/sxb_dev/index.php`, `/sxb_new/` and others.

use crate::domain::Sender;

/// Where a query leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To the command of a client.
    Command(Command),
    /// To the door of a sender in the cloud.
    Callback(Sender),
    /// To a door that there is not. A sender that got status 200 there would not come again.
    NoSuchDoor,
}

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
    LinkSig,
    CosSign,
}

impl Route {
    /// Where a request leads, if anywhere.
    pub(super) fn of(path: &str, query: &str) -> Option<Self> {
        Self::of_query(query).or_else(|| Self::of_path(path))
    }

    /// As in PHP, of a repeated name the last one counts.
    fn of_query(query: &str) -> Option<Self> {
        let (mut svc, mut cmd) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "svc" => svc = Some(value),
                "cmd" => cmd = Some(value),
                _ => {}
            }
        }
        match (&*svc?, &*cmd?) {
            // The door of live streaming in 2016.
            ("live", "callback") => Some(Self::Callback(Sender::Live)),
            (svc, cmd) => Command::of(svc, cmd).map(Self::Command),
        }
    }

    /// `…/callback/<sender>`, whatever stands before and behind it.
    fn of_path(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        parts.find(|part| *part == "callback")?;
        let word = parts.next();
        let sender = Sender::ALL
            .into_iter()
            .find(|sender| Some(sender.as_str()) == word);
        Some(sender.map_or(Self::NoSuchDoor, Self::Callback))
    }
}

impl Command {
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
            // The commands of the apps before tokens (`live/start` and its kin) know no
            // authentication and stay away.
            _ => return None,
        })
    }

    /// Whether the command commits something and then tells the rooms, or the cache of sessions.
    /// Such a command is finished even if its caller hangs up in between. Commands with a password
    /// are not among these: they see to it themselves once the password was right.
    pub(super) fn must_finish(self) -> bool {
        matches!(
            self,
            Self::Logout | Self::Create | Self::ReportRoom | Self::ExitRoom
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_svc_and_cmd_of_the_query_name_a_command() {
        let beat = Some(Route::Command(Command::Heartbeat));
        for query in [
            "svc=live&cmd=heartbeat",
            "cmd=heartbeat&svc=live&timeStamp=1&sign=x",
            "svc=account&svc=live&cmd=heartbeat",
            "svc=live&cmd=heart%62eat",
            "svc=live&cmd=heartbeat&",
        ] {
            assert_eq!(Route::of("/callback/im", query), beat, "{query}");
        }
        for query in [
            "",
            "svc=live",
            "cmd=heartbeat",
            "svc=test&cmd=test",
            "svc=live&cmd=Heartbeat",
            "SVC=live&cmd=heartbeat",
        ] {
            assert_eq!(Route::of("/sxb/index.php", query), None, "{query}");
        }
    }

    #[test]
    fn a_sender_has_a_door_behind_every_prefix_and_before_every_secret() {
        for sender in Sender::ALL {
            let word = sender.as_str();
            for path in [
                format!("/callback/{word}"),
                format!("/callback/{word}/secret"),
                format!("/some/prefix/callback/{word}"),
                format!("/secret/callback/{word}/"),
            ] {
                let route = Route::of(&path, "CallbackCommand=x&SdkAppid=1");
                assert_eq!(route, Some(Route::Callback(sender)), "{path}");
            }
        }
        let of_2016 = Route::of("/sxb/index.php", "svc=live&cmd=callback");
        assert_eq!(of_2016, Some(Route::Callback(Sender::Live)));
        for path in [
            "/callback",
            "/callback/",
            "/callback/css",
            "/x/callback/Live",
        ] {
            assert_eq!(Route::of(path, ""), Some(Route::NoSuchDoor), "{path}");
        }
        assert_eq!(Route::of("/callbacks/live", ""), None);
    }
}
