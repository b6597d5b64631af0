//! What goes on beside the requests: facts that nobody waits for are put on record, and what the
//! cloud told of rooms that have appeared since takes effect.

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use tokio::sync::Notify;

use crate::domain::Moment;
use crate::error::{Error, Fault};
use crate::log::Figures;
use crate::service::Service;

/// How often ends that came by silence are recorded, and the inbox is looked at.
const BEAT: Duration = Duration::from_secs(1);

/// Every so many beats: figures of open lives; uses of tokens; tokens that are too old.
const PROGRESS: u64 = 5;
const SESSIONS: u64 = 60;
const STALE: u64 = 60 * 60;

/// Requests that are none are told of every so many beats at the most.
const MALFORMED: u64 = 60;

/// The longest pause of a task that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often the record is tried at the end, and the pause between.
const LAST_TRIES: u32 = 5;
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// Keeps the record up to date until it is told to stop. What it has begun it finishes then. A panic
/// must not end it for good, unseen by anybody.
pub async fn keep(service: Arc<Service>, stop: Arc<Notify>) {
    while let Err(panic) = rt::spawn(work(Arc::clone(&service), Arc::clone(&stop))).await {
        tracing::error!(%panic, "background work panicked and begins anew");
        service.metrics.background_failed("all of it");
        tokio::time::sleep(BEAT).await;
    }
}

async fn work(service: Arc<Service>, stop: Arc<Notify>) {
    let mut recording = Task::new("recording ends and figures of lives");
    let mut settling = Task::new("settling the inbox");
    let mut sessions = Task::new("writing back uses of tokens");
    let mut forgetting = Task::new("forgetting old tokens");
    for beat in 1_u64.. {
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = stop.notified() => return,
        }
        let now = service.clock.now();
        if recording.is_due(now) {
            // What could not be put on record is part of the next try, so that it tells.
            let with_progress = beat.is_multiple_of(PROGRESS) || recording.failures > 0;
            let done = service.record_lives(with_progress).await;
            recording.note(done, now, &service);
        }
        if settling.is_due(now) {
            settling.note(service.settle_inbox().await, now, &service);
        }
        if beat.is_multiple_of(SESSIONS) && sessions.is_due(now) {
            let done = service.sessions.write_back(false).await;
            sessions.note(done, now, &service);
        }
        if beat.is_multiple_of(STALE) && forgetting.is_due(now) {
            let done = service.sessions.forget_stale().await;
            forgetting.note(done, now, &service);
        }
    }
}

/// Shows among the metrics what is counted of the log, and tells of it in the log now and then, until
/// it is dropped.
pub async fn report(log: Figures, service: Arc<Service>) {
    let (mut malformed, mut dropped) = (0, 0);
    let (mut unreported, mut missing) = (0, 0);
    let mut quiet = 0;
    loop {
        let new = log.malformed() - malformed;
        malformed += new;
        unreported += new;
        service.metrics.malformed(new);
        if unreported > 0 && quiet == 0 {
            tracing::warn!(requests = unreported, "requests came that are no HTTP");
            (unreported, quiet) = (0, MALFORMED);
        }
        quiet = quiet.saturating_sub(1);
        let new = log.dropped() - dropped;
        dropped += new;
        missing += new;
        service.metrics.lines_dropped(new);
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
pub async fn flush(service: &Service) -> Result<(), Fault> {
    let mut tries = 1;
    loop {
        let Err(cause) = service.flush().await else {
            return Ok(());
        };
        if tries == LAST_TRIES {
            return Err(Fault::new("putting the last facts on record", cause));
        }
        tries += 1;
        tokio::time::sleep(LAST_PAUSE).await;
    }
}

/// Something that is done again and again, and less often while it fails.
struct Task {
    doing: &'static str,
    failures: u32,
    paused_until: Option<Moment>,
}

impl Task {
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
    fn note(&mut self, outcome: Result<(), Error>, now: Moment, service: &Service) {
        let doing = self.doing;
        match outcome {
            Ok(()) if self.failures == 0 => {}
            Ok(()) => {
                tracing::warn!(doing, failures = self.failures, "done again");
                (self.failures, self.paused_until) = (0, None);
            }
            Err(cause) => {
                service.metrics.background_failed(doing);
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
