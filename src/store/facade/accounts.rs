//! Accounts: the registered users and the hashes of their passwords.

use crate::domain::{Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::outcomes::TokenHash;

impl Store {
    /// Registers a user.
    ///
    /// # Errors
    /// [`Refusal::UserExists`](crate::domain::Refusal::UserExists) if the id is taken.
    pub async fn register(
        &self,
        uid: &Uid,
        password_hash: String,
        now: UnixTime,
    ) -> Result<(), Error> {
        let uid = uid.clone();
        on_engine!(self.write(accounts::register(&uid, &password_hash, now)))
    }

    /// Replaces the hash of a user's password by a new one of the same password, if it is still `old`.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn renew_password_hash(
        &self,
        uid: &Uid,
        old: String,
        new: String,
    ) -> Result<(), Error> {
        let uid = uid.clone();
        on_engine!(self.write(accounts::renew_password_hash(&uid, &old, &new)))
    }

    /// Replaces the hash `old` by that of another password, and ends every session of the user except
    /// that of `keep`. Returns the hashes of those sessions; `None` if the hash is another one by now.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn change_password(
        &self,
        uid: &Uid,
        old: String,
        new: String,
        keep: TokenHash,
    ) -> Result<Option<Vec<TokenHash>>, Error> {
        let uid = uid.clone();
        on_engine!(self.write(passwords::change(&uid, &old, &new, keep)))
    }

    /// Those of these ids that are registered, at most [`PIECE`](crate::store::PIECE) of them.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn registered(&self, uids: Vec<Uid>) -> Result<Vec<Uid>, Error> {
        on_engine!(self.read(accounts::registered(&uids)))
    }

    /// The hash of a user's password; `None` if the id is not registered.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn password_hash(&self, uid: &Uid) -> Result<Option<String>, Error> {
        let uid = uid.clone();
        on_engine!(self.read(accounts::password_hash(&uid)))
    }
}
