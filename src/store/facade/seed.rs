//! Fills a new database with people and open lives for measurements.

use crate::clock::Clock;
use crate::database_url::Opening;
use crate::domain::RoomNum;
use crate::error::{Error, Fault};
use crate::store::facade::Store;
use crate::store::outcomes::Person;
use crate::store::piece::PIECE;

/// The number of the first room that a server gives out.
const FIRST_ROOM: i64 = 10001;

impl Store {
    /// Creates a database with these people, all with the same password. Each of the first `hosts`
    /// hosts an open live; the rooms are numbered in the same order. Blocks.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn seed(
        opening: &Opening,
        people: Vec<Person>,
        hosts: usize,
        password_hash: &str,
        clock: Clock,
    ) -> Result<(), Fault> {
        let store = Self::open(opening, clock)?;
        let seeded = store.insert_people(people, hosts, password_hash, clock);
        seeded.map_err(|error| error.into_fault("seeding a database"))
    }

    fn insert_people(
        &self,
        mut people: Vec<Person>,
        hosts: usize,
        password_hash: &str,
        clock: Clock,
    ) -> Result<(), Error> {
        let now = clock.unix();
        let mut first = 0;
        while !people.is_empty() {
            let rest = people.split_off(people.len().min(PIECE));
            let piece = std::mem::replace(&mut people, rest);
            let begun = first;
            first += piece.len();
            let mut lives = Vec::new();
            for (at, person) in piece.iter().enumerate().take(hosts.saturating_sub(begun)) {
                lives.push((Self::seeded_room(begun + at)?, person.uid.clone()));
            }
            let hash = password_hash.to_owned();
            on_engine_now!(self.write_now(seed::insert(&piece, &lives, &hash, now)))?;
        }
        Ok(())
    }

    /// The number of the room that the person at index `at` hosts in a seeded database.
    ///
    /// # Errors
    /// If there are not enough room numbers.
    pub fn seeded_room(at: usize) -> Result<RoomNum, Fault> {
        let number = i64::try_from(at)
            .ok()
            .and_then(|at| RoomNum::new(FIRST_ROOM + at));
        number.ok_or_else(|| Fault::new("seeding a database", "too many rooms"))
    }
}
