//! What goes on beside the requests: facts that nobody waits for are put on record, and what the
//! cloud told of rooms that have appeared since takes effect.

use std::time::Duration;

use actix_web::web::Data;

use crate::error::Error;
use crate::http::{Services, tell};
use crate::log::Figures;

/// How often ends that came by silence are recorded, and the inbox is looked at.
const BEAT: Duration = Duration::from_secs(1);

/// Every so many beats: figures of open lives; uses of tokens; tokens that are too old.
const PROGRESS: u64 = 5;
const SESSIONS: u64 = 60;
const STALE: u64 = 60 * 60;

/// Requests that are none are told of every so many beats at the most.
const MALFORMED: u64 = 60;

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

/// Shows among the metrics what is counted of the log, and tells of it in the log now and then, until
/// it is dropped.
pub async fn report(log: Figures, services: Data<Services>) {
    let (mut malformed, mut dropped) = (0, 0);
    let (mut unreported, mut missing) = (0, 0);
    let mut quiet = 0;
    loop {
        let new = log.malformed() - malformed;
        malformed += new;
        unreported += new;
        services.metrics.malformed(new);
        if unreported > 0 && quiet == 0 {
            tracing::warn!(requests = unreported, "requests came that are no HTTP");
            (unreported, quiet) = (0, MALFORMED);
        }
        quiet = quiet.saturating_sub(1);
        let new = log.dropped() - dropped;
        dropped += new;
        missing += new;
        services.metrics.lines_dropped(new);
        // When nothing more is dropped: somebody reads the log again.
        if missing > 0 && new == 0 {
            tracing::warn!(
                lines = missing,
                "lines of the log are missing: nobody read it"
            );
            missing = 0;
        }
        tokio::time::sleep(BEAT).await;
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
    for consequence in services.store.settle(services.clock.unix()).await? {
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
