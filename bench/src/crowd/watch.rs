//! The watcher: a user in no room who asks for lists again and again, and compares them with what is
//! certain.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::command::Command;
use super::figures::Deeds;
use super::net::{Answer, Net, Sender};
use super::promises::{Ledger, Promise};
use super::truth::{At, Expected, Truth, Why};
use super::wire::{self, Listed, PAGE, Request, Said};

/// How often the members of each room are asked for, and the list of lives.
const EVERY: Duration = Duration::from_secs(2);
const LIVES_EVERY: Duration = Duration::from_secs(3);

/// Rows that two pages have in common. Members who leave between two questions move the others up;
/// as long as the pages overlap, nobody was passed over.
const OVERLAP: usize = 10;

/// How often an ended live is still asked for.
const AFTER_END: u32 = 2;

/// The list of lives follows its rooms within this time.
const COUNTING: Duration = Duration::from_secs(1);

/// The watcher.
pub(crate) struct Watch {
    token: String,
    ids: String,
    mic_seats: usize,
    questions: HashMap<usize, Question>,
    asked: usize,
    /// For each live: when it is asked for next, and how often after its end.
    due: Vec<(At, u32)>,
    lives_due: At,
}

/// A list that is being read, page by page.
struct Question {
    topic: Topic,
    asked: At,
    index: usize,
    members: HashMap<String, i64>,
    lives: BTreeMap<i64, Listed>,
    /// The last rows of the page before.
    tail: Vec<String>,
    linked: usize,
    is_torn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Members(usize),
    Lives,
}

/// What is compared, and where it is noted.
pub(crate) struct Record<'r> {
    pub(crate) truth: &'r mut Truth,
    pub(crate) ledger: &'r mut Ledger,
    pub(crate) deeds: &'r mut Deeds,
}

impl Watch {
    pub(crate) fn new(token: String, ids: &str, mic_seats: usize) -> Self {
        Self {
            token,
            ids: ids.to_owned(),
            mic_seats,
            questions: HashMap::new(),
            asked: 0,
            due: Vec::new(),
            lives_due: Duration::ZERO,
        }
    }

    /// Whether no question is open.
    pub(crate) fn is_idle(&self) -> bool {
        self.questions.is_empty()
    }

    /// Asks what is due.
    pub(crate) fn ask(&mut self, truth: &Truth, net: &mut Net, now: At) {
        for live in self.due.len()..truth.lives.len() {
            // Spread over time, so that the rooms are not all asked for at once.
            let share = (live % 16) as u32;
            self.due.push((now + EVERY * share / 16, 0));
        }
        for (live, (due, after_end)) in self.due.iter_mut().enumerate() {
            if *due > now || *after_end >= AFTER_END {
                continue;
            }
            *after_end += u32::from(truth.lives[live].ended.is_some());
            *due = At::MAX;
            let question = Question::new(Topic::Members(live), now);
            let at = self.asked;
            self.asked += 1;
            Self::send(&self.token, at, &question, truth, net, now);
            self.questions.insert(at, question);
        }
        if self.lives_due <= now {
            self.lives_due = At::MAX;
            let question = Question::new(Topic::Lives, now);
            Self::send(&self.token, self.asked, &question, truth, net, now);
            self.questions.insert(self.asked, question);
            self.asked += 1;
        }
    }

    /// Asks for everything once more.
    pub(crate) fn ask_all(&mut self, truth: &Truth, net: &mut Net, now: At) {
        self.due.fill((now, 0));
        self.lives_due = now;
        self.ask(truth, net, now);
    }

    fn send(token: &str, at: usize, question: &Question, truth: &Truth, net: &mut Net, now: At) {
        let (command, body) = match question.topic {
            Topic::Members(live) => {
                let number = truth.lives[live].number;
                let body = wire::members(token, number, question.index);
                (Command::Members, body)
            }
            Topic::Lives => (Command::Lives, wire::lives(token, question.index)),
        };
        net.send(Sender::Question(at), Request::old(command, &body), now);
    }

    /// Takes an answer: asks for the next page, or compares the whole list.
    pub(crate) fn answered(
        &mut self,
        at: usize,
        answer: &Answer,
        record: Record<'_>,
        net: &mut Net,
    ) {
        let Some(mut question) = self.questions.remove(&at) else {
            return;
        };
        let now = answer.now;
        match question.add(answer.said()) {
            Some(true) => {
                question.index += PAGE - OVERLAP;
                Self::send(&self.token, at, &question, record.truth, net, now);
                self.questions.insert(at, question);
                return;
            }
            Some(false) => match question.topic {
                Topic::Members(live) => self.compare_members(live, &question, now, record),
                Topic::Lives => compare_lives(&question, now, record),
            },
            None => {
                let body = &answer.body[..answer.body.len().min(80)];
                let name = answer.command.name();
                let shown = String::from_utf8_lossy(body).into_owned();
                let tell = || format!("{name} at {}: {shown}", time(now));
                record.ledger.broken(Promise::Answers, tell);
            }
        }
        match question.topic {
            Topic::Members(live) => self.due[live].0 = now + EVERY,
            Topic::Lives => self.lives_due = now + LIVES_EVERY,
        }
    }

    fn compare_members(&self, live: usize, question: &Question, now: At, record: Record<'_>) {
        let Record {
            truth,
            ledger,
            deeds,
        } = record;
        let (number, asked) = (truth.lives[live].number, question.asked);
        deeds.lists += 1;
        deeds.torn_lists += u64::from(question.is_torn);
        deeds.most_on_mic = deeds.most_on_mic.max(question.linked);
        let room = format!("room {number} at {}", time(now));
        let mut listed = vec![];
        for (id, role) in &question.members {
            let Some(who) = wire::person(&self.ids, id) else {
                continue;
            };
            listed.push(who);
            let expected = truth.expect(live, who, asked, now);
            if let Expected::Absent(why) = expected {
                if truth.count_once(live, who) {
                    let why = reason(why);
                    ledger.broken(Promise::Ghosts, || format!("{room} lists {id}, {why}"));
                }
                continue;
            }
            if !truth.may_have_role(live, who, *role, asked) {
                ledger.broken(Promise::Roles, || {
                    format!("{room} lists {id} with role {role}")
                });
            }
        }
        if question.linked > self.mic_seats {
            let linked = question.linked;
            ledger.broken(Promise::Roles, || {
                format!("{room} has {linked} people on mic")
            });
        }
        if question.is_torn {
            return;
        }
        listed.sort_unstable();
        for who in truth.members(live).to_vec() {
            let is_missing = listed.binary_search(&who).is_err();
            // Who goes on mic moves to the first page, which may have been read already.
            let may_have_moved = question.index > 0 && truth.may_have_role(live, who, 2, asked);
            let expected = truth.expect(live, who, asked, now);
            let is_wrong = is_missing && !may_have_moved && expected == Expected::Listed;
            if is_wrong && truth.count_once(live, who) {
                let id = wire::id(&self.ids, who);
                let silence = time(truth.silence(who, now));
                ledger.broken(Promise::FalseLeaves, || {
                    format!(
                        "{room} does not list {id}, whose last sign of life was {silence} before"
                    )
                });
            }
        }
    }
}

/// Compares the list of lives, with the figures in it.
fn compare_lives(question: &Question, now: At, record: Record<'_>) {
    let Record {
        truth,
        ledger,
        deeds,
    } = record;
    deeds.lists += 1;
    deeds.torn_lists += u64::from(question.is_torn);
    let asked = question.asked.saturating_sub(COUNTING);
    let at = time(now);
    for (live, known) in truth.lives.iter().enumerate() {
        let number = known.number;
        let row = question.lives.get(&number);
        match (truth.expect_live(live, question.asked, now), row) {
            (Expected::Absent(why), Some(_)) => {
                let why = reason(why);
                ledger.broken(Promise::Lives, || {
                    format!("at {at} it has room {number}, {why}")
                });
            }
            (Expected::Listed, None) if !question.is_torn => {
                ledger.broken(Promise::Lives, || {
                    format!("at {at} it does not have room {number}")
                });
            }
            (Expected::Listed, Some(row)) => {
                let [members, likes] = truth.counts(live, asked, now);
                let figures = [
                    (Promise::Counts, "members", row.members, members),
                    (Promise::Likes, "likes", row.likes, likes),
                ];
                for (promise, what, said, (least, most)) in figures {
                    if !(least..=most).contains(&said) {
                        ledger.broken(promise, || {
                            format!(
                                "room {number} at {at} has {said} {what}, not {least} to {most}"
                            )
                        });
                    }
                }
            }
            _ => {}
        }
    }
}

impl Question {
    fn new(topic: Topic, asked: At) -> Self {
        Self {
            topic,
            asked,
            index: 0,
            members: HashMap::new(),
            lives: BTreeMap::new(),
            tail: Vec::new(),
            linked: 0,
            is_torn: false,
        }
    }

    /// Adds a page. Whether there is another one; `None` if this is no page.
    fn add(&mut self, said: Option<Said>) -> Option<bool> {
        let said = said.filter(|said| said.code == 0)?;
        let (total, names) = match self.topic {
            Topic::Members(_) => {
                let (total, rows) = said.members()?;
                // Those on mic come first, and are on the first page.
                if self.index == 0 {
                    self.linked = rows.iter().filter(|(_, role)| *role == 2).count();
                }
                let names = rows.iter().map(|(id, _)| (*id).to_owned()).collect();
                let rows = rows.into_iter().map(|(id, role)| (id.to_owned(), role));
                self.members.extend(rows);
                (total, names)
            }
            Topic::Lives => {
                let (total, rows) = said.lives()?;
                let names: Vec<_> = rows.iter().map(|row| row.number.to_string()).collect();
                self.lives
                    .extend(rows.into_iter().map(|row| (row.number, row)));
                (total, names)
            }
        };
        let overlaps = names.iter().any(|name| self.tail.contains(name));
        self.is_torn |= self.index > 0 && !overlaps;
        let is_more = !names.is_empty() && ((self.index + names.len()) as u64) < total;
        self.tail = names[names.len().saturating_sub(OVERLAP)..].to_vec();
        Some(is_more)
    }
}

/// Why a person, or a live, should not be listed.
pub(crate) fn reason(why: Why) -> String {
    match why {
        Why::Elsewhere => "who is not there".to_owned(),
        Why::Left(at) => format!("who left at {}", time(at)),
        Why::Silent(at) => format!("whose last sign of life was at {}", time(at)),
        Why::Ended(at) => format!("but the live ended at {}", time(at)),
    }
}

/// A time in seconds.
pub(crate) fn time(at: At) -> String {
    format!("{:.1} s", at.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total: usize, rows: std::ops::Range<usize>) -> Option<Said> {
        let rows: Vec<_> = rows
            .map(|who| format!(r#"{{"id":"u{who}","role":0}}"#))
            .collect();
        let list = rows.join(",");
        let data = format!(r#"{{"total":{total},"idlist":[{list}]}}"#);
        said(&format!(
            r#"{{"errorCode":0,"errorInfo":"","data":{data}}}"#
        ))
    }

    fn said(body: &str) -> Option<Said> {
        Said::parse(Command::Members, 200, body.as_bytes())
    }

    #[test]
    fn a_list_is_torn_if_more_rows_moved_up_than_its_pages_have_in_common() {
        for (moved, is_torn) in [(0, false), (9, false), (10, true)] {
            let mut question = Question::new(Topic::Members(0), Duration::ZERO);
            assert_eq!(question.add(page(70, 0..50)), Some(true));
            question.index += PAGE - OVERLAP;
            assert_eq!(question.add(page(70 - moved, 40 + moved..70)), Some(false));
            assert_eq!(question.is_torn, is_torn, "{moved}");
        }
        let mut question = Question::new(Topic::Members(0), Duration::ZERO);
        assert_eq!(
            question.add(said(r#"{"errorCode":90001,"errorInfo":"busy"}"#)),
            None
        );
    }
}
