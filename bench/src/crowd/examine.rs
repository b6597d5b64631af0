//! Compares what push told of a room with what is certain, and with the room that `GET` tells.

use std::collections::HashMap;

use super::fold::{Counts, Position, State, position};
use super::net::Answer;
use super::truth::{At, Expected, Truth};
use super::watch::{reason, time};
use super::wire;

/// A room as `GET` told it.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) position: Position,
    /// As new as the position, or newer.
    pub(crate) counts: Counts,
    pub(crate) asked: At,
    pub(crate) answered: At,
}

impl Look {
    /// `None` if the answer is no room.
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        let room = answer.said().filter(|said| said.code == 0)?.into_data();
        Some(Self {
            position: position(&room)?,
            counts: Counts {
                members: room["members"].as_u64()?,
                likes: room["likes"].as_u64()?,
            },
            asked: answer.sent,
            answered: answer.now,
        })
    }
}

/// What is certain of a live in a span of time.
pub(crate) struct Certain<'t> {
    truth: &'t Truth,
    ids: &'t str,
    live: usize,
    asked: At,
    now: At,
    people: HashMap<usize, Expected>,
    counts: [(u64, u64); 2],
}

impl<'t> Certain<'t> {
    pub(crate) fn new(truth: &'t Truth, ids: &'t str, live: usize, asked: At, now: At) -> Self {
        let people = truth.members(live).iter();
        let expect = |who: &usize| (*who, truth.expect(live, *who, asked, now));
        Self {
            truth,
            ids,
            live,
            asked,
            now,
            people: people.map(expect).collect(),
            counts: truth.counts(live, asked, now),
        }
    }

    /// What is wrong with a state that was true at some moment within that time.
    pub(crate) fn objection(&self, state: &State) -> Option<String> {
        let Counts { members, likes } = state.counts;
        let counts = [("members", members), ("likes", likes)].into_iter();
        for ((what, said), (least, most)) in counts.zip(self.counts) {
            if !(least..=most).contains(&said) {
                return Some(format!("has {said} {what}, not {least} to {most}"));
            }
        }
        if state.is_complete && state.rows.len() as u64 != members {
            let rows = state.rows.len();
            return Some(format!("lists {rows} people, but has {members} members"));
        }
        let strange = state.rows.iter().find_map(|(id, role)| {
            let who = wire::person(self.ids, id)?;
            let absent = match self.people.get(&who) {
                Some(Expected::Absent(why)) => Some(reason(*why)),
                Some(Expected::Listed | Expected::Unknown) => None,
                None => Some("who never entered".to_owned()),
            };
            let may_be = || {
                self.truth
                    .may_have_role(self.live, who, role.number(), self.asked)
            };
            match absent {
                Some(why) => Some(format!("lists {id}, {why}")),
                None if !may_be() => Some(format!("lists {id} as {role:?}")),
                None => None,
            }
        });
        strange.or_else(|| self.missing(state))
    }

    fn missing(&self, state: &State) -> Option<String> {
        let expected = self.people.iter().filter(|(who, expected)| {
            let is_named = state.is_complete || **who == self.truth.lives[self.live].host;
            is_named && **expected == Expected::Listed
        });
        let mut missing = expected.filter(|(who, _)| {
            let id = wire::id(self.ids, **who);
            !state.rows.contains_key(&id)
        });
        let (who, _) = missing.next()?;
        let silence = time(self.truth.silence(*who, self.now));
        let id = wire::id(self.ids, *who);
        Some(format!(
            "does not list {id}, whose last sign of life was {silence} before"
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::crowd::fold::Role;
    use crate::crowd::truth::Limits;

    const fn s(seconds: u64) -> At {
        Duration::from_secs(seconds)
    }

    /// Person 0 hosts, person 1 watches, both since second 2.
    fn truth() -> Truth {
        let limits = Limits {
            member_timeout: s(35),
            host_timeout: s(90),
        };
        let mut truth = Truth::new(limits, 3);
        truth.created(0, 10001, s(1));
        truth.announced(0, s(1), s(2));
        truth.entering(1, 0, s(1));
        truth.entered(1, s(1), s(2));
        truth
    }

    fn state(rows: &[(&str, Role)], likes: u64) -> State {
        let rows: Vec<_> = rows
            .iter()
            .map(|(id, role)| ((*id).to_owned(), *role))
            .collect();
        State {
            counts: Counts {
                members: rows.len() as u64,
                likes,
            },
            is_complete: true,
            rows: rows.into_iter().collect(),
            ..State::default()
        }
    }

    #[test]
    fn each_wrong_row_and_each_wrong_count_is_found() {
        let truth = truth();
        let certain = Certain::new(&truth, "c-", 0, s(3), s(4));
        let (host, viewer) = (("c-000000", Role::Host), ("c-000001", Role::Viewer));
        let objection = |state: State| certain.objection(&state).unwrap_or_default();
        assert_eq!(objection(state(&[host, viewer], 0)), "");
        let likes = objection(state(&[host, viewer], 1));
        assert_eq!(likes, "has 1 likes, not 0 to 0");
        assert_eq!(objection(state(&[host], 0)), "has 1 members, not 2 to 2");
        let other = ("c-000002", Role::Viewer);
        let strange = objection(state(&[host, other], 0));
        assert_eq!(strange, "lists c-000002, who never entered");
        let linked = ("c-000001", Role::Linked);
        let role = objection(state(&[host, linked], 0));
        assert_eq!(role, "lists c-000001 as Linked");
        let mut short = state(&[host, viewer], 0);
        short.rows.remove("c-000001");
        assert_eq!(
            objection(short.clone()),
            "lists 1 people, but has 2 members"
        );
        short.is_complete = false;
        assert_eq!(objection(short), "", "a crowd lists no viewers");
        let nobody = State {
            rows: [
                ("else".to_owned(), Role::Host),
                ("c-000001".to_owned(), Role::Viewer),
            ]
            .into(),
            ..state(&[host, viewer], 0)
        };
        assert!(objection(nobody).starts_with("does not list c-000000"));
    }
}
