//! A reader of a room by push: their socket, and what they make of each frame.

use std::io;
use std::time::Duration;

use super::examine::{Certain, Look};
use super::figures::Pushed;
use super::fold::{Change, Counts, Folded, Frame, State, Why};
use super::live_api::{RESYNC, auth_frame};
use super::promises::{Ledger, Promise};
use super::sockets::{Heard, Socket};
use super::truth::{At, Truth};
use super::watch::time;
use super::wire;

#[cfg(test)]
mod tests;

/// Who is cut off for less goes on from their position.
pub(crate) const HONOURED: Duration = Duration::from_secs(5);

/// Nobody waits for the answer to a beat for longer.
const UNANSWERED: Duration = Duration::from_secs(30);

/// A person who reads a room.
pub(crate) struct Reader {
    pub(crate) who: usize,
    pub(crate) id: String,
    pub(crate) live: usize,
    pub(crate) room: i64,
    token: String,
    /// `None` while it is cut.
    pub(crate) socket: Option<Socket>,
    /// When the socket was opened, or cut.
    pub(crate) since: At,
    /// When it is cut, or opened again; [`At::MAX`] for one whose network is lost.
    pub(crate) due: At,
    /// When the first frame of this socket came.
    begun: Option<At>,
    /// When the socket before this one was cut.
    cut: Option<At>,
    state: State,
    /// The state does not have that position yet.
    behind: Option<Look>,
    /// A wrong state is told once.
    is_wrong: bool,
    /// The beat that has no answer: its number, and when it was sent.
    pub(crate) beat: Option<(u64, At)>,
}

/// What somebody did last that readers of a room are told of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deed {
    pub(crate) live: usize,
    pub(crate) is_leaving: bool,
    pub(crate) sent: At,
}

/// What is known to judge by, and where breaches are noted.
pub(crate) struct Court<'c> {
    pub(crate) truth: &'c Truth,
    pub(crate) deeds: &'c [Option<Deed>],
    pub(crate) ids: &'c str,
    pub(crate) late: Duration,
    pub(crate) now: At,
    pub(crate) ledger: &'c mut Ledger,
    pub(crate) pushed: &'c mut Pushed,
}

impl Reader {
    pub(crate) fn new(who: usize, id: &str, live: usize, room: i64, token: &str) -> Self {
        Self {
            who,
            id: id.to_owned(),
            live,
            room,
            token: token.to_owned(),
            socket: None,
            since: At::ZERO,
            due: At::ZERO,
            begun: None,
            cut: None,
            state: State::default(),
            behind: None,
            is_wrong: false,
            beat: None,
        }
    }

    /// They have a socket from now until then.
    pub(crate) fn opened(&mut self, socket: Socket, now: At, until: At) {
        self.cut = self.state.position.is_some().then_some(self.since);
        (self.socket, self.since, self.due) = (Some(socket), now, until);
        (self.begun, self.behind) = (None, None);
    }

    /// Their socket is gone from now until then.
    pub(crate) fn cut(&mut self, now: At, until: At) {
        (self.socket, self.since, self.due) = (None, now, until);
    }

    /// Whether their socket has begun to tell.
    pub(crate) fn is_reading(&self) -> bool {
        self.socket.is_some() && self.begun.is_some()
    }

    /// Says something by their socket. False if it is gone, which the next exchange tells too.
    pub(crate) fn say(&mut self, text: &str) -> bool {
        let socket = self.socket.as_mut();
        socket.is_some_and(|socket| socket.say(text).is_ok())
    }

    /// Reads what came by their socket.
    ///
    /// # Errors
    /// If it is closed.
    pub(crate) fn exchange(&mut self, heard: &mut Vec<Heard>) -> io::Result<()> {
        let socket = self.socket.as_mut();
        socket.map_or(Ok(()), |socket| socket.exchange(heard))
    }

    /// The first frame that they say: who they are, and how far they have read.
    pub(crate) fn greeting(&self) -> String {
        let position = self.state.position.as_ref();
        auth_frame(&self.token, position.map(ToString::to_string))
    }

    fn complain(&self, promise: Promise, what: &str, court: &mut Court<'_>) {
        let (id, room, now) = (&self.id, self.room, time(court.now));
        let tell = || format!("{id} in room {room} at {now}: {what}");
        court.ledger.broken(promise, tell);
    }

    /// Takes a frame of the feed.
    pub(crate) fn take(&mut self, frame: &Frame, court: &mut Court<'_>) {
        court.pushed.messages += 1;
        let had_all = self.state.is_complete;
        let had = self.state.position.as_ref().map(ToString::to_string);
        match self.state.fold(frame) {
            Folded::News(events) => {
                court.pushed.events += events.len() as u64;
                let begun = self.begun.unwrap_or(At::MAX);
                for event in events {
                    delay(&event.change, self.live, begun, court);
                }
            }
            Folded::Anew(why) => {
                self.is_wrong = false;
                court.pushed.snapshots += u64::from(why != Why::First);
                let became_small = !had_all && self.state.is_complete;
                let is_short = |cut| court.now < cut + HONOURED;
                let was_cut = self.cut.filter(|_| self.begun.is_none());
                if was_cut.is_some_and(is_short) && !became_small {
                    let had = had.unwrap_or_default();
                    let what = format!("the position {had} is answered by a snapshot, {why:?}");
                    self.complain(Promise::Resumes, &what, court);
                }
                self.begun.get_or_insert(court.now);
            }
            Folded::Resumed(is_here) => {
                court.pushed.resumed += 1;
                if !is_here {
                    let what = format!("{frame:?} does not answer {}", had.unwrap_or_default());
                    self.complain(Promise::Resumes, &what, court);
                }
                self.begun.get_or_insert(court.now);
            }
            Folded::Gap(what) => {
                self.complain(Promise::Gaps, &what, court);
                self.say(RESYNC);
            }
            Folded::Nothing => {}
        }
        let position = self.state.position.as_ref();
        let seq = position.map_or(0, |at| at.seq);
        if let Some(look) = self.behind.take_if(|look| look.position.seq <= seq) {
            self.is_late(&look, court);
            let (truth, ids) = (court.truth, court.ids);
            let certain = Certain::new(truth, ids, self.live, look.asked, court.now);
            self.examine(&certain, &look, None, court);
        }
    }

    /// Compares the state with what is certain since the room was looked at. `exact` are its figures, if
    /// nothing changed after they were told.
    pub(crate) fn examine(
        &mut self,
        certain: &Certain<'_>,
        look: &Look,
        exact: Option<Counts>,
        court: &mut Court<'_>,
    ) {
        let has_state = self.begun.is_some() && !self.state.is_stale && !self.state.has_ended;
        let position = self.state.position.as_ref();
        let is_judged = has_state && !self.is_wrong;
        let Some(at) = position.filter(|at| is_judged && at.inc == look.position.inc) else {
            return;
        };
        if at.seq < look.position.seq {
            self.behind.get_or_insert_with(|| look.clone());
            return;
        }
        court.pushed.compared += 1;
        let mut objection = certain.objection(&self.state);
        if let Some(exact) = exact.filter(|_| at.seq == look.position.seq) {
            court.pushed.exactly += 1;
            let told = self.state.counts;
            let differs = || format!("push told {told:?}, and GET {exact:?}");
            objection = objection.or_else(|| (told != exact).then(differs));
        }
        if let Some(what) = objection {
            self.is_wrong = true;
            let what = format!("at {at} the state {what}");
            self.complain(Promise::Tidings, &what, court);
        }
    }

    fn is_late(&self, look: &Look, court: &mut Court<'_>) -> bool {
        let is_late = court.now > look.answered + court.late;
        if is_late {
            let (at, when) = (&look.position, time(look.answered));
            let what = format!("{at} was answered at {when}, and is not told yet");
            self.complain(Promise::Prompt, &what, court);
        }
        is_late
    }

    /// Looks at what should have come. True if there is nothing to wait for any more.
    pub(crate) fn wait(&mut self, court: &mut Court<'_>) -> bool {
        if self.socket.is_none() {
            return court.truth.over(self.live, self.who).is_some();
        }
        if let Some(look) = self.behind.take()
            && !self.is_late(&look, court)
        {
            self.behind = Some(look);
        }
        if let Some((_, sent)) = self.beat.filter(|(_, sent)| court.now > *sent + UNANSWERED) {
            let what = format!("the beat of {} has no answer", time(sent));
            self.complain(Promise::Answers, &what, court);
            return true;
        }
        let over = court.truth.over(self.live, self.who);
        if let Some(over) = over.filter(|over| court.now > *over + court.late) {
            let what = format!("it was over at {}, and nobody says so", time(over));
            self.complain(Promise::Ends, &what, court);
            return true;
        }
        if self.begun.is_none() && court.now > self.since + court.late {
            let what = format!("a socket of {} has no first frame", time(self.since));
            self.complain(Promise::Prompt, &what, court);
            return true;
        }
        false
    }

    /// The server ends the socket; `bye` is what it said.
    pub(crate) fn end(&self, bye: &Bye, court: &mut Court<'_>) {
        if let Some(what) = self.objection(bye, court.truth) {
            self.complain(Promise::Ends, &what, court);
        }
    }

    fn objection(&self, bye: &Bye, truth: &Truth) -> Option<String> {
        let has_gone = truth.has_gone(self.live, self.who);
        let is_ending = truth.is_ending(self.live);
        let said = match bye {
            Bye::Said(code, reason) => (*code, reason.as_str()),
            Bye::Refused(_) if has_gone || is_ending => return None,
            Bye::Refused(why) => return Some(format!("refused: {why}")),
        };
        let is_right = match said {
            (1000, "ended") => is_ending,
            (4403, "left") | (4409, "moved") => has_gone,
            (4403, "not_member") | (4404, "room_unknown") => {
                self.begun.is_none() && (has_gone || is_ending)
            }
            _ => false,
        };
        let (code, reason) = said;
        if !is_right {
            let about = match (has_gone, is_ending) {
                (_, true) if self.state.has_ended => "after room.ended",
                (_, true) => "while its host ends the live",
                (true, false) => "when its reader goes",
                (false, false) => "for no reason",
            };
            return Some(format!("ends with {code} {reason}, {about}"));
        }
        let is_sudden = code == 1000 && self.begun.is_some() && !self.state.has_ended;
        let is_sudden = is_sudden && !self.state.is_stale;
        is_sudden.then(|| "ends with 1000, but without room.ended".to_owned())
    }
}

/// How the server ends a socket.
#[derive(Debug)]
pub(crate) enum Bye {
    /// With a last frame.
    Said(u64, String),
    /// Without one, for that reason.
    Refused(String),
}

/// Notes how long an event took, if it is what somebody did after this reader had begun.
fn delay(change: &Change, live: usize, begun: At, court: &mut Court<'_>) {
    let (uid, is_leaving) = match change {
        Change::Joined { uid, .. } => (uid, false),
        Change::Left { uid, is_wish, .. } if *is_wish => (uid, true),
        _ => return,
    };
    let who = wire::person(court.ids, uid);
    let deed = who.and_then(|who| court.deeds.get(who).copied().flatten());
    let deed = deed.filter(|deed| deed.live == live && deed.is_leaving == is_leaving);
    if let Some(deed) = deed.filter(|deed| deed.sent >= begun) {
        court.pushed.told(court.now.saturating_sub(deed.sent));
    }
}
