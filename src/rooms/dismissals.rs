//! Dismissals in the cloud: from the record to the room, and what the room decided back to the record.

use std::sync::PoisonError;
use std::time::Duration;

use actix::{Context, Handler, Message};

use super::actor::RoomActor;
use super::handle::RoomsHandle;
use super::messages::Ask;
use super::supervisor::RoomSupervisor;
use crate::domain::{Dismissal, EndReason, LiveId, Refusal, RoomNum, UnixTime};

impl RoomsHandle {
    /// How long hosts may take to refute a dismissal.
    pub fn dismissal_grace(&self) -> Duration {
        self.dismissal_grace
    }

    /// Tells a room that the cloud dismissed it. Nothing happens if it is not open.
    pub(super) async fn dismiss(
        &self,
        number: RoomNum,
        dismissed: Dismissed,
    ) -> Result<(), Refusal> {
        match self.ask(number, dismissed).await {
            Ok(()) | Err(Refusal::NoSuchRoom) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Takes the numbers of the dismissals that hosts have refuted, to be put on record.
    pub fn take_refuted(&self) -> Vec<i64> {
        let mut refuted = self
            .directory
            .refuted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *refuted)
    }

    /// Puts back what could not be recorded.
    pub fn put_back_refuted(&self, events: Vec<i64>) {
        self.directory.refute(events);
    }
}

/// The cloud dismissed its room. Sent by the handle.
#[derive(Clone)]
pub(super) struct Dismissed {
    pub(super) live: LiveId,
    pub(super) event: i64,
    pub(super) at: UnixTime,
    /// What the host did between the event and now is not known.
    pub(super) again: bool,
}

impl Ask<RoomActor> for Dismissed {
    type Answer = ();

    fn answer(self, actor: &mut RoomActor, _ctx: &mut Context<RoomActor>) {
        if actor.summary.live != self.live {
            return;
        }
        let unix_ms = self.at.as_secs().saturating_mul(1000);
        let happened = (!self.again).then(|| actor.clock.moment_of(unix_ms));
        let now = actor.clock.now();
        if !actor
            .room
            .hear_dismissal(self.event, self.at, happened, now)
        {
            actor.directory.refute([self.event]);
        }
    }
}

/// A room was dismissed in the cloud and its host did not speak. Sent by the room at each sweep
/// until it is closed.
#[derive(Clone, Copy, Message)]
#[rtype(result = "()")]
pub(super) struct HostGaveUp {
    pub(super) live: LiveId,
    pub(super) number: RoomNum,
    pub(super) dismissal: Dismissal,
}

impl Handler<HostGaveUp> for RoomSupervisor {
    type Result = ();

    fn handle(&mut self, over: HostGaveUp, _ctx: &mut Self::Context) {
        // The host may have gone live again while this notice was on its way.
        let spoke = self.host_spoke(over.number);
        if spoke.is_some_and(|spoke| spoke <= over.dismissal.told) {
            let at = over.dismissal.at.min(self.now());
            self.end(over.live, over.number, EndReason::Dismissed, at);
        }
    }
}
