//! One live room: who is in it, in which role, and when silence ends a membership or the live.
//!
//! Every transition is a function of its arguments, `now` included. The room never acts by
//! itself: whoever keeps it calls [`Room::sweep`] when [`Room::next_deadline`] has come.

use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::members::{Member, Members, MicAsk, Sighting};
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
    /// Members whom the cloud saw go, in the order in which they have to be looked at.
    doubts: VecDeque<Deadline>,
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
            doubts: VecDeque::new(),
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

    /// The cloud saw a member come or go, at `at_ms` by its clock. That he went shortens the time
    /// for which his silence is borne, until he gives a sign of life; it never ends a membership.
    pub fn see(&mut self, uid: &Uid, here: bool, at_ms: i64, now: Moment) {
        let Some(member) = self.members.get_mut(uid) else {
            return;
        };
        let before = member.sighting.as_deref().copied();
        if before.is_some_and(|before| before.at_ms >= at_ms) {
            return;
        }
        // A doubt that a sign of life has refuted is none any more.
        let last = member.seat.last_sign();
        let doubted_since = before
            .and_then(|before| before.gone_since)
            .filter(|since| last.is_some_and(|last| last <= *since));
        let gone_since = (!here).then(|| doubted_since.unwrap_or(now));
        member.sighting = Some(Box::new(Sighting { at_ms, gone_since }));
        // The host's deadline is looked up by itself.
        if gone_since.is_some() && doubted_since.is_none() && *uid != self.host {
            self.doubts.push_back(Deadline {
                at: now + self.rules.doubted_member_timeout,
                entry: member.entry,
                uid: uid.clone(),
            });
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
        self.doubts.clear();
        self.members.clear()
    }

    /// How many members there are, and up to `size` of them from row `offset`: the host, the
    /// linked in the order of going on mic, the viewers in the order of entering.
    pub fn page(&self, offset: usize, size: usize) -> (usize, Vec<(Uid, Role)>) {
        (self.members.len(), self.members.page(offset, size))
    }

    /// When silence has to be looked at next.
    pub fn next_deadline(&self) -> Moment {
        let silence = self.silence.peek().map(|Reverse(first)| first.at);
        let doubt = self.doubts.front().map(|first| first.at);
        let members = silence.into_iter().chain(doubt);
        members.fold(self.host_deadline(), Moment::min)
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
            if let Some(last) = self.look_at(&due, now, &mut sweep) {
                self.watch(&due.uid, due.entry, last + self.rules.member_timeout);
            }
        }
        while let Some(due) = self.doubts.front()
            && due.at <= now
        {
            let Some(due) = self.doubts.pop_front() else {
                break;
            };
            // Who stays has his usual deadline.
            self.look_at(&due, now, &mut sweep);
        }
        sweep.host_silent = self.host_deadline() <= now;
        sweep
    }

    /// Takes a member out if he has been silent for too long; else gives his last sign of life.
    /// None as well for who is not the member that the deadline was set for.
    fn look_at(&mut self, due: &Deadline, now: Moment, sweep: &mut Sweep) -> Option<Moment> {
        let member = self.members.get(&due.uid)?;
        if member.entry != due.entry {
            return None;
        }
        let last = member.seat.last_sign();
        let timeout = self.rules.member_timeout;
        let doubted = self.rules.doubted_member_timeout;
        if let Some(last) = last
            && silence_ends(member, last, timeout, doubted) > now
        {
            return Some(last);
        }
        match member.seat.vacate_if_silent_since(last.unwrap_or(now)) {
            Ok(()) => {
                let seat = self.leave(&due.uid, now)?;
                sweep.gone.push((due.uid.clone(), seat));
                None
            }
            // A beat came in between.
            Err(last) => Some(last),
        }
    }

    fn host_deadline(&self) -> Moment {
        let member = self.members.get(&self.host);
        let seated = member.and_then(|member| member.seat.last_sign());
        let last = seated.unwrap_or(self.host_seen).max(self.host_seen);
        let (timeout, doubted) = (self.rules.host_timeout, self.rules.doubted_host_timeout);
        member.map_or(last + timeout, |member| {
            silence_ends(member, last, timeout, doubted)
        })
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

/// Until when the silence of a member is borne whose last sign of life was at `last`: less long if
/// the cloud has seen him go since.
fn silence_ends(member: &Member, last: Moment, timeout: Duration, doubted: Duration) -> Moment {
    let usual = last + timeout;
    let sighting = member.sighting.as_ref();
    match sighting.and_then(|sighting| sighting.gone_since) {
        Some(since) if last <= since => usual.min(since + doubted),
        _ => usual,
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
mod sightings;
#[cfg(test)]
mod tests;
