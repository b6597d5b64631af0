//! How actors are asked: a question travels with the way back for its answer, or not at all.
//!
//! `Addr::send` waits in line while a mailbox is full. A caller of zaibo is told at once instead,
//! so questions go through [`ask`], and there are three outcomes: answered, full, crashed.

use actix::dev::ToEnvelope;
use actix::prelude::SendError as NotSent;
use actix::{Actor, Addr, Context, Handler, Message};
use tokio::sync::oneshot;

/// Something an actor of kind `K` can be asked.
pub(super) trait Ask<K: Actor>: Send + 'static {
    type Answer: Send + 'static;

    fn answer(self, actor: &mut K, ctx: &mut K::Context) -> Self::Answer;
}

/// A question on its way.
pub(super) struct Asked<Q, A> {
    pub(super) question: Q,
    pub(super) reply: oneshot::Sender<A>,
}

impl<Q, A> Message for Asked<Q, A> {
    type Result = ();
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendError {
    /// The mailbox is full; the question was not taken.
    Full,
    /// The actor is gone, perhaps because of this very question.
    Crashed,
}

/// Asks a question, and gives what its answer will come through.
///
/// The answer is awaited without a hold on the address: a question that slips into a mailbox while
/// its actor ends is dropped, and its asker told so, only when nobody holds the address any more.
pub(super) fn ask<K, Q>(
    actor: &Addr<K>,
    question: Q,
) -> Result<oneshot::Receiver<Q::Answer>, SendError>
where
    Q: Ask<K>,
    K: Actor<Context = Context<K>> + Handler<Asked<Q, Q::Answer>>,
    K::Context: ToEnvelope<K, Asked<Q, Q::Answer>>,
{
    let (reply, answer) = oneshot::channel();
    match actor.try_send(Asked { question, reply }) {
        Ok(()) => Ok(answer),
        Err(NotSent::Full(_)) => Err(SendError::Full),
        Err(NotSent::Closed(_)) => Err(SendError::Crashed),
    }
}
