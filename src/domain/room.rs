//! One live room: who is in it, in which role, and when silence ends a membership or the live.
//!
//! Every transition is a function of its arguments, `now` included. The room never acts by
//! itself: whoever keeps it calls [`Room::sweep`] when [`Room::next_deadline`] has come.

use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BinaryHeap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::members::{Members, MicAsk};
use super::{MicPolicy, Moment, Refusal, Role, RoomNum, Rules, Seat, Tally, Uid};

/// The state of one run of a room.
#[derive(Debug)]
pub struct Room {
    number: RoomNum,
    host: Uid,
    rules: Rules,
    on_air: bool,
    members: Members,
    silence: BinaryHeap<Reverse<Deadline>>,
    /// The host's last sign of life outside his own seat: when the room opened, or he left it.
    host_seen: Moment,
    visitors: HashSet<u64>,
    /// Peak, total and likes as they stood before this process kept the room.
    before: Tally,
    peak: u32,
    likes: u32,
}

/// When the silence of one membership has to be looked at.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    at: Moment,
    entry: u64,
    uid: Uid,
}

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Sweep {
    /// Members who were silent for too long, with the seats they had.
    pub gone: Vec<(Uid, Arc<Seat>)>,
    /// The host was silent for too long: the live is to be ended.
    pub host_silent: bool,
}

impl Room {
    /// An empty room. `before` holds the figures of the same run from an earlier life of the
    /// process or the actor.
    pub fn new(number: RoomNum, host: Uid, rules: Rules, before: Tally, now: Moment) -> Self {
        Self {
            number,
            host,
            rules,
            on_air: false,
            members: Members::default(),
            silence: BinaryHeap::new(),
            host_seen: now,
            visitors: HashSet::new(),
            peak: before.peak,
            likes: before.likes,
            before,
        }
    }

    /// The figures as they stand.
    pub fn tally(&self) -> Tally {
        // After a restart nobody can tell a returning visitor from a new one, so the total is the
        // larger of what was counted before and what was counted since.
        Tally {
            members: count(self.members.len()),
            peak: self.peak,
            total: self.before.total.max(count(self.visitors.len())),
            likes: self.likes,
        }
    }

    /// The host goes live, or says so again. From now on everybody may enter.
    pub fn go_live(&mut self, now: Moment) {
        self.host_seen = self.host_seen.max(now);
        self.on_air = true;
    }

    /// Seats a user, or refreshes him if he is seated. Before the host has gone live only the host
    /// may enter.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] while the room is not live.
    pub fn enter(&mut self, uid: &Uid, claimed: Role, now: Moment) -> Result<Arc<Seat>, Refusal> {
        if !self.on_air && *uid != self.host {
            return Err(Refusal::NoSuchRoom);
        }
        if !self.beat(uid, claimed, now) {
            self.leave(uid, now);
            let role = if *uid == self.host {
                Role::Host
            } else {
                Role::Viewer
            };
            let entry = self.members.insert(uid, self.number, role, now).entry;
            self.visitors.insert(fingerprint(uid));
            self.peak = self.peak.max(count(self.members.len()));
            if role != Role::Host {
                self.watch(uid, entry, now + self.rules.member_timeout);
            }
            self.claim(uid, claimed);
        }
        let seat = self.members.get(uid).map(|member| Arc::clone(&member.seat));
        seat.ok_or(Refusal::NoSuchRoom)
    }

    /// A sign of life and a claim. False, and nothing changes, for who is not a member.
    pub fn beat(&mut self, uid: &Uid, claimed: Role, now: Moment) -> bool {
        let seated = self
            .members
            .get(uid)
            .is_some_and(|member| member.seat.stamp(now));
        if seated {
            self.claim(uid, claimed);
        }
        seated
    }

    /// The absolute count of likes; counts only if it comes from the host.
    pub fn report_likes(&mut self, uid: &Uid, likes: u32) {
        if *uid == self.host {
            self.likes = likes;
        }
    }

    /// Takes a user out and gives the seat he had.
    pub fn leave(&mut self, uid: &Uid, now: Moment) -> Option<Arc<Seat>> {
        let member = self.members.remove(uid)?;
        if *uid == self.host {
            self.host_seen = member.seat.last_sign().unwrap_or(now);
        }
        Some(Arc::clone(&member.seat))
    }

    /// Takes a user out if `seat` is the one he has: he has moved to another room.
    pub fn vacate(&mut self, uid: &Uid, seat: &Arc<Seat>, now: Moment) {
        if self
            .members
            .get(uid)
            .is_some_and(|member| Arc::ptr_eq(&member.seat, seat))
        {
            self.leave(uid, now);
        }
    }

    /// A viewer asks for a seat on mic; who is not a member enters. Host and linked members have
    /// what they ask for.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not live, [`Refusal::MicSeatsFull`] if no seat is
    /// free; then nothing changes.
    pub fn request_mic(&mut self, uid: &Uid, now: Moment) -> Result<Arc<Seat>, Refusal> {
        let role = self
            .members
            .get(uid)
            .map_or(Role::Viewer, |member| member.seat.role());
        let is_viewer = role == Role::Viewer && *uid != self.host;
        if self.on_air && is_viewer && self.is_mic_full() {
            return Err(Refusal::MicSeatsFull);
        }
        if !self.on_air {
            return Err(Refusal::NoSuchRoom);
        }
        let seat = self.enter(uid, role, now)?;
        if let Some(member) = self.members.get_mut(uid)
            && is_viewer
            && member.mic == MicAsk::Nothing
        {
            member.mic = MicAsk::Requested;
        }
        Ok(seat)
    }

    /// A member reports that he is on mic, or off it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] for who is not a member; [`Refusal::MicSeatsFull`] and
    /// [`Refusal::MicNotGranted`] for who may not go on mic now.
    pub fn report_mic(&mut self, uid: &Uid, on: bool, now: Moment) -> Result<(), Refusal> {
        let member = self
            .members
            .get(uid)
            .filter(|member| member.seat.stamp(now))
            .ok_or(Refusal::NoSuchRoom)?;
        match (member.seat.role(), on) {
            (Role::Host, _) | (Role::Linked, true) => Ok(()),
            (Role::Viewer, true) => {
                self.may_link(member.mic)?;
                self.members.set_role(uid, Role::Linked);
                Ok(())
            }
            (Role::Linked | Role::Viewer, false) => {
                self.take_off_mic(uid);
                Ok(())
            }
        }
    }

    /// The host approves a member's way to the mic, or takes him off it.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] for everybody but the host; [`Refusal::NoSuchRoom`] if `guest` is
    /// not a member.
    pub fn grant_mic(&mut self, host: &Uid, guest: &Uid, on: bool) -> Result<(), Refusal> {
        if *host != self.host {
            return Err(Refusal::NotYourRoom);
        }
        let member = self.members.get_mut(guest).ok_or(Refusal::NoSuchRoom)?;
        match (member.seat.role(), on) {
            (Role::Viewer, true) => member.mic = MicAsk::Granted,
            (Role::Host, _) | (Role::Linked, true) => {}
            (Role::Linked | Role::Viewer, false) => self.take_off_mic(guest),
        }
        Ok(())
    }

    /// Takes everybody out and gives the seats they had: the live is over.
    pub fn clear(&mut self) -> Vec<(Uid, Arc<Seat>)> {
        self.silence.clear();
        self.members.clear()
    }

    /// How many members there are, and up to `size` of them from row `offset`: the host, the
    /// linked in the order of going on mic, the viewers in the order of entering.
    pub fn page(&self, offset: usize, size: usize) -> (usize, Vec<(Uid, Role)>) {
        (self.members.len(), self.members.page(offset, size))
    }

    /// When silence has to be looked at next.
    pub fn next_deadline(&self) -> Moment {
        let host = self.host_deadline();
        self.silence
            .peek()
            .map_or(host, |Reverse(first)| first.at.min(host))
    }

    /// Takes out everybody who has been silent for too long, and tells whether the host has.
    ///
    /// A beat does not move a deadline; it is looked up here, once in each span of silence that
    /// the rules allow, so a member costs one look per timeout and not one per beat.
    pub fn sweep(&mut self, now: Moment) -> Sweep {
        let mut sweep = Sweep::default();
        while let Some(Reverse(due)) = self.silence.peek()
            && due.at <= now
        {
            let Some(Reverse(due)) = self.silence.pop() else {
                break;
            };
            let Some(member) = self
                .members
                .get(&due.uid)
                .filter(|member| member.entry == due.entry)
            else {
                continue;
            };
            let last = member.seat.last_sign();
            let seen_last = last.filter(|last| *last + self.rules.member_timeout > now);
            match seen_last {
                Some(last) => self.watch(&due.uid, due.entry, last + self.rules.member_timeout),
                None => match member.seat.vacate_if_silent_since(last.unwrap_or(now)) {
                    Ok(()) => sweep
                        .gone
                        .extend(self.leave(&due.uid, now).map(|seat| (due.uid, seat))),
                    // A beat came in between.
                    Err(last) => self.watch(&due.uid, due.entry, last + self.rules.member_timeout),
                },
            }
        }
        sweep.host_silent = self.host_deadline() <= now;
        sweep
    }

    fn host_deadline(&self) -> Moment {
        let seated = self
            .members
            .get(&self.host)
            .and_then(|member| member.seat.last_sign());
        seated.unwrap_or(self.host_seen).max(self.host_seen) + self.rules.host_timeout
    }

    fn watch(&mut self, uid: &Uid, entry: u64, at: Moment) {
        self.silence.push(Reverse(Deadline {
            at,
            entry,
            uid: uid.clone(),
        }));
    }

    /// A role that a member claims by the way: taken where the rules allow it, else ignored.
    fn claim(&mut self, uid: &Uid, claimed: Role) {
        let Some(member) = self.members.get(uid) else {
            return;
        };
        let role = member.seat.role();
        if role.is_kept_by(claimed) {
            return;
        }
        match claimed {
            Role::Linked => {
                if self.may_link(member.mic).is_ok() {
                    self.members.set_role(uid, Role::Linked);
                }
            }
            Role::Viewer => self.take_off_mic(uid),
            Role::Host => {}
        }
    }

    fn take_off_mic(&mut self, uid: &Uid) {
        self.members.set_role(uid, Role::Viewer);
        if let Some(member) = self.members.get_mut(uid) {
            member.mic = MicAsk::Nothing;
        }
    }

    fn may_link(&self, ask: MicAsk) -> Result<(), Refusal> {
        if self.is_mic_full() {
            Err(Refusal::MicSeatsFull)
        } else if self.rules.mic_policy == MicPolicy::Approve && ask != MicAsk::Granted {
            Err(Refusal::MicNotGranted)
        } else {
            Ok(())
        }
    }

    fn is_mic_full(&self) -> bool {
        self.members.linked() >= self.rules.mic_seats
    }
}

fn fingerprint(uid: &Uid) -> u64 {
    let mut hasher = DefaultHasher::new();
    uid.hash(&mut hasher);
    hasher.finish()
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
