//! An import: what comes from another server while nobody is served. These methods block, and wait as
//! long as the database takes: an import has no clients, and must know what became of each write.

use std::collections::HashSet;

use crate::domain::{RoomNum, Uid};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::imported::{
    Imported, ImportedAccount, ImportedRecording, ImportedRoom, ImportedSession,
};

impl Store {
    /// Those of these users that have an account.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn known_accounts(&self, users: Vec<Uid>) -> Result<HashSet<String>, Error> {
        on_engine_now!(self.read_now(import::known_accounts(&users)))
    }

    /// Adds accounts that are not here.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn import_accounts(&self, rows: Vec<ImportedAccount>) -> Result<(), Error> {
        on_engine_now!(self.write_now(import::add_accounts(&rows)))
    }

    /// Adds sessions of those users who have not logged in here, and ends their imported sessions that
    /// are not among them. Returns how many are new.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn import_sessions(
        &self,
        users: Vec<Uid>,
        rows: Vec<ImportedSession>,
    ) -> Result<usize, Error> {
        on_engine_now!(self.write_now(import::add_sessions(&users, &rows)))
    }

    /// Adds rooms, and begins or ends imported lives that nobody was in here. What became of each room
    /// is returned in the same order.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn import_rooms(&self, rows: Vec<ImportedRoom>) -> Result<Vec<Imported>, Error> {
        on_engine_now!(self.write_now(import::add_rooms(&rows)))
    }

    /// Adds recordings. Returns how many are new.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn import_recordings(&self, rows: Vec<ImportedRecording>) -> Result<usize, Error> {
        on_engine_now!(self.write_now(import::add_recordings(&rows)))
    }

    /// Gives no new room a number up to `last`, from now on. Without any account there is nothing to
    /// do: no room was imported either.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub fn reserve_numbers(&self, last: RoomNum) -> Result<(), Error> {
        on_engine_now!(self.write_now(import::reserve_numbers(last)))
    }
}
