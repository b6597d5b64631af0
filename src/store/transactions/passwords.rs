//! A new password of a user. It ends their sessions in the same commit, so that nobody who has a token
//! of before acts any more.

use diesel::prelude::*;

use super::super::engine::{Conn, lock};
use super::accounts::password_hash;
use super::sessions::end_of;
use crate::domain::Uid;
use crate::error::Error;
use crate::store::lock_key::LockKey;
use crate::store::outcomes::TokenHash;
use crate::store::schema::accounts;

/// Replaces the hash `old` by that of another password, and ends every session of the user except that
/// of `keep`. Returns the hashes of those sessions; `None`, and nothing changes, if the hash is another
/// one by now.
pub(crate) fn change(
    conn: &mut Conn,
    uid: &Uid,
    old: &str,
    new: &str,
    keep: TokenHash,
) -> Result<Option<Vec<TokenHash>>, Error> {
    lock(conn, &[LockKey::User(uid)])?;
    let current = password_hash(conn, uid)?;
    // If this runs again after a commit of unknown outcome, the new hash is there already.
    if ![Some(old), Some(new)].contains(&current.as_deref()) {
        return Ok(None);
    }
    store(conn, uid, new)?;
    end_of(conn, uid, Some(keep)).map(Some)
}

/// Gives a user another password, whatever the one before was, and ends every session of theirs. False
/// if the id is not registered.
pub(crate) fn set(conn: &mut Conn, uid: &Uid, new: &str) -> Result<bool, Error> {
    lock(conn, &[LockKey::User(uid)])?;
    if password_hash(conn, uid)?.is_none() {
        return Ok(false);
    }
    store(conn, uid, new)?;
    end_of(conn, uid, None)?;
    Ok(true)
}

fn store(conn: &mut Conn, uid: &Uid, new: &str) -> QueryResult<()> {
    diesel::update(accounts::table.find(uid.as_str()))
        .set(accounts::password_hash.eq(new))
        .execute(conn)
        .map(|_| ())
}
