//! Commit first, tell second, and do both to the end.
//!
//! A change that has to survive a restart is committed by the store before anything else learns of
//! it. Then the rooms are told, and the cache of sessions, and at last the caller is answered: an
//! answer of success means "committed". A use case that does so runs in [`finish`], because a caller
//! who hangs up in between would leave a record of which no room was told.
//!
//! Two changes of one room may be told in another order than they were committed. The rooms know
//! the later live by its larger [`LiveId`](crate::domain::LiveId).

use crate::error::{Error, Fault};

/// Does work to its end even if the caller hangs up: it commits something and then tells others.
///
/// # Errors
/// What the work gives; a [`Fault`] if it panics.
pub(super) async fn finish<T: 'static>(
    work: impl Future<Output = Result<T, Error>> + 'static,
) -> Result<T, Error> {
    let finished = actix::spawn(work).await;
    finished.map_err(|panic| Fault::new("finishing a change", panic))?
}
