//! What goes on beside the requests: facts that nobody waits for are put on record, and what the
//! cloud told of rooms that have appeared since takes effect.

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use actix_web::web::Data;
use tokio::sync::Notify;

use crate::domain::{Moment, UnixTime};
use crate::error::{Error, Fault};
use crate::http::{Services, tell};
use crate::log::Figures;
use crate::store::{PIECE, Store};

/// How often ends that came by silence are recorded, and the inbox is looked at.
const BEAT: Duration = Duration::from_secs(1);

/// How long after its grace a dismissal is told again: if it is not decided by then, its room did
/// not hear of it.
const UNHEARD_S: i64 = 60;

/// Every so many beats: figures of open lives; uses of tokens; tokens that are too old.
const PROGRESS: u64 = 5;
const SESSIONS: u64 = 60;
const STALE: u64 = 60 * 60;

/// Requests that are none are told of every so many beats at the most.
const MALFORMED: u64 = 60;

/// The longest pause of a chore that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often the record is tried at the end, and the pause between.
const LAST_TRIES: u32 = 5;
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// Keeps the record up to date until it is told to stop. What it has begun it finishes then. A panic
/// must not end it for good, unseen by anybody.
pub async fn keep(services: Data<Services>, stop: Arc<Notify>) {
    while let Err(panic) = rt::spawn(work(services.clone(), Arc::clone(&stop))).await {
        tracing::error!(%panic, "background work panicked and begins anew");
        services.metrics.background_failed("all of it");
        tokio::time::sleep(BEAT).await;
    }
}

async fn work(services: Data<Services>, stop: Arc<Notify>) {
    let mut recording = Chore::new("recording ends and figures of lives");
    let mut settling = Chore::new("settling the inbox");
    let mut sessions = Chore::new("writing back uses of tokens");
    let mut forgetting = Chore::new("forgetting old tokens");
    for beat in 1_u64.. {
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = stop.notified() => return,
        }
        let now = services.clock.now();
        if recording.is_due(now) {
            // What could not be put on record is part of the next try, so that it tells.
            let with_progress = beat.is_multiple_of(PROGRESS) || recording.failures > 0;
            let done = record(&services, with_progress).await;
            recording.note(done, now, &services);
        }
        if settling.is_due(now) {
            settling.note(settle(&services).await, now, &services);
        }
        if beat.is_multiple_of(SESSIONS) && sessions.is_due(now) {
            let done = services.sessions.write_back(false).await;
            sessions.note(done, now, &services);
        }
        if beat.is_multiple_of(STALE) && forgetting.is_due(now) {
            let done = services.sessions.forget_stale().await;
            forgetting.note(done, now, &services);
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
///
/// # Errors
/// What is not on record, after some tries.
pub async fn flush(services: &Services) -> Result<(), Fault> {
    let mut tries = 1;
    loop {
        let Err(cause) = flush_once(services).await else {
            return Ok(());
        };
        if tries == LAST_TRIES {
            return Err(Fault::new("putting the last facts on record", cause));
        }
        tries += 1;
        tokio::time::sleep(LAST_PAUSE).await;
    }
}

/// Also asks whether the record itself is still there: what went into a deleted file is lost.
async fn flush_once(services: &Services) -> Result<(), Fault> {
    let doing = "waiting for the store";
    record(services, true)
        .await
        .map_err(|cause| cause.into_fault(doing))?;
    let written = services.sessions.write_back(true).await;
    written.map_err(|cause| cause.into_fault(doing))?;
    let sound = services.store.probe().await;
    sound.map_err(|trouble| Fault::new("looking after the database", trouble.as_str()))
}

async fn settle(services: &Data<Services>) -> Result<(), Error> {
    // The ends of lives are on record by now, and by them it is seen what became of a dismissal.
    let mut refuted = services.rooms.take_refuted();
    if refuted.is_empty() && !services.store.has_unsettled().await? {
        return Ok(());
    }
    let settled = settle_dismissals(&services.store, &mut refuted).await;
    services.rooms.put_back_refuted(refuted);
    settled?;
    let mut updates = services.store.settle(services.clock.unix()).await?;
    let grace = i64::try_from(services.rooms.dismissal_grace().as_secs()).unwrap_or(i64::MAX);
    let since = services.clock.unix().as_secs() - UNHEARD_S;
    let unheard = UnixTime::from_secs(since.saturating_sub(grace));
    updates.extend(services.store.pending_dismissals(unheard).await?);
    for update in updates {
        tell(update, services).await;
    }
    Ok(())
}

/// As [`in_pieces`], but asks the store at least once: it also settles those whose live has ended.
async fn settle_dismissals(store: &Store, refuted: &mut Vec<i64>) -> Result<(), Error> {
    loop {
        let rest = refuted.len().saturating_sub(PIECE);
        store.settle_dismissals(refuted[rest..].to_vec()).await?;
        refuted.truncate(rest);
        if refuted.is_empty() {
            return Ok(());
        }
    }
}

async fn record(services: &Services, with_progress: bool) -> Result<(), Error> {
    let mut ended = services.rooms.take_ended();
    let mut progress = if with_progress {
        services.rooms.take_progress()
    } else {
        Vec::new()
    };
    let store = &services.store;
    let recorded = async {
        in_pieces(&mut ended, |ends| store.record_ends(ends)).await?;
        in_pieces(&mut progress, |figures| store.record_progress(figures)).await
    }
    .await;
    if recorded.is_err() {
        services.rooms.put_back(ended, &progress);
    }
    recorded
}

/// Records these, a piece after the other. What is on record is taken out; the rest is left if
/// something fails.
async fn in_pieces<T: Clone>(
    waiting: &mut Vec<T>,
    record: impl AsyncFn(Vec<T>) -> Result<(), Error>,
) -> Result<(), Error> {
    while !waiting.is_empty() {
        let rest = waiting.len().saturating_sub(PIECE);
        record(waiting[rest..].to_vec()).await?;
        waiting.truncate(rest);
    }
    Ok(())
}

/// Something that is done again and again, and less often while it fails.
struct Chore {
    doing: &'static str,
    failures: u32,
    paused_until: Option<Moment>,
}

impl Chore {
    fn new(doing: &'static str) -> Self {
        Self {
            doing,
            failures: 0,
            paused_until: None,
        }
    }

    fn is_due(&self, now: Moment) -> bool {
        self.paused_until.is_none_or(|until| until <= now)
    }

    /// What came of it. The first failure and the end of failing are logged, all are counted.
    fn note(&mut self, outcome: Result<(), Error>, now: Moment, services: &Services) {
        let doing = self.doing;
        match outcome {
            Ok(()) if self.failures == 0 => {}
            Ok(()) => {
                tracing::warn!(doing, failures = self.failures, "done again");
                (self.failures, self.paused_until) = (0, None);
            }
            Err(cause) => {
                services.metrics.background_failed(doing);
                if self.failures == 0 {
                    let cause = cause.into_fault("waiting for the store");
                    tracing::error!(doing, %cause, "not done; tried again, ever less often, until it is");
                }
                let pause = BEAT * 2_u32.saturating_pow(self.failures.min(16));
                self.paused_until = Some(now + pause.min(LONGEST_PAUSE));
                self.failures = self.failures.saturating_add(1);
            }
        }
    }
}
