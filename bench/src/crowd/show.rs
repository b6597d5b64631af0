//! The show: everybody does what they decided, at its time; the answers make up what is certain.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::actor::{Actor, Doing};
use super::args::CrowdArgs;
use super::display::{Display, Status};
use super::figures::Figures;
use super::net::{Answer, Net, Sender};
use super::people::{Act, Person};
use super::promises::{Ledger, Promise};
use super::truth::{At, Limits, Truth};
use super::watch::{Record, Watch};
use super::wire::{self, Command, Said};
use crate::connection::{is_success, own_cpu};

/// How often those who are present are counted.
const COUNTING: Duration = Duration::from_millis(500);

/// The show.
pub(crate) struct Show<'s> {
    args: &'s CrowdArgs,
    net: &'s mut Net,
    ids: &'s str,
    actors: Vec<Actor>,
    truth: Truth,
    watch: Watch,
    /// The next steps: their time, and whose they are.
    due: BinaryHeap<Reverse<(At, usize)>>,
    began: At,
    /// When those who are present are counted next.
    count_due: At,
    /// The current live of each host.
    rooms: Vec<Option<usize>>,
    pub(crate) figures: Figures,
    pub(crate) ledger: Ledger,
}

impl<'s> Show<'s> {
    /// `tokens` are those of all people and of the watcher.
    pub(crate) fn new(
        args: &'s CrowdArgs,
        net: &'s mut Net,
        ids: &'s str,
        people: Vec<Person>,
        mut tokens: Vec<String>,
        figures: Figures,
    ) -> Self {
        let limits = Limits {
            member_timeout: args.member_timeout,
            host_timeout: args.host_timeout,
        };
        let watcher = tokens.pop().unwrap_or_default();
        let all = people.into_iter().zip(tokens);
        let actors: Vec<_> = all.map(|(plan, token)| Actor::new(plan, token)).collect();
        Self {
            truth: Truth::new(limits, actors.len()),
            watch: Watch::new(watcher, ids, args.mic_seats as usize),
            actors,
            due: BinaryHeap::new(),
            began: net.now(),
            count_due: Duration::ZERO,
            rooms: vec![None; args.rooms as usize],
            args,
            net,
            ids,
            figures,
            ledger: Ledger::default(),
        }
    }

    /// Plays the show, and looks once more into every room after its end.
    ///
    /// # Errors
    /// If the server goes away.
    pub(crate) fn play(&mut self, display: &mut Display) -> Result<(), String> {
        let cpu = || own_cpu().map_err(|cause| cause.to_string());
        let cpu_before = cpu()?;
        self.began = self.net.now();
        for who in 0..self.actors.len() {
            self.schedule(who);
        }
        while !(self.due.is_empty() && self.actors.iter().all(|actor| actor.doing.is_none())) {
            let now = self.net.now();
            self.act(now);
            self.watch.ask(&self.truth, self.net, now);
            self.listen(now)?;
            self.show(display);
        }
        // The processor time before the show is not the show's.
        self.figures.took = self.net.now() - self.began;
        self.figures.own_cpu = cpu()? - cpu_before;
        for is_last in [false, true] {
            if is_last {
                let now = self.net.now();
                self.watch.ask_all(&self.truth, self.net, now);
            }
            while !self.watch.is_idle() {
                self.listen(self.net.now())?;
            }
        }
        for _ in 0..self.net.dropped {
            self.ledger.broken(Promise::Connections, || {
                "closed instead of an answer".into()
            });
        }
        Ok(())
    }

    fn schedule(&mut self, who: usize) {
        if let Some(step) = self.actors[who].step {
            self.due.push(Reverse((self.began + step.at, who)));
        }
    }

    /// Everybody whose time has come does their next step.
    fn act(&mut self, now: At) {
        while let Some(Reverse((at, who))) = self.due.peek().copied().filter(|next| next.0.0 <= now)
        {
            self.due.pop();
            self.figures.lagged(now - at);
            if self.actors[who].doing.is_some() {
                self.actors[who].is_waiting = true;
                continue;
            }
            self.step(who, now);
        }
    }

    fn step(&mut self, who: usize, now: At) {
        self.actors[who].is_waiting = false;
        if let Some(step) = self.actors[who].step {
            self.perform(who, step.act, now);
            self.actors[who].step = self.actors[who].plan.next();
            self.schedule(who);
        }
    }

    /// The live that a person is in, if it goes on. When it ends, its host tells their client so.
    fn live(&self, who: usize) -> Option<usize> {
        self.actors[who]
            .live
            .filter(|live| self.truth.is_open(*live))
    }

    fn perform(&mut self, who: usize, act: Act, now: At) {
        let token = self.actors[who].token.as_str();
        let live = self.live(who);
        let deeds = &mut self.figures.deeds;
        match (act, live) {
            (Act::GoLive, _) => {
                let body = wire::create(token);
                self.send(who, Doing::Create, Command::Create, &body, now);
            }
            (Act::EndLive, Some(live)) => {
                let body = wire::exit(token, self.truth.lives[live].number);
                self.truth.ending(live, now);
                self.rooms[who] = None;
                self.send(who, Doing::End(live), Command::Exit, &body, now);
            }
            (Act::Enter { room }, _) => {
                let open = self.rooms[room].filter(|live| self.truth.is_open(*live));
                // They choose from the list of lives.
                let list = wire::lives(token, 0);
                self.net.send(Sender::Onlooker, Command::Lives, &list, now);
                self.actors[who].live = open;
                self.actors[who].on_mic = false;
                let Some(live) = open else {
                    deeds.closed_doors += 1;
                    return;
                };
                let id = wire::id(self.ids, who);
                let number = self.truth.lives[live].number;
                let body = wire::presence(&self.actors[who].token, &id, number, false);
                self.truth.entering(who, live, now);
                self.send(who, Doing::Enter(live), Command::Enter, &body, now);
            }
            (Act::Beat, Some(live)) => {
                self.beat(who, live, now);
                // With each beat, a client asks who else is in the room.
                let number = self.truth.lives[live].number;
                let list = wire::members(&self.actors[who].token, number, 0);
                self.net
                    .send(Sender::Onlooker, Command::Members, &list, now);
            }
            (Act::OnMic | Act::OffMic, Some(live)) => {
                self.actors[who].on_mic = act == Act::OnMic;
                deeds.on_mic += u64::from(act == Act::OnMic);
                self.beat(who, live, now);
            }
            (Act::Return, Some(live)) => {
                self.actors[who].on_mic = false;
                deeds.returned += 1;
                self.beat(who, live, now);
            }
            (Act::Like { count }, Some(live)) => {
                deeds.likes += u64::from(count);
                self.truth.lives[live].likes += u64::from(count);
            }
            (Act::Leave, Some(live)) => {
                let number = self.truth.lives[live].number;
                // Some clients leave by the one command, some by the other.
                let (command, body) = match who % 2 {
                    0 => (Command::Exit, wire::exit(token, -1)),
                    _ => {
                        let id = wire::id(self.ids, who);
                        (Command::Leave, wire::presence(token, &id, number, true))
                    }
                };
                self.actors[who].live = None;
                self.truth.leaving(who, now);
                self.send(who, Doing::Leave, command, &body, now);
            }
            (Act::Lose, Some(_)) => deeds.lost += 1,
            // In no room there is nothing to do.
            (_, None) => {}
        }
    }

    fn beat(&mut self, who: usize, live: usize, now: At) {
        let on_mic = self.actors[who].on_mic;
        let is_host = self.truth.lives[live].host == who;
        let role = match (is_host, on_mic) {
            (true, _) => 1,
            (_, true) => 2,
            _ => 0,
        };
        let likes = self.truth.beating(who, on_mic);
        let number = self.truth.lives[live].number;
        let body = wire::beat(&self.actors[who].token, number, role, likes);
        self.send(
            who,
            Doing::Beat { on_mic, likes },
            Command::Beat,
            &body,
            now,
        );
    }

    fn send(
        &mut self,
        who: usize,
        doing: Doing,
        command: Command,
        body: &serde_json::Value,
        now: At,
    ) {
        self.actors[who].doing = Some(doing);
        self.net.send(Sender::Person(who), command, body, now);
    }

    /// Collects answers until something is due.
    fn listen(&mut self, now: At) -> Result<(), String> {
        let next = self
            .due
            .peek()
            .map(|Reverse((at, _))| at.saturating_sub(now));
        let wait = next
            .unwrap_or(Duration::MAX)
            .min(Duration::from_millis(100));
        for answer in self.net.exchange(wait)? {
            let wait = answer.now - answer.sent;
            self.figures.answered(answer.command, wait);
            if wait > self.args.late {
                let (name, at) = (answer.command.name(), answer.sent.as_secs_f64());
                let tell = || format!("{name} at {at:.1} s took {:.1} s", wait.as_secs_f64());
                self.ledger.broken(Promise::Punctual, tell);
            }
            match answer.sender {
                Sender::Person(who) => self.answered(who, &answer)?,
                Sender::Onlooker if is_success(&answer.body) => {}
                Sender::Onlooker => self.unexpected("somebody", &answer)?,
                Sender::Question(at) => {
                    let record = Record {
                        truth: &mut self.truth,
                        ledger: &mut self.ledger,
                        deeds: &mut self.figures.deeds,
                    };
                    self.watch.answered(at, &answer, record, self.net);
                }
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
        let is_done = is_success(&answer.body);
        match doing {
            Doing::Create if is_done => {
                let room = Said::parse(&answer.body).and_then(|said| said.room());
                let Some(number) = room else {
                    return Err("a new room without a number, which zaibo would not give".into());
                };
                let live = self.truth.created(who, number, sent);
                let id = wire::id(self.ids, who);
                let body = wire::announce(&self.actors[who].token, number, &id);
                self.send(who, Doing::Announce(live), Command::Announce, &body, now);
                return Ok(());
            }
            Doing::Announce(live) if is_done => {
                deeds.lives += 1;
                self.truth.announced(live, sent, now);
                self.actors[who].live = Some(live);
                self.rooms[who] = Some(live);
            }
            Doing::Enter(_) if is_done => {
                deeds.entered += 1;
                self.truth.entered(who, sent, now);
            }
            Doing::Beat { on_mic, likes } if is_done => {
                self.truth.beat(who, on_mic, likes, sent, now);
            }
            Doing::Leave if is_done => {
                deeds.left += 1;
                self.truth.left(who, now);
            }
            Doing::End(live) if is_done => {
                self.truth.ended(live, now);
                self.actors[who].live = None;
            }
            _ => self.refused(who, doing, answer)?,
        }
        if self.actors[who].is_waiting {
            self.step(who, now);
        }
        Ok(())
    }

    fn refused(&mut self, who: usize, doing: Doing, answer: &Answer) -> Result<(), String> {
        let said = Said::parse(&answer.body);
        let code = said.map_or(0, |said| said.code);
        match doing {
            Doing::Create if code == 10012 => {
                return Err(
                    "it lets each user create only so many rooms in a minute: start it with \
                            ZAIBO_ROOMS__CREATES_PER_MINUTE=0 (rooms.creates_per_minute)"
                        .into(),
                );
            }
            Doing::Enter(live) => {
                self.actors[who].live = None;
                // Their request and the end of the live were on the way at the same time.
                if code == 10010 {
                    self.truth.refused(who, answer.now);
                    if !self.truth.is_open(live) {
                        self.figures.deeds.closed_doors += 1;
                        return Ok(());
                    }
                }
            }
            _ => {}
        }
        self.unexpected(&wire::id(self.ids, who), answer)
    }

    /// Counts an answer that nobody expected.
    fn unexpected(&mut self, who: &str, answer: &Answer) -> Result<(), String> {
        let Some(said) = Said::parse(&answer.body) else {
            return Err("an answer that zaibo would not give".into());
        };
        let (name, at) = (answer.command.name(), answer.now.as_secs_f64());
        let tell = || format!("{name} of {who} at {at:.1} s: {} {}", said.code, said.info);
        self.ledger.broken(Promise::Answers, tell);
        Ok(())
    }

    fn show(&mut self, display: &mut Display) {
        let now = self.net.now();
        if now < self.count_due && !display.is_due(now) {
            return;
        }
        self.count_due = now + COUNTING;
        let (present, lives) = self.truth.present(now);
        let deeds = &mut self.figures.deeds;
        deeds.most_present = deeds.most_present.max(present);
        if !display.is_due(now) {
            return;
        }
        display.show(&Status {
            now,
            passed: now - self.began,
            span: self.args.span,
            present,
            lives,
            answers: self.figures.all.len(),
            p99: Duration::from_micros(self.figures.all.value_at_quantile(0.99)),
            ghosts: self.ledger.of(Promise::Ghosts).count,
            false_leaves: self.ledger.of(Promise::FalseLeaves).count,
        });
    }
}
