//! The show: everybody does what they decided, at its time; the answers make up what is certain.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::actor::{Actor, Beat, Client, Doing};
use super::args::CrowdArgs;
use super::display::{Display, Status};
use super::figures::Figures;
use super::listeners::{Listeners, Scene};
use super::net::{Net, Sender};
use super::people::{Act, Person};
use super::promises::{Ledger, Promise};
use super::truth::{At, Limits, Truth};
use super::watch::Watch;
use super::wire;
use crate::connection::own_cpu;

mod answers;

/// How often those who are present are counted.
const COUNTING: Duration = Duration::from_millis(500);

/// How often sockets are cut or opened, and the longest wait for answers.
const TENDING: Duration = Duration::from_millis(100);

/// Requests for a number of likes that this divides are sent twice, as by a client that does not know
/// whether the first one arrived. They count once.
const TWICE: u64 = 3;

/// The show.
pub(crate) struct Show<'s> {
    args: &'s CrowdArgs,
    net: &'s mut Net,
    actors: Vec<Actor>,
    truth: Truth,
    watch: Watch,
    listeners: Listeners,
    /// The next steps: their time, and whose they are.
    due: BinaryHeap<Reverse<(At, usize)>>,
    began: At,
    /// When those who are present are counted next.
    count_due: At,
    /// When sockets are tended next.
    tend_due: At,
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
        people: Vec<(Person, Client)>,
        mut tokens: Vec<String>,
        figures: Figures,
    ) -> Self {
        let limits = Limits {
            member_timeout: args.member_timeout,
            host_timeout: args.host_timeout,
        };
        let watcher = tokens.pop().unwrap_or_default();
        let all = people.into_iter().zip(tokens).enumerate();
        let actor =
            |(who, ((plan, client), token))| Actor::new(plan, client, wire::id(ids, who), token);
        let actors: Vec<_> = all.map(actor).collect();
        let (seed, late) = (args.seed, args.late);
        Self {
            truth: Truth::new(limits, actors.len()),
            listeners: Listeners::new(seed, &watcher, ids, late, actors.len()),
            watch: Watch::new(watcher, ids, args.mic_seats as usize),
            actors,
            due: BinaryHeap::new(),
            began: net.now(),
            count_due: Duration::ZERO,
            tend_due: Duration::ZERO,
            rooms: vec![None; args.rooms as usize],
            args,
            net,
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
            self.tend(now)?;
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
            // Sockets end by themselves, or it is told that they do not.
            let last = self.net.now() + self.args.late * 2;
            let are_open = |show: &Self| !show.listeners.is_idle() && show.net.now() < last;
            while !self.watch.is_idle() || are_open(self) {
                self.tend(self.net.now())?;
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
        let live = self.live(who);
        let deeds = &mut self.figures.deeds;
        match (act, live) {
            (Act::GoLive, _) => self.send(who, Doing::Create, now),
            (Act::EndLive, Some(live)) => {
                self.truth.ending(live, now);
                self.rooms[who] = None;
                self.send(who, Doing::End(live), now);
            }
            (Act::Enter { room }, _) => self.enter(who, room, now),
            (Act::Beat, Some(live)) => {
                self.beat(who, live, now);
                // With each beat, a client asks who else is in the room, if it is not told.
                if self.actors[who].client != Client::Listening {
                    let number = self.truth.lives[live].number;
                    let list = self.actors[who].look(Some(number));
                    self.net.send(Sender::Onlooker(Some(live)), list, now);
                }
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
                self.like(who, live, count.into(), now);
            }
            (Act::Leave, Some(live)) => {
                self.actors[who].live = None;
                self.truth.leaving(who, now);
                self.listeners.did(who, live, true, now);
                self.send(who, Doing::Leave(live), now);
            }
            (Act::Lose, Some(_)) => {
                deeds.lost += 1;
                self.listeners.lose(who, &mut self.truth, now);
            }
            // In no room there is nothing to do.
            (_, None) => {}
        }
    }

    fn enter(&mut self, who: usize, room: usize, now: At) {
        let open = self.rooms[room].filter(|live| self.truth.is_open(*live));
        // They choose from the list of lives.
        let list = self.actors[who].look(None);
        self.net.send(Sender::Onlooker(None), list, now);
        self.actors[who].live = open;
        self.actors[who].on_mic = false;
        let Some(live) = open else {
            self.figures.deeds.closed_doors += 1;
            self.listeners.forget(who, None, &mut self.truth, now);
            return;
        };
        self.listeners.forget(who, open, &mut self.truth, now);
        self.truth.entering(who, live, now);
        self.listeners.did(who, live, false, now);
        self.send(who, Doing::Enter(live), now);
    }

    fn beat(&mut self, who: usize, live: usize, now: At) {
        let on_mic = self.actors[who].on_mic;
        let is_host = self.truth.lives[live].host == who;
        let likes = self.truth.beating(who, on_mic);
        let beat = Beat {
            live,
            on_mic,
            likes: is_host.then_some(likes),
        };
        if self.listeners.beat(who, beat, now) {
            self.actors[who].doing = Some(Doing::Beat(beat));
        } else {
            self.send(who, Doing::Beat(beat), now);
        }
    }

    fn like(&mut self, who: usize, live: usize, count: u64, now: At) {
        let number = self.truth.lives[live].number;
        let doing = Doing::Like { live, count };
        let Some(request) = self.actors[who].request(doing, number) else {
            self.truth.lives[live].likes.count(count);
            return;
        };
        self.truth.liking(who, live, count);
        self.actors[who].doing = Some(doing);
        if count.is_multiple_of(TWICE) {
            self.net
                .send(Sender::Onlooker(Some(live)), request.clone(), now);
        }
        self.net.send(Sender::Person(who), request, now);
    }

    fn send(&mut self, who: usize, doing: Doing, now: At) {
        let live = doing.live();
        let number = live.map_or(0, |live| self.truth.lives[live].number);
        let actor = &mut self.actors[who];
        if let Some(request) = actor.request(doing, number) {
            actor.doing = Some(doing);
            self.net.send(Sender::Person(who), request, now);
        }
    }

    /// Cuts sockets, opens them again, and asks for what they are compared with.
    fn tend(&mut self, now: At) -> Result<(), String> {
        if now < self.tend_due {
            return Ok(());
        }
        self.tend_due = now + TENDING;
        let (listeners, mut scene) = self.scene();
        listeners.tend(&mut scene)
    }

    fn scene(&mut self) -> (&mut Listeners, Scene<'_>) {
        let scene = Scene {
            truth: &mut self.truth,
            ledger: &mut self.ledger,
            pushed: &mut self.figures.pushed,
            net: self.net,
        };
        (&mut self.listeners, scene)
    }

    /// Collects answers, and what is pushed, until something is due.
    fn listen(&mut self, now: At) -> Result<(), String> {
        let next = self.due.peek();
        let next = next.map_or(TENDING, |Reverse((at, _))| at.saturating_sub(now));
        let mut answers = self.net.exchange(next.min(TENDING))?;
        let stirred = std::mem::take(&mut self.net.stirred);
        let (listeners, mut scene) = self.scene();
        listeners.listen(&stirred, &mut scene);
        let (beaten, lost) = self.listeners.take();
        answers.extend(beaten);
        for answer in answers {
            self.hear(&answer)?;
        }
        for who in lost {
            self.actors[who].doing = None;
            self.go_on(who, self.net.now());
        }
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
