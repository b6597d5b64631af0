//! Who should be in which room, as far as it is certain: what the crowd itself knows from the
//! requests that it sent and the answers that it got.
//!
//! A request takes effect at an unknown moment between sending it and its answer. So every statement
//! is about a span of time, that of the question which it is compared with, and whatever changed or
//! was on its way within that span is unknown.

use std::time::Duration;

mod likes;
mod records;
#[cfg(test)]
mod tests;

use likes::Likes;
pub(crate) use records::Limits;
use records::{Live, Visit};

/// A time, counted from the start of the program.
pub(crate) type At = Duration;

/// A ghost never outlives its limit by more.
pub(crate) const TOLERANCE: Duration = Duration::from_secs(1);

/// What a list has to say about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Listed,
    Absent(Why),
    Unknown,
}

/// Why a person should not be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// They were never there, as far as is remembered.
    Elsewhere,
    /// Their leaving was answered then.
    Left(At),
    /// Their last sign of life was answered then.
    Silent(At),
    /// The end of the live was answered then.
    Ended(At),
}

/// What the crowd knows.
#[derive(Debug)]
pub(crate) struct Truth {
    limits: Limits,
    pub(crate) lives: Vec<Live>,
    visits: Vec<Vec<Visit>>,
}

impl Truth {
    pub(crate) fn new(limits: Limits, people: usize) -> Self {
        Self {
            limits,
            lives: Vec::new(),
            visits: vec![Vec::new(); people],
        }
    }

    /// A host created a room. Returns the index of the live.
    pub(crate) fn created(&mut self, host: usize, number: i64, sent: At) -> usize {
        let live = self.lives.len();
        self.lives.push(Live {
            host,
            number,
            announced: None,
            end_sent: None,
            ended: None,
            likes: Likes::default(),
            is_doubtful: false,
            members: Vec::new(),
        });
        self.entering(host, live, sent);
        live
    }

    /// The announcement, sent then, was answered.
    pub(crate) fn announced(&mut self, live: usize, sent: At, now: At) {
        self.lives[live].announced = Some(now);
        self.entered(self.lives[live].host, sent, now);
    }

    pub(crate) fn ending(&mut self, live: usize, now: At) {
        self.lives[live].end_sent = Some(now);
    }

    pub(crate) fn ended(&mut self, live: usize, now: At) {
        self.lives[live].ended = Some(now);
    }

    /// Whether people can enter: announced, and its end not on the way.
    pub(crate) fn is_open(&self, live: usize) -> bool {
        let live = &self.lives[live];
        live.announced.is_some() && live.end_sent.is_none()
    }

    pub(crate) fn entering(&mut self, who: usize, live: usize, now: At) {
        self.leaving(who, now);
        let visits = &mut self.visits[who];
        if visits.len() > 8 {
            visits.remove(0);
        }
        visits.push(Visit {
            live,
            since: None,
            leave_sent: None,
            left: None,
            sign_sent: now,
            sign_answered: now,
            sign_is_open: true,
            off_mic: None,
            is_counted: false,
        });
        let members = &mut self.lives[live].members;
        if !members.contains(&who) {
            members.push(who);
        }
    }

    /// The entry, sent then, succeeded. Who enters a room has left every other one.
    pub(crate) fn entered(&mut self, who: usize, sent: At, now: At) {
        self.entered_as(who, false, sent, now);
    }

    /// The same; `keeps_role` if who was in that room already stays on mic.
    pub(crate) fn entered_as(&mut self, who: usize, keeps_role: bool, sent: At, now: At) {
        self.left(who, now);
        let before = self.visits[who].iter().rev().nth(1);
        let before = before.map(|visit| (visit.live, visit.off_mic));
        if let Some(visit) = self.visits[who].last_mut() {
            let may_be_on = keeps_role && before == Some((visit.live, None));
            (visit.leave_sent, visit.left) = (None, None);
            visit.since = Some(now);
            visit.off_mic = (!may_be_on).then_some(now);
            (visit.sign_sent, visit.sign_answered) = (sent, now);
            visit.sign_is_open = false;
        }
    }

    /// The entry was refused: they are where they were, and not heard of since.
    pub(crate) fn refused(&mut self, who: usize, now: At) {
        self.visits[who].pop();
        if let Some(before) = self.visits[who].last_mut()
            && before.left.is_none()
            && before.leave_sent.take().is_some()
        {
            before.since = Some(now);
        }
    }

    pub(crate) fn leaving(&mut self, who: usize, now: At) {
        if let Some(visit) = self.visits[who].last_mut() {
            visit.leave_sent.get_or_insert(now);
        }
    }

    /// Their leaving was answered.
    pub(crate) fn left(&mut self, who: usize, now: At) {
        for visit in &mut self.visits[who] {
            if visit.leave_sent.is_some() && visit.left.is_none() {
                visit.left = Some(now);
                visit.is_counted = false;
            }
        }
    }

    /// A beat is sent; `on_mic` is the role that it claims. Returns the likes that a host reports.
    pub(crate) fn beating(&mut self, who: usize, on_mic: bool) -> u64 {
        let Some(visit) = self.visits[who].last_mut() else {
            return 0;
        };
        visit.sign_is_open = true;
        if on_mic {
            visit.off_mic = None;
        }
        let live = &mut self.lives[visit.live];
        if live.host != who {
            return 0;
        }
        live.likes.report()
    }

    /// A beat, sent then, was answered; `likes` is what it reported.
    pub(crate) fn beat(&mut self, who: usize, on_mic: bool, likes: u64, sent: At, now: At) {
        let Some(visit) = self.visits[who].last_mut() else {
            return;
        };
        let live = &mut self.lives[visit.live];
        if !on_mic && visit.off_mic.is_none() {
            visit.off_mic = Some(now);
        }
        if live.host == who {
            live.likes.reported(likes, now);
        }
        self.signed(who, sent, now);
    }

    /// They send likes, which is a sign of life.
    pub(crate) fn liking(&mut self, who: usize, live: usize, count: u64) {
        self.lives[live].likes.send(count);
        if let Some(visit) = self.visits[who].last_mut() {
            visit.sign_is_open = true;
        }
    }

    /// Their likes, sent then, were answered.
    pub(crate) fn liked(&mut self, who: usize, live: usize, count: u64, sent: At, now: At) {
        self.lives[live].likes.sent(count, now);
        self.signed(who, sent, now);
    }

    /// A sign of life, sent then, was answered.
    fn signed(&mut self, who: usize, sent: At, now: At) {
        let Some(visit) = self.visits[who].last_mut() else {
            return;
        };
        let live = &mut self.lives[visit.live];
        let is_host = live.host == who;
        if now > visit.sign_sent + self.limits.of(is_host) {
            // They may have been dropped, and came back by this beat.
            visit.since = Some(now);
            live.is_doubtful |= is_host;
        }
        visit.sign_sent = sent;
        visit.sign_answered = visit.sign_answered.max(now);
        (visit.sign_is_open, visit.is_counted) = (false, false);
    }

    /// A sign of life that gets no answer is on its way: until then the server may hear it.
    pub(crate) fn may_be_heard(&mut self, who: usize, live: usize, until: At) {
        let mut visits = self.visits[who].iter_mut();
        if let Some(visit) = visits.rfind(|visit| visit.live == live) {
            visit.sign_answered = visit.sign_answered.max(until);
        }
    }

    /// The answer to their last sign of life will never come.
    pub(crate) fn unanswered(&mut self, who: usize) {
        if let Some(visit) = self.visits[who].last_mut() {
            visit.sign_is_open = false;
        }
    }

    /// Whether a person has left that live, or is about to.
    pub(crate) fn has_gone(&self, live: usize, who: usize) -> bool {
        let visit = self.visits[who].last();
        visit.is_none_or(|visit| visit.live != live || visit.leave_sent.is_some())
    }

    /// Whether a live has ended, or is about to.
    pub(crate) fn is_ending(&self, live: usize) -> bool {
        self.lives[live].end_sent.is_some()
    }

    /// When it was answered that a person is not in that live any more.
    pub(crate) fn over(&self, live: usize, who: usize) -> Option<At> {
        let visit = self.visits[who].iter().rfind(|visit| visit.live == live);
        let left = visit.and_then(|visit| visit.left);
        [left, self.lives[live].ended].into_iter().flatten().min()
    }

    /// What a list of that live has to say about a person, if it was asked for then and answered now.
    pub(crate) fn expect(&self, live: usize, who: usize, asked: At, now: At) -> Expected {
        if let Some(ended) = self.lives[live].ended
            && ended <= asked
        {
            return Expected::Absent(Why::Ended(ended));
        }
        let mut all = Expected::Absent(Why::Elsewhere);
        for visit in self.visits[who].iter().filter(|visit| visit.live == live) {
            match self.expect_by(visit, who, asked, now) {
                Expected::Listed => return Expected::Listed,
                Expected::Unknown => all = Expected::Unknown,
                Expected::Absent(_) if all == Expected::Unknown => {}
                absent => all = absent,
            }
        }
        all
    }

    fn expect_by(&self, visit: &Visit, who: usize, asked: At, now: At) -> Expected {
        let live = &self.lives[visit.live];
        let timeout = self.limits.of(live.host == who);
        if let Some(left) = visit.left {
            return match left <= asked {
                true => Expected::Absent(Why::Left(left)),
                false => Expected::Unknown,
            };
        }
        if visit.leave_sent.is_some() {
            return Expected::Unknown;
        }
        let silent = visit.sign_answered;
        if !visit.sign_is_open && asked >= silent + timeout + TOLERANCE {
            return Expected::Absent(Why::Silent(silent));
        }
        let is_there = visit.since.is_some_and(|since| since <= asked);
        if is_there && now <= visit.sign_sent + timeout && self.is_certain(visit.live, now) {
            Expected::Listed
        } else {
            Expected::Unknown
        }
    }

    /// Whether a live is certainly going on: announced, not ended, and its host was heard of.
    fn is_certain(&self, live: usize, now: At) -> bool {
        let is_open = self.is_open(live) && !self.lives[live].is_doubtful;
        let visits = &self.visits[self.lives[live].host];
        let host = visits.iter().rfind(|visit| visit.live == live);
        let last = host.map_or(Duration::ZERO, |visit| visit.sign_sent);
        is_open && now <= last + self.limits.host_timeout
    }

    /// Whether the list of lives certainly has this one, or certainly has it not.
    pub(crate) fn expect_live(&self, live: usize, asked: At, now: At) -> Expected {
        let known = &self.lives[live];
        match (known.ended, known.announced) {
            (Some(ended), _) if ended <= asked => Expected::Absent(Why::Ended(ended)),
            (_, Some(announced)) if announced <= asked && self.is_certain(live, now) => {
                Expected::Listed
            }
            _ => Expected::Unknown,
        }
    }

    /// The least and the most members that a live can have, and the same of its likes.
    pub(crate) fn counts(&self, live: usize, asked: At, now: At) -> [(u64, u64); 2] {
        let (mut least, mut most) = (0, 0);
        for who in &self.lives[live].members {
            match self.expect(live, *who, asked, now) {
                Expected::Listed => (least, most) = (least + 1, most + 1),
                Expected::Unknown => most += 1,
                Expected::Absent(_) => {}
            }
        }
        [(least, most), self.lives[live].likes.between(asked)]
    }

    /// Everybody who entered a live at some time.
    pub(crate) fn members(&self, live: usize) -> &[usize] {
        &self.lives[live].members
    }

    /// Whether a member may be listed with that role of the old protocol.
    pub(crate) fn may_have_role(&self, live: usize, who: usize, role: i64, asked: At) -> bool {
        let is_host = who == self.lives[live].host;
        match role {
            1 => is_host,
            2 => !is_host && self.may_be_on_mic(live, who, asked),
            _ => role == 0 && !is_host,
        }
    }

    fn may_be_on_mic(&self, live: usize, who: usize, asked: At) -> bool {
        let is_over = |time: Option<At>| time.is_some_and(|time| time <= asked);
        let mut visits = self.visits[who].iter().filter(|visit| visit.live == live);
        // Who comes back into the same room has two stays there.
        visits.any(|visit| !is_over(visit.left) && !is_over(visit.off_mic))
    }

    /// Marks the latest stay of a person as counted. False if it was already.
    pub(crate) fn count_once(&mut self, live: usize, who: usize) -> bool {
        let mut visits = self.visits[who].iter_mut();
        let visit = visits.rfind(|visit| visit.live == live);
        visit.is_none_or(|visit| !std::mem::replace(&mut visit.is_counted, true))
    }

    /// How long ago their last sign of life was sent.
    pub(crate) fn silence(&self, who: usize, now: At) -> Duration {
        let last = self.visits[who].last();
        now - last.map_or(now, |visit| visit.sign_sent)
    }

    /// How many people are certainly present, and how many lives are going on.
    pub(crate) fn present(&self, now: At) -> (usize, usize) {
        let is_present = |visit: &Visit| {
            let timeout = self.limits.member_timeout;
            visit.since.is_some()
                && visit.leave_sent.is_none()
                && now <= visit.sign_sent + timeout
                && self.is_open(visit.live)
        };
        let last = self.visits.iter().filter_map(|visits| visits.last());
        let lives = (0..self.lives.len()).filter(|live| self.is_open(*live));
        (
            last.filter(|visit| is_present(visit)).count(),
            lives.count(),
        )
    }
}
