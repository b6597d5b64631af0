//! A person of the show: their plan, and their client, which speaks one of the two protocols.

use super::command::Command;
use super::live_api;
use super::people::{Person, Step};
use super::wire::{self, Request};

/// What a person's client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// The old protocol.
    Old,
    /// The live API.
    Modern,
    /// The live API, and it is told of its room by WebSocket.
    Listening,
}

/// A person and their client.
pub(crate) struct Actor {
    pub(crate) plan: Person,
    /// What they do next.
    pub(crate) step: Option<Step>,
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) client: Client,
    pub(crate) doing: Option<Doing>,
    /// The next step is due, but the last request has no answer yet.
    pub(crate) is_waiting: bool,
    /// The live that they are in, as their client sees it.
    pub(crate) live: Option<usize>,
    pub(crate) on_mic: bool,
    /// Requests so far that are to be done once.
    asked: u64,
}

/// What an actor's request does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing {
    Create,
    Announce(usize),
    Enter(usize),
    Beat(Beat),
    Like { live: usize, count: u64 },
    Leave(usize),
    End(usize),
}

/// What a beat says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beat {
    pub(crate) live: usize,
    pub(crate) on_mic: bool,
    /// What a host counted.
    pub(crate) likes: Option<u64>,
}

impl Doing {
    /// The live that it concerns.
    pub(crate) fn live(self) -> Option<usize> {
        match self {
            Self::Create => None,
            Self::Announce(live) | Self::Enter(live) | Self::Leave(live) | Self::End(live) => {
                Some(live)
            }
            Self::Beat(Beat { live, .. }) | Self::Like { live, .. } => Some(live),
        }
    }
}

impl Actor {
    pub(crate) fn new(mut plan: Person, client: Client, id: String, token: String) -> Self {
        Self {
            step: plan.next(),
            plan,
            id,
            token,
            client,
            doing: None,
            is_waiting: false,
            live: None,
            on_mic: false,
            asked: 0,
        }
    }

    /// The request that does this, in the room with that number. `None` if their protocol has none: the
    /// host's client counts the likes of old clients.
    pub(crate) fn request(&mut self, doing: Doing, room: i64) -> Option<Request> {
        match self.client {
            Client::Old => self.old_request(doing, room),
            Client::Modern | Client::Listening => Some(self.modern_request(doing, room)),
        }
    }

    fn old_request(&self, doing: Doing, room: i64) -> Option<Request> {
        let (token, id) = (&self.token, &self.id);
        let (command, body) = match doing {
            Doing::Create => (Command::Create, wire::create(token)),
            Doing::Announce(_) => (Command::Announce, wire::announce(token, room, id)),
            Doing::Enter(_) => (Command::Enter, wire::presence(token, id, room, false)),
            Doing::Beat(Beat { on_mic, likes, .. }) => {
                let role = match (likes, on_mic) {
                    (Some(_), _) => 1,
                    (None, true) => 2,
                    (None, false) => 0,
                };
                let body = wire::beat(token, room, role, likes.unwrap_or(0));
                (Command::Beat, body)
            }
            Doing::Like { .. } => return None,
            // Some clients leave by the one command, some by the other.
            Doing::Leave(_) if self.id.ends_with(['0', '2', '4', '6', '8']) => {
                (Command::Exit, wire::exit(token, -1))
            }
            Doing::Leave(_) => (Command::Leave, wire::presence(token, id, room, true)),
            Doing::End(_) => (Command::Exit, wire::exit(token, room)),
        };
        Some(Request::old(command, &body))
    }

    fn modern_request(&mut self, doing: Doing, room: i64) -> Request {
        let key = self.key();
        let token = &self.token;
        match doing {
            Doing::Create => live_api::create(token, key),
            Doing::Announce(_) => live_api::go_live(token, room, &self.id),
            Doing::Enter(_) => live_api::bare(Command::EnterRoom, token, room),
            Doing::Beat(Beat { on_mic, likes, .. }) => live_api::beat(token, room, on_mic, likes),
            Doing::Like { count, .. } => live_api::like(token, room, count, key),
            Doing::Leave(_) => live_api::bare(Command::LeaveRoom, token, room),
            Doing::End(_) => live_api::bare(Command::EndRoom, token, room),
        }
    }

    /// A name for something that is to be done once. Tokens are new in each run, so the name is too.
    fn key(&mut self) -> String {
        self.asked += 1;
        let begin = self.token.get(..16).unwrap_or(&self.token);
        format!("{begin}-{}", self.asked)
    }

    /// Asks for the lives, or for the members of a room.
    pub(crate) fn look(&self, room: Option<i64>) -> Request {
        let token = &self.token;
        match (self.client, room) {
            (Client::Old, None) => Request::old(Command::Lives, &wire::lives(token, 0)),
            (Client::Old, Some(room)) => {
                Request::old(Command::Members, &wire::members(token, room, 0))
            }
            (_, None) => live_api::list(Command::Rooms, token, 0),
            (_, Some(room)) => live_api::list(Command::RoomMembers, token, room),
        }
    }
}
