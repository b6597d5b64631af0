//! What answers say of those who asked: what is certain then, what they do next, and what nobody expected.

use super::Show;
use crate::crowd::actor::{Client, Doing};
use crate::crowd::net::{Answer, Sender};
use crate::crowd::promises::Promise;
use crate::crowd::truth::At;
use crate::crowd::watch::Record;

impl Show<'_> {
    /// An answer has come.
    ///
    /// # Errors
    /// If zaibo would not answer so.
    pub(super) fn hear(&mut self, answer: &Answer) -> Result<(), String> {
        let wait = answer.now.saturating_sub(answer.sent);
        self.figures.answered(answer.command, wait);
        if wait > self.args.late {
            let (name, at) = (answer.command.name(), answer.sent.as_secs_f64());
            let tell = || format!("{name} at {at:.1} s took {:.1} s", wait.as_secs_f64());
            self.ledger.broken(Promise::Punctual, tell);
        }
        match answer.sender {
            Sender::Person(who) => self.answered(who, answer)?,
            Sender::Onlooker(_) if answer.is_done() => {}
            Sender::Onlooker(live) => {
                let is_open = live.is_none_or(|live| self.truth.is_open(live));
                if is_open || !is_no_room(answer) {
                    self.unexpected("somebody", answer)?;
                }
            }
            Sender::Examiner(live) => {
                let (listeners, mut scene) = self.scene();
                listeners.answered(live, answer, &mut scene);
            }
            Sender::Question(at) => {
                let record = Record {
                    truth: &mut self.truth,
                    ledger: &mut self.ledger,
                    deeds: &mut self.figures.deeds,
                };
                self.watch.answered(at, answer, record, self.net);
            }
        }
        Ok(())
    }

    fn answered(&mut self, who: usize, answer: &Answer) -> Result<(), String> {
        let Some(doing) = self.actors[who].doing.take() else {
            return Ok(());
        };
        let (sent, now) = (answer.sent, answer.now);
        let deeds = &mut self.figures.deeds;
        match doing {
            _ if !answer.is_done() => self.refused(who, doing, answer)?,
            Doing::Create => {
                let Some(number) = answer.said().and_then(|said| said.room()) else {
                    return Err("a new room without a number, which zaibo would not give".into());
                };
                let live = self.truth.created(who, number, sent);
                self.send(who, Doing::Announce(live), now);
                return Ok(());
            }
            Doing::Announce(live) => {
                deeds.lives += 1;
                self.truth.announced(live, sent, now);
                self.actors[who].live = Some(live);
                self.rooms[who] = Some(live);
                self.join(who, live)?;
            }
            Doing::Enter(live) => {
                deeds.entered += 1;
                // The live API has no role to enter with.
                let keeps_role = self.actors[who].client != Client::Old;
                self.truth.entered_as(who, keeps_role, sent, now);
                self.join(who, live)?;
            }
            Doing::Beat(beat) => {
                let likes = beat.likes.unwrap_or(0);
                self.truth.beat(who, beat.on_mic, likes, sent, now);
                self.listeners.wake(who, now);
            }
            Doing::Like { live, count } => self.truth.liked(who, live, count, sent, now),
            Doing::Leave(_) => {
                deeds.left += 1;
                self.truth.left(who, now);
            }
            Doing::End(live) => {
                self.truth.ended(live, now);
                self.actors[who].live = None;
            }
        }
        self.go_on(who, now);
        Ok(())
    }

    /// A person has an answer, or will get none, and does what they waited with.
    pub(super) fn go_on(&mut self, who: usize, now: At) {
        if self.actors[who].is_waiting {
            self.step(who, now);
        }
    }

    fn join(&mut self, who: usize, live: usize) -> Result<(), String> {
        if self.actors[who].client != Client::Listening {
            return Ok(());
        }
        let (id, token) = (self.actors[who].id.clone(), self.actors[who].token.clone());
        let (listeners, mut scene) = self.scene();
        listeners.join(who, live, (&id, &token), &mut scene)
    }

    fn refused(&mut self, who: usize, doing: Doing, answer: &Answer) -> Result<(), String> {
        let is_over = is_no_room(answer);
        let is_open = |live: usize| self.truth.is_open(live);
        match doing {
            Doing::Create if answer.said().is_some_and(|said| said.code == 10012) => {
                return Err(
                    "it lets each user create only so many rooms in a minute: start it with \
                            ZAIBO_ROOMS__CREATES_PER_MINUTE=0 (rooms.creates_per_minute)"
                        .into(),
                );
            }
            Doing::Enter(live) => {
                self.actors[who].live = None;
                self.listeners
                    .forget(who, None, &mut self.truth, answer.now);
                // Their request and the end of the live were on the way at the same time.
                if is_over {
                    self.truth.refused(who, answer.now);
                    if !self.truth.is_open(live) {
                        self.figures.deeds.closed_doors += 1;
                        return Ok(());
                    }
                }
            }
            // The same.
            Doing::Leave(live) if is_over && !is_open(live) => {
                self.truth.left(who, answer.now);
                return Ok(());
            }
            Doing::Like { live, .. } if is_over && !is_open(live) => {
                self.truth.unanswered(who);
                return Ok(());
            }
            _ => {}
        }
        let id = self.actors[who].id.clone();
        self.unexpected(&id, answer)
    }

    /// Counts an answer that nobody expected.
    fn unexpected(&mut self, who: &str, answer: &Answer) -> Result<(), String> {
        let Some(said) = answer.said() else {
            return Err("an answer that zaibo would not give".into());
        };
        let (name, at) = (answer.command.name(), answer.now.as_secs_f64());
        let tell = || format!("{name} of {who} at {at:.1} s: {} {}", said.code, said.info);
        self.ledger.broken(Promise::Answers, tell);
        Ok(())
    }
}

/// Whether an answer says that there is no such room, or not any more.
fn is_no_room(answer: &Answer) -> bool {
    answer.said().is_some_and(|said| said.code == 10010)
}
