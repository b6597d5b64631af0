//! Those who are told by push: their sockets are opened, cut now and then, and read; what they know is
//! compared with what is certain.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;

use super::actor::Beat;
use super::command::Command;
use super::examine::{Certain, Look};
use super::figures::Pushed;
use super::fold::Frame;
use super::live_api::{bare, beat_frame};
use super::net::{Answer, Net, Sender};
use super::promises::{Ledger, Promise};
use super::reader::{Bye, Court, Deed, Reader};
use super::sockets::Heard;
use super::truth::{At, Truth};
use super::watch::time;

pub(crate) use super::reader::HONOURED;

/// How often each room that is read is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// How long a socket lasts before it is cut, on average and at least, and how long it is gone.
const LASTS: f64 = 10.0;
const LEAST: Duration = Duration::from_secs(1);
const LONGEST_CUT: f64 = 2.0;

/// Everybody who listens.
pub(crate) struct Listeners {
    rng: Rng,
    token: String,
    ids: String,
    late: Duration,
    readers: Vec<Option<Reader>>,
    /// The last deed of each person.
    deeds: Vec<Option<Deed>>,
    /// For each live: when it is looked at next, and what was seen, while it is looked at again.
    looks: HashMap<usize, (At, Option<Look>)>,
    /// The last message in each live: all readers get the same.
    latest: HashMap<usize, (Vec<u8>, Rc<Frame>)>,
    beats: u64,
    /// Answers to beats.
    answers: Vec<Answer>,
    /// Whose beat will get no answer.
    lost: Vec<usize>,
}

/// The rest of the show, as far as listeners need it.
pub(crate) struct Scene<'s> {
    pub(crate) truth: &'s mut Truth,
    pub(crate) ledger: &'s mut Ledger,
    pub(crate) pushed: &'s mut Pushed,
    pub(crate) net: &'s mut Net,
}

impl Listeners {
    /// `token` is that of somebody in no room.
    pub(crate) fn new(seed: u64, token: &str, ids: &str, late: Duration, people: usize) -> Self {
        Self {
            rng: Rng::with_seed(seed.rotate_left(32)),
            token: token.to_owned(),
            ids: ids.to_owned(),
            late,
            readers: Vec::new(),
            deeds: vec![None; people],
            looks: HashMap::new(),
            latest: HashMap::new(),
            beats: 0,
            answers: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Whether nobody has a socket.
    pub(crate) fn is_idle(&self) -> bool {
        self.readers
            .iter()
            .flatten()
            .all(|reader| reader.socket.is_none())
    }

    /// Answers to beats, and whose beats will get none.
    pub(crate) fn take(&mut self) -> (Vec<Answer>, Vec<usize>) {
        (
            std::mem::take(&mut self.answers),
            std::mem::take(&mut self.lost),
        )
    }

    /// Somebody does what readers of that live are told of.
    pub(crate) fn did(&mut self, who: usize, live: usize, is_leaving: bool, sent: At) {
        self.deeds[who] = Some(Deed {
            live,
            is_leaving,
            sent,
        });
    }

    /// Somebody has entered a live, and listens.
    ///
    /// # Errors
    /// If no socket can be opened.
    pub(crate) fn join(
        &mut self,
        who: usize,
        live: usize,
        (id, token): (&str, &str),
        scene: &mut Scene<'_>,
    ) -> Result<(), String> {
        let room = scene.truth.lives[live].number;
        let reader = Reader::new(who, id, live, room, token);
        let free = self.readers.iter().position(Option::is_none);
        let at = free.unwrap_or(self.readers.len());
        if free.is_none() {
            self.readers.push(None);
        }
        self.open(at, reader, scene)
    }

    fn open(&mut self, at: usize, mut reader: Reader, scene: &mut Scene<'_>) -> Result<(), String> {
        let path = format!("/v2/rooms/{}/events", reader.room);
        let socket = scene.net.open(at, &path)?;
        let now = scene.net.now();
        let lasts = Duration::from_secs_f64(-LASTS * (1.0 - self.rng.f64()).ln());
        reader.opened(socket, now, now + LEAST + lasts);
        self.readers[at] = Some(reader);
        let open = self.readers.iter().flatten();
        let open = open.filter(|reader| reader.socket.is_some()).count();
        scene.pushed.opened += 1;
        scene.pushed.most_open = scene.pushed.most_open.max(open);
        Ok(())
    }

    /// Somebody gives up their sockets, or only those of one live.
    pub(crate) fn forget(&mut self, who: usize, live: Option<usize>, truth: &mut Truth, now: At) {
        for place in &mut self.readers {
            let is_meant = |reader: &mut Reader| {
                reader.who == who && live.is_none_or(|live| reader.live == live)
            };
            if let Some(mut reader) = place.take_if(is_meant) {
                lose_beat(&mut reader, truth, now + self.late, &mut self.lost);
            }
        }
    }

    /// Somebody loses the network.
    pub(crate) fn lose(&mut self, who: usize, truth: &mut Truth, now: At) {
        // If they are told of again, it is because they came back.
        self.deeds[who] = None;
        for reader in self.readers.iter_mut().flatten() {
            if reader.who == who {
                reader.cut(now, At::MAX);
                lose_beat(reader, truth, now + self.late, &mut self.lost);
            }
        }
    }

    /// Somebody has the network again.
    pub(crate) fn wake(&mut self, who: usize, now: At) {
        for reader in self.readers.iter_mut().flatten() {
            if reader.who == who && reader.due == At::MAX {
                reader.due = now;
            }
        }
    }

    /// Beats by the socket of a person. False if they have none.
    pub(crate) fn beat(&mut self, who: usize, beat: Beat, now: At) -> bool {
        let mut readers = self.readers.iter_mut().flatten();
        let reader = readers.find(|reader| reader.who == who && reader.live == beat.live);
        let Some(reader) = reader.filter(|reader| reader.is_reading()) else {
            return false;
        };
        self.beats += 1;
        let frame = beat_frame(self.beats, beat.on_mic, beat.likes);
        let is_said = reader.say(&frame);
        if is_said {
            reader.beat = Some((self.beats, now));
        }
        is_said
    }

    /// Cuts sockets and opens them again, looks at rooms, and at what should have come.
    ///
    /// # Errors
    /// If no socket can be opened.
    pub(crate) fn tend(&mut self, scene: &mut Scene<'_>) -> Result<(), String> {
        let now = scene.net.now();
        for at in 0..self.readers.len() {
            let Some(mut reader) = self.readers[at].take() else {
                continue;
            };
            if reader.wait(&mut self.court(scene, now)) {
                lose_beat(&mut reader, scene.truth, now + self.late, &mut self.lost);
                continue;
            }
            if reader.due > now {
                self.look(reader.live, scene, now);
                self.readers[at] = Some(reader);
                continue;
            }
            if reader.socket.is_some() {
                scene.pushed.cut += 1;
                let gone = Duration::from_secs_f64(LONGEST_CUT * self.rng.f64());
                reader.cut(now, now + gone);
                lose_beat(&mut reader, scene.truth, now + self.late, &mut self.lost);
                self.readers[at] = Some(reader);
            } else if !scene.truth.has_gone(reader.live, reader.who) {
                self.open(at, reader, scene)?;
            }
        }
        Ok(())
    }

    fn look(&mut self, live: usize, scene: &mut Scene<'_>, now: At) {
        let spread = EVERY * (live % 16) as u32 / 16;
        let (due, _) = self.looks.entry(live).or_insert((now + spread, None));
        if *due <= now && !scene.truth.is_ending(live) {
            *due = At::MAX;
            self.ask(live, scene, now);
        }
    }

    fn ask(&self, live: usize, scene: &mut Scene<'_>, now: At) {
        let room = scene.truth.lives[live].number;
        let request = bare(Command::Room, &self.token, room);
        scene.net.send(Sender::Examiner(live), request, now);
    }

    /// A room was looked at. If it is the same when it is looked at again, its figures are those of its
    /// position, and readers who are there have to know the same.
    pub(crate) fn answered(&mut self, live: usize, answer: &Answer, scene: &mut Scene<'_>) {
        let look = Look::of(answer);
        let first = self.looks.remove(&live).and_then(|(_, first)| first);
        let Some(look) = look else {
            if !scene.truth.is_ending(live) {
                let (room, now) = (scene.truth.lives[live].number, time(answer.now));
                let tell = || format!("GET of room {room} at {now} tells no room");
                scene.ledger.broken(Promise::Answers, tell);
            }
            return;
        };
        let Some(first) = first else {
            self.looks.insert(live, (At::MAX, Some(look)));
            self.ask(live, scene, answer.now);
            return;
        };
        self.looks.insert(live, (answer.now + EVERY, None));
        let exact = (first.position == look.position).then_some(first.counts);
        let mut readers = std::mem::take(&mut self.readers);
        let mut court = self.court(scene, answer.now);
        let certain = Certain::new(court.truth, court.ids, live, look.asked, answer.now);
        for reader in readers
            .iter_mut()
            .flatten()
            .filter(|reader| reader.live == live)
        {
            reader.examine(&certain, &look, exact, &mut court);
        }
        self.readers = readers;
    }

    /// Reads the sockets with these numbers.
    pub(crate) fn listen(&mut self, stirred: &[usize], scene: &mut Scene<'_>) {
        let mut heard = Vec::new();
        for at in stirred {
            let Some(mut reader) = self.readers.get_mut(*at).and_then(Option::take) else {
                continue;
            };
            let exchanged = reader.exchange(&mut heard);
            let now = scene.net.now();
            let mut bye = None;
            for heard in heard.drain(..) {
                bye = bye.or(self.hear(&mut reader, heard, scene, now));
            }
            if let Err(cause) = exchanged {
                bye = bye.or(Some(Bye::Refused(cause.to_string())));
            }
            match bye {
                None => self.readers[*at] = Some(reader),
                Some(bye) => {
                    reader.end(&bye, &mut self.court(scene, now));
                    lose_beat(&mut reader, scene.truth, now + self.late, &mut self.lost);
                }
            }
        }
    }

    fn hear(
        &mut self,
        reader: &mut Reader,
        heard: Heard,
        scene: &mut Scene<'_>,
        now: At,
    ) -> Option<Bye> {
        let (who, live) = (reader.who, reader.live);
        let text = match heard {
            Heard::Text(text) => text,
            Heard::Ping => {
                scene.truth.may_be_heard(who, live, now + self.late);
                return None;
            }
            Heard::Open => {
                scene.truth.may_be_heard(who, live, now + self.late);
                reader.say(&reader.greeting());
                return None;
            }
            Heard::Close(code) => return Some(Bye::Refused(format!("closed with {code}"))),
        };
        let Some(frame) = self.parse(live, text) else {
            let id = &reader.id;
            let tell = || format!("push tells {id} at {} what zaibo would not", time(now));
            scene.ledger.broken(Promise::Answers, tell);
            return None;
        };
        match &*frame {
            Frame::Bye { code, reason } => return Some(Bye::Said(*code, reason.clone())),
            Frame::Answer { id, problem } => {
                let beat = reader.beat.take_if(|(known, _)| Some(*known) == *id);
                let answer =
                    beat.map(|(_, sent)| Answer::to_beat(who, problem.as_ref(), sent, now));
                self.answers.extend(answer);
            }
            frame => reader.take(frame, &mut self.court(scene, now)),
        }
        None
    }

    fn parse(&mut self, live: usize, text: Vec<u8>) -> Option<Rc<Frame>> {
        if let Some((_, frame)) = self.latest.get(&live).filter(|(known, _)| *known == text) {
            return Some(Rc::clone(frame));
        }
        let frame = Rc::new(Frame::parse(&text)?);
        self.latest.insert(live, (text, Rc::clone(&frame)));
        Some(frame)
    }

    fn court<'c>(&'c self, scene: &'c mut Scene<'_>, now: At) -> Court<'c> {
        Court {
            truth: &*scene.truth,
            deeds: &self.deeds,
            ids: &self.ids,
            late: self.late,
            now,
            ledger: scene.ledger,
            pushed: scene.pushed,
        }
    }
}

/// The socket of a reader is gone: what they said last may be heard until then, and gets no answer.
fn lose_beat(reader: &mut Reader, truth: &mut Truth, until: At, lost: &mut Vec<usize>) {
    truth.may_be_heard(reader.who, reader.live, until);
    if reader.beat.take().is_some() {
        truth.unanswered(reader.who);
        lost.push(reader.who);
    }
}
