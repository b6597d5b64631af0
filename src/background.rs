//! What goes on beside the requests: facts that nobody waits for are put on record, and what the
//! cloud told of rooms that have appeared since takes effect.

use std::time::Duration;

use actix_web::web::Data;

use crate::domain::UnixTime;
use crate::error::Error;
use crate::http::{Services, tell};

/// How often ends that came by silence are recorded, and the inbox is looked at.
const BEAT: Duration = Duration::from_secs(1);

/// How long after its grace a dismissal is told again: if it is not decided by then, its room did
/// not hear of it.
const UNHEARD_S: i64 = 60;

/// Every so many beats: figures of open lives; uses of tokens; tokens that are too old.
const PROGRESS: u64 = 5;
const SESSIONS: u64 = 60;
const STALE: u64 = 60 * 60;

/// Keeps the record up to date until it is dropped.
pub async fn keep(services: Data<Services>) {
    for beat in 1_u64.. {
        tokio::time::sleep(BEAT).await;
        record(&services, beat.is_multiple_of(PROGRESS)).await;
        noted(settle(&services).await, "settling the inbox");
        if beat.is_multiple_of(SESSIONS) {
            noted(
                services.sessions.write_back(false).await,
                "writing back uses of tokens",
            );
        }
        if beat.is_multiple_of(STALE) {
            noted(
                services.sessions.forget_stale().await,
                "forgetting old tokens",
            );
        }
    }
}

/// Puts everything on record: the server is about to stop.
pub async fn flush(services: &Services) {
    record(services, true).await;
    noted(
        services.sessions.write_back(true).await,
        "writing back uses of tokens",
    );
}

async fn settle(services: &Data<Services>) -> Result<(), Error> {
    // The ends of lives are on record by now, and by them it is seen what became of a dismissal.
    let refuted = services.rooms.take_refuted();
    let settled = services.store.settle_dismissals(refuted.clone()).await;
    if settled.is_err() {
        services.rooms.put_back_refuted(refuted);
    }
    settled?;
    let mut consequences = services.store.settle(services.clock.unix()).await?;
    let grace = i64::try_from(services.rooms.dismissal_grace().as_secs()).unwrap_or(i64::MAX);
    let since = services.clock.unix().as_secs() - UNHEARD_S;
    let unheard = UnixTime::from_secs(since.saturating_sub(grace));
    consequences.extend(services.store.pending_dismissals(unheard).await?);
    for consequence in consequences {
        tell(consequence, services).await;
    }
    Ok(())
}

async fn record(services: &Services, with_progress: bool) {
    let ended = services.rooms.take_ended();
    let progress = if with_progress {
        services.rooms.take_progress()
    } else {
        Vec::new()
    };
    if ended.is_empty() && progress.is_empty() {
        return;
    }
    let recorded = services.store.record(ended.clone(), progress.clone()).await;
    if recorded.is_err() {
        services.rooms.put_back(ended, &progress);
    }
    noted(recorded, "recording ends and figures of lives");
}

fn noted(outcome: Result<(), Error>, doing: &'static str) {
    match outcome {
        Ok(()) => {}
        Err(Error::Fault(cause)) => {
            tracing::error!(doing, %cause, "not recorded, tried again later")
        }
        Err(Error::Refused(refusal)) => {
            tracing::warn!(doing, ?refusal, "not recorded, tried again later")
        }
    }
}
