//! The order of a change: commit it, then notify the others, and finish both.
//!
//! A change that has to survive a restart is committed by the store before any other part learns of
//! it. Then the rooms and the session cache are notified, and the caller is answered last: an
//! answer of success means "committed". Such a use case runs in [`finish`]. Without it, a caller
//! who hangs up halfway would leave a committed change that no room knows of.
//!
//! Two changes of one room may reach it in another order than they were committed. The room
//! recognizes the later live by its larger [`LiveId`](crate::domain::LiveId).

use crate::error::Fault;

/// Runs `work`, which commits a change and notifies others of it, to its end, even if the caller
/// hangs up.
///
/// # Errors
/// The error of `work`; a [`Fault`] if `work` panics.
pub async fn finish<T: 'static, E: From<Fault> + 'static>(
    work: impl Future<Output = Result<T, E>> + 'static,
) -> Result<T, E> {
    let finished = actix::spawn(work).await;
    finished.map_err(|panic| Fault::new("finishing a change", panic))?
}
