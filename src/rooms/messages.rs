//! Questions to actors: each question carries the channel for its answer.
//!
//! `Addr::send` waits while a mailbox is full. Callers of zaibo get an error at once instead, so
//! all questions go through [`ask`]. There are three outcomes: answered, full, crashed.

use actix::dev::ToEnvelope;
use actix::prelude::SendError as NotSent;
use actix::{Actor, Addr, Context, Handler, Message};
use tokio::sync::oneshot;

/// A question that an actor of type `K` answers.
pub(super) trait Ask<K: Actor>: Send + 'static {
    type Answer: Send + 'static;

    fn answer(self, actor: &mut K, ctx: &mut K::Context) -> Self::Answer;
}

/// A question together with the channel for its answer.
pub(super) struct Asked<Q, A> {
    pub(super) question: Q,
    pub(super) reply: oneshot::Sender<A>,
}

impl<Q, A> Message for Asked<Q, A> {
    type Result = ();
}

/// Why a question got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendError {
    /// The mailbox is full; the question was not sent.
    Full,
    /// The actor is gone; perhaps this very question crashed it.
    Crashed,
}

/// Sends a question, and returns the receiver of its answer.
///
/// Callers drop the address before they await the answer. A question that enters the mailbox while
/// the actor ends is dropped, and its receiver notified, only after the last address is dropped.
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
