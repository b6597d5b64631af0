//! One live room: who is in it, in which role, and when silence ends a membership or the live.
//!
//! Every transition is a function of its arguments, `now` included. The room never acts by
//! itself: whoever keeps it calls [`Room::sweep`] when [`Room::next_deadline`] has come.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

pub use self::dismissal::Dismissal;
use super::members::{Members, MicAsk, Note, PresenceHint};
use super::{MicPolicy, Moment, Refusal, Role, RoomNum, RoomStats, Rules, Seat, Uid};

/// The state of one live of a room.
#[derive(Debug)]
pub struct Room {
    number: RoomNum,
    host: Uid,
    rules: Rules,
    on_air: bool,
    members: Members,
    silence: BinaryHeap<Reverse<Deadline>>,
    /// Members whom the cloud saw go, in the order in which they have to be looked at.
    suspects: VecDeque<Deadline>,
    /// The host's last sign of life outside his own seat: when the room opened, or he left it.
    host_seen: Moment,
    /// Dismissals in the cloud that are not decided yet, in the order in which they were told.
    dismissals: Vec<Dismissal>,
    visitors: HashSet<u64>,
    /// Peak, total and likes as they stood before this process kept the room.
    before: RoomStats,
    peak: u32,
    likes: u32,
}

/// When the silence of one membership has to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    at: Moment,
    entry: u64,
}

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Sweep {
    /// The seats of members who were silent for too long.
    pub gone: Vec<Arc<Seat>>,
    /// The host was silent for too long: the live is to be ended.
    pub host_silent: bool,
    /// The cloud dismissed the room and its host did not speak: the live is to be ended.
    pub dismissed: Option<Dismissal>,
    /// Dismissals that the host refuted: their numbers in the inbox.
    pub refuted: Vec<i64>,
    /// Members that were looked at.
    pub looks: usize,
}

impl Room {
    /// An empty room. `before` holds the figures of the same live from an earlier life of the
    /// process or the actor.
    pub fn new(number: RoomNum, host: Uid, rules: Rules, before: RoomStats, now: Moment) -> Self {
        Self {
            number,
            host,
            rules,
            on_air: false,
            members: Members::default(),
            silence: BinaryHeap::new(),
            suspects: VecDeque::new(),
            host_seen: now,
            dismissals: Vec::new(),
            visitors: HashSet::new(),
            peak: before.peak,
            likes: before.likes,
            before,
        }
    }

    /// The figures as they stand.
    pub fn stats(&self) -> RoomStats {
        // After a restart nobody can tell a returning visitor from a new one, so the total is the
        // larger of what was counted before and what was counted since.
        RoomStats {
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
            let seat = self.members.insert(uid, self.number, role, now);
            self.visitors.insert(fingerprint(uid));
            self.peak = self.peak.max(count(self.members.len()));
            if role != Role::Host {
                self.watch(seat.entry(), now + self.rules.member_timeout);
            }
            self.claim(uid, claimed);
        }
        self.members.get(uid).cloned().ok_or(Refusal::NoSuchRoom)
    }

    /// A sign of life and a claim. False, and nothing changes, for who is not a member.
    pub fn beat(&mut self, uid: &Uid, claimed: Role, now: Moment) -> bool {
        let seated = self.members.get(uid).is_some_and(|seat| seat.stamp(now));
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

    /// The cloud saw a member come or go: at `at_ms` by its clock, which was `happened` by ours.
    /// That they went shortens the time for which their silence is tolerated, until they give a
    /// sign of life; it never ends a membership. It counts only if they went after their last sign
    /// of life here.
    pub fn presence_hint(
        &mut self,
        uid: &Uid,
        here: bool,
        at_ms: i64,
        happened: Moment,
        now: Moment,
    ) {
        let Some(seat) = self.members.get(uid).cloned() else {
            return;
        };
        let last = seat.last_sign();
        if !here && last.is_some_and(|last| is_refuted(happened, last)) {
            return;
        }
        let note = self.members.note_mut(&seat);
        if note.hint.is_some_and(|before| before.at_ms >= at_ms) {
            return;
        }
        // A sign of life has cleared an earlier suspicion.
        let suspect_since = note
            .hint
            .and_then(|before| before.gone_since)
            .filter(|since| last.is_some_and(|last| last <= *since));
        let gone_since = (!here).then(|| suspect_since.unwrap_or(now));
        note.hint = Some(PresenceHint { at_ms, gone_since });
        // The host's deadline is looked up by itself.
        if gone_since.is_some() && suspect_since.is_none() && *uid != self.host {
            self.suspects.push_back(Deadline {
                at: now + self.rules.suspect_member_timeout,
                entry: seat.entry(),
            });
        }
    }

    /// Takes a user out and gives the seat he had.
    pub fn leave(&mut self, uid: &Uid, now: Moment) -> Option<Arc<Seat>> {
        let last_sign = self.members.get(uid)?.last_sign();
        if *uid == self.host {
            self.host_seen = last_sign.unwrap_or(now);
        }
        self.members.remove(uid)
    }

    /// Takes a user out if `seat` is the one he has: he has moved to another room.
    pub fn vacate(&mut self, seat: &Arc<Seat>, now: Moment) {
        let has = self.members.get(seat.uid());
        if has.is_some_and(|has| Arc::ptr_eq(has, seat)) {
            self.leave(seat.uid(), now);
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
            .map_or(Role::Viewer, |seat| seat.role());
        let is_viewer = role == Role::Viewer && *uid != self.host;
        if self.on_air && is_viewer && self.is_mic_full() {
            return Err(Refusal::MicSeatsFull);
        }
        if !self.on_air {
            return Err(Refusal::NoSuchRoom);
        }
        let seat = self.enter(uid, role, now)?;
        if is_viewer {
            let note = self.members.note_mut(&seat);
            if note.mic == MicAsk::Nothing {
                note.mic = MicAsk::Requested;
            }
        }
        Ok(seat)
    }

    /// A member reports that he is on mic, or off it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] for who is not a member; [`Refusal::MicSeatsFull`] and
    /// [`Refusal::MicNotGranted`] for who may not go on mic now.
    pub fn report_mic(&mut self, uid: &Uid, on: bool, now: Moment) -> Result<(), Refusal> {
        let seat = self
            .members
            .get(uid)
            .filter(|seat| seat.stamp(now))
            .ok_or(Refusal::NoSuchRoom)?;
        match (seat.role(), on) {
            (Role::Host, _) | (Role::Linked, true) => Ok(()),
            (Role::Viewer, true) => {
                self.may_link(seat)?;
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
        let seat = self.members.get(guest).cloned();
        let seat = seat.ok_or(Refusal::NoSuchRoom)?;
        match (seat.role(), on) {
            (Role::Viewer, true) => self.members.note_mut(&seat).mic = MicAsk::Granted,
            (Role::Host, _) | (Role::Linked, true) => {}
            (Role::Linked | Role::Viewer, false) => self.take_off_mic(guest),
        }
        Ok(())
    }

    /// Takes up to so many members out and gives the seats they had: the live is over.
    pub fn dismiss(&mut self, at_most: usize) -> Vec<Arc<Seat>> {
        self.members.dismiss(at_most)
    }

    /// How many members there are, and up to `size` of them from row `offset`: the host, the
    /// linked in the order of going on mic, the viewers in the order of entering.
    pub fn page(&self, offset: usize, size: usize) -> (usize, Vec<(Uid, Role)>) {
        (self.members.len(), self.members.page(offset, size))
    }

    /// When silence has to be looked at next.
    pub fn next_deadline(&self) -> Moment {
        let silence = self.silence.peek().map(|Reverse(first)| first.at);
        let suspect = self.suspects.front().map(|first| first.at);
        let members = silence.into_iter().chain(suspect);
        let others = members.chain(self.dismissal_deadline());
        others.fold(self.host_deadline(), Moment::min)
    }

    /// Takes out who has been silent for too long, and tells whether the host has. At most so many
    /// members are looked at; if it was so many, more may be due.
    ///
    /// A beat does not move a deadline; it is looked up here, once in each span of silence that
    /// the rules allow, so a member costs one look per timeout and not one per beat.
    pub fn sweep(&mut self, now: Moment, at_most: usize) -> Sweep {
        let mut sweep = Sweep::default();
        for _ in 0..at_most {
            if let Some(due) = self.take_silence(now) {
                if let Some(last) = self.look_at(due.entry, now, &mut sweep) {
                    self.watch(due.entry, last + self.rules.member_timeout);
                }
            } else if let Some(due) = self.suspects.pop_front_if(|due| due.at <= now) {
                // Who stays has his usual deadline.
                self.look_at(due.entry, now, &mut sweep);
            } else {
                break;
            }
            sweep.looks += 1;
        }
        sweep.host_silent = self.host_deadline() <= now;
        self.judge_dismissals(now, &mut sweep);
        sweep
    }

    fn take_silence(&mut self, now: Moment) -> Option<Deadline> {
        let due = self.silence.peek_mut()?;
        (due.0.at <= now).then(|| PeekMut::pop(due).0)
    }

    /// Takes a member out if he has been silent for too long; else gives his last sign of life.
    /// None as well if there is no member of that entry any more.
    fn look_at(&mut self, entry: u64, now: Moment, sweep: &mut Sweep) -> Option<Moment> {
        let seat = self.members.entered(entry)?;
        let last = seat.last_sign();
        let timeout = self.rules.member_timeout;
        let suspect = self.rules.suspect_member_timeout;
        if let Some(last) = last
            && silence_ends(self.members.note(entry), last, timeout, suspect) > now
        {
            return Some(last);
        }
        match seat.vacate_if_silent_since(last.unwrap_or(now)) {
            Ok(()) => {
                let uid = seat.uid().clone();
                sweep.gone.extend(self.leave(&uid, now));
                None
            }
            // A beat came in between.
            Err(last) => Some(last),
        }
    }

    /// The host's last sign of life.
    fn host_spoke(&self) -> Moment {
        let seat = self.members.get(&self.host);
        let seated = seat.and_then(|seat| seat.last_sign());
        seated.unwrap_or(self.host_seen).max(self.host_seen)
    }

    fn host_deadline(&self) -> Moment {
        let seat = self.members.get(&self.host);
        let last = self.host_spoke();
        let note = seat.map_or(Note::default(), |seat| self.members.note(seat.entry()));
        let (timeout, suspect) = (self.rules.host_timeout, self.rules.suspect_host_timeout);
        silence_ends(note, last, timeout, suspect)
    }

    fn watch(&mut self, entry: u64, at: Moment) {
        self.silence.push(Reverse(Deadline { at, entry }));
    }

    /// A role that a member claims by the way: taken where the rules allow it, else ignored.
    fn claim(&mut self, uid: &Uid, claimed: Role) {
        let Some(seat) = self.members.get(uid) else {
            return;
        };
        if seat.role().is_kept_by(claimed) {
            return;
        }
        match claimed {
            Role::Linked => {
                if self.may_link(seat).is_ok() {
                    self.members.set_role(uid, Role::Linked);
                }
            }
            Role::Viewer => self.take_off_mic(uid),
            Role::Host => {}
        }
    }

    fn take_off_mic(&mut self, uid: &Uid) {
        self.members.set_role(uid, Role::Viewer);
        self.members.withdraw(uid);
    }

    fn may_link(&self, seat: &Seat) -> Result<(), Refusal> {
        let ask = self.members.note(seat.entry()).mic;
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
fn silence_ends(note: Note, last: Moment, timeout: Duration, suspect: Duration) -> Moment {
    let usual = last + timeout;
    match note.hint.and_then(|hint| hint.gone_since) {
        Some(since) if last <= since => usual.min(since + suspect),
        _ => usual,
    }
}

/// How far the cloud's clock and ours may differ. Servers that keep their clocks differ by less;
/// clients beat every 5 or 10 seconds, so the next beat refutes what this lets through.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// Whether a sign of life at `last` refutes what the cloud says happened before it.
fn is_refuted(happened: Moment, last: Moment) -> bool {
    happened + CLOCK_TOLERANCE <= last
}

fn fingerprint(uid: &Uid) -> u64 {
    let mut hasher = DefaultHasher::new();
    uid.hash(&mut hasher);
    hasher.finish()
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

mod dismissal;
#[cfg(test)]
mod presence_hints;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
