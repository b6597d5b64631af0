//! Accounts: the registered users and the hashes of their passwords.

use diesel::prelude::*;

use crate::domain::{Refusal, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::schema::accounts;
use crate::store::sqlite::errors::is_unique_violation;

impl Store {
    /// Registers a user.
    ///
    /// # Errors
    /// [`Refusal::UserExists`] if the id is taken.
    pub async fn register(
        &self,
        uid: &Uid,
        password_hash: String,
        now: UnixTime,
    ) -> Result<(), Error> {
        let uid = uid.clone();
        self.write(move |conn| {
            let account = (
                accounts::uid.eq(uid.as_str()),
                accounts::password_hash.eq(&password_hash),
                accounts::created_at.eq(now.as_secs()),
            );
            match diesel::insert_into(accounts::table)
                .values(account)
                .execute(conn)
            {
                Ok(_) => Ok(()),
                Err(cause) if is_unique_violation(&cause) => Err(Refusal::UserExists.into()),
                Err(cause) => Err(cause.into()),
            }
        })
        .await
    }

    /// The hash of a user's password; `None` if the id is not registered.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn password_hash(&self, uid: &Uid) -> Result<Option<String>, Error> {
        let uid = uid.clone();
        self.read(move |conn| {
            let account = accounts::table
                .find(uid.as_str())
                .select(accounts::password_hash);
            Ok(account.first(conn).optional()?)
        })
        .await
    }
}
