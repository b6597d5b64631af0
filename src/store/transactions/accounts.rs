//! Accounts: the registered users and the hashes of their passwords.

use diesel::prelude::*;

use super::super::engine::Conn;
use crate::domain::{Refusal, Uid, UnixTime};
use crate::error::Error;
use crate::store::errors::is_new;
use crate::store::schema::accounts;

/// Registers a user.
///
/// # Errors
/// [`Refusal::UserExists`] if the id is taken.
pub(crate) fn register(
    conn: &mut Conn,
    uid: &Uid,
    password_hash: &str,
    now: UnixTime,
) -> Result<(), Error> {
    let account = (
        accounts::uid.eq(uid.as_str()),
        accounts::password_hash.eq(password_hash),
        accounts::created_at.eq(now.as_secs()),
    );
    let inserted = diesel::insert_into(accounts::table)
        .values(account)
        .execute(conn);
    match is_new(inserted)? {
        Some(_) => Ok(()),
        None => Err(Refusal::UserExists.into()),
    }
}

/// Replaces the hash of a user's password by a new one of the same password, if it is still `old`.
pub(crate) fn renew_password_hash(
    conn: &mut Conn,
    uid: &Uid,
    old: &str,
    new: &str,
) -> Result<(), Error> {
    let account = accounts::table
        .find(uid.as_str())
        .filter(accounts::password_hash.eq(old));
    diesel::update(account)
        .set(accounts::password_hash.eq(new))
        .execute(conn)?;
    Ok(())
}

/// The hash of a user's password; `None` if the id is not registered.
pub(crate) fn password_hash(conn: &mut Conn, uid: &Uid) -> Result<Option<String>, Error> {
    let account = accounts::table
        .find(uid.as_str())
        .select(accounts::password_hash);
    Ok(account.first(conn).optional()?)
}

/// Those of these ids that are registered.
pub(crate) fn registered(conn: &mut Conn, uids: &[Uid]) -> Result<Vec<Uid>, Error> {
    let asked = uids.iter().map(Uid::as_str);
    let found: Vec<String> = accounts::table
        .filter(accounts::uid.eq_any(asked))
        .select(accounts::uid)
        .load(conn)?;
    Ok(found.iter().filter_map(|uid| Uid::parse(uid)).collect())
}
