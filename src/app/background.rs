//! Background work: records changes that no client waits for, settles the inbox, and forgets what is
//! old.

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use tokio::sync::Notify;

use super::full_queues::{EVERY, FullQueues};
use crate::domain::Moment;
use crate::error::{Error, Fault};
use crate::log::Figures;
use crate::service::{RetentionWalk, Service};

/// The interval at which ends by silence are recorded and the inbox is checked.
const BEAT: Duration = Duration::from_secs(1);

/// Intervals in beats: stats of open lives, uses of tokens.
const PROGRESS: u64 = 5;
const SESSIONS: u64 = 60;

/// Beats between two looks for feeds that nobody reads any more.
const FEEDS: u64 = 10;

/// The interval in beats at which sessions leave the cache that a tool has ended.
const ENDED: u64 = 10;

/// What is old is forgotten every hour, for the first time a minute after the start.
const HOUR: u64 = 60 * 60;
const FIRST: u64 = 60;

/// Beats between two warnings about malformed requests.
const MALFORMED: u64 = 60;

/// The longest pause after repeated failures of a task.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Tries of the last flush, and the pause between them.
const LAST_TRIES: u32 = 5;
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// What a stop does last. It says what is safe, because it is read when this fails.
const LAST_CHANGES: &str = "recording the last ends and figures of lives before the stop (what was answered to clients is safe)";

/// The kinds of background work, as the log and the metrics name them.
const RECORDING: &str = "recording ends and figures of lives";
const SETTLING: &str = "settling the inbox";
const SESSIONS_BACK: &str = "writing back uses of tokens";
const ENDED_BY_TOOL: &str = "looking for tokens that a tool has ended";
const FORGETTING: &str = "forgetting old tokens";
const RETENTION: &str = "forgetting old events";
const ALL_OF_IT: &str = "all of it";

/// Every kind.
pub const JOBS: [&str; 7] = [
    RECORDING,
    SETTLING,
    SESSIONS_BACK,
    ENDED_BY_TOOL,
    FORGETTING,
    RETENTION,
    ALL_OF_IT,
];

/// Runs the background work until `stop` is notified. Work that has begun is finished first. After
/// a panic it is logged and started again, so that a panic cannot end it unnoticed.
pub async fn keep(service: Arc<Service>, stop: Arc<Notify>) {
    while let Err(panic) = rt::spawn(work(Arc::clone(&service), Arc::clone(&stop))).await {
        tracing::error!(%panic, "background work panicked and begins anew: a mistake in zaibo, please report it");
        service.metrics.background_failed(ALL_OF_IT);
        tokio::time::sleep(BEAT).await;
    }
}

async fn work(service: Arc<Service>, stop: Arc<Notify>) {
    let mut recording = Task::new(RECORDING);
    let mut settling = Task::new(SETTLING);
    let mut sessions = Task::new(SESSIONS_BACK);
    let mut ended = Task::new(ENDED_BY_TOOL);
    let mut forgetting = Task::new(FORGETTING);
    let mut retention = Task::new(RETENTION);
    let mut walk = RetentionWalk::default();
    for beat in 1_u64.. {
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = stop.notified() => return,
        }
        let now = service.clock.now();
        if recording.is_due(now) {
            // After a failure the stats are included in the next try. So the try repeats what
            // failed, and its success shows that the store works again.
            let with_progress = beat.is_multiple_of(PROGRESS) || recording.failures > 0;
            let done = service.record_lives(with_progress).await;
            recording.note(done, now, &service);
        }
        if settling.is_due(now) {
            settling.note(service.settle_inbox().await, now, &service);
        }
        if beat.is_multiple_of(FEEDS) {
            service.rooms.forget_feeds();
            service.own_streams.forget();
        }
        if beat.is_multiple_of(SESSIONS) && sessions.is_due(now) {
            let done = service.sessions.write_back(false).await;
            sessions.note(done, now, &service);
        }
        if beat.is_multiple_of(ENDED) && ended.is_due(now) {
            ended.note(service.sessions.forget_ended().await, now, &service);
        }
        if beat % HOUR == FIRST && forgetting.is_due(now) {
            let done = service.sessions.forget_stale().await;
            forgetting.note(done, now, &service);
        }
        if beat % HOUR == FIRST {
            walk.begin();
        }
        if walk.is_on_its_way() && retention.is_due(now) {
            let done = service.forget_old(&mut walk).await;
            retention.note(done, now, &service);
        }
    }
}

/// Copies the log's counters to the metrics, and warns in the log from time to time of those and of
/// full queues. Runs until it is dropped.
pub async fn report(log: Figures, service: Arc<Service>) {
    let (mut malformed, mut dropped) = (0, 0);
    let (mut unreported, mut missing) = (0, 0);
    let mut quiet = 0;
    let mut full_queues = FullQueues::default();
    for beat in 1_u64.. {
        if beat.is_multiple_of(EVERY) {
            full_queues.look(&service);
        }
        let new = log.malformed() - malformed;
        malformed += new;
        unreported += new;
        service.metrics.malformed(new);
        if unreported > 0 && quiet == 0 {
            tracing::warn!(
                requests = unreported,
                "what came was no HTTP request and was cut off: scanners do this, and clients that speak TLS to a port of HTTP"
            );
            (unreported, quiet) = (0, MALFORMED);
        }
        quiet = quiet.saturating_sub(1);
        let new = log.dropped() - dropped;
        dropped += new;
        missing += new;
        service.metrics.lines_dropped(new);
        // The warning waits until no more lines are dropped, because only then the log is read
        // again.
        if missing > 0 && new == 0 {
            tracing::warn!(
                lines = missing,
                "lines of the log are missing here, because nobody read the log for a while"
            );
            missing = 0;
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// Records all remaining changes before the server stops.
///
/// # Errors
/// The last failure, if every try failed.
pub async fn flush(service: &Service) -> Result<(), Fault> {
    let mut tries = 1;
    loop {
        let Err(cause) = service.flush().await else {
            return Ok(());
        };
        if tries == LAST_TRIES {
            return Err(Fault::new(LAST_CHANGES, cause));
        }
        tries += 1;
        tokio::time::sleep(LAST_PAUSE).await;
    }
}

/// A repeated task. After failures it runs less often.
struct Task {
    doing: &'static str,
    failures: u32,
    /// The failures are in the log. Those of an outage of the database are not: the store logs that.
    is_logged: bool,
    paused_until: Option<Moment>,
}

impl Task {
    fn new(doing: &'static str) -> Self {
        Self {
            doing,
            failures: 0,
            is_logged: false,
            paused_until: None,
        }
    }

    fn is_due(&self, now: Moment) -> bool {
        self.paused_until.is_none_or(|until| until <= now)
    }

    /// Takes the outcome of a run. The first failure and the recovery are logged; every failure is
    /// counted.
    fn note(&mut self, outcome: Result<(), Error>, now: Moment, service: &Service) {
        let doing = self.doing;
        match outcome {
            Ok(()) if self.failures == 0 => {}
            Ok(()) => {
                if self.is_logged {
                    tracing::warn!(
                        doing,
                        failures = self.failures,
                        "background work that had failed succeeds again; nothing was lost"
                    );
                }
                *self = Self::new(doing);
            }
            Err(cause) => {
                service.metrics.background_failed(doing);
                let is_of_outage = matches!(cause, Error::Unavailable { .. });
                if !self.is_logged && !is_of_outage {
                    self.is_logged = true;
                    let cause = cause.into_fault("waiting for the store");
                    tracing::error!(doing, %cause, "background work failed: clients do not wait for it, nothing is lost while zaibo runs, and it is tried again within a minute");
                }
                let pause = BEAT * 2_u32.saturating_pow(self.failures.min(16));
                self.paused_until = Some(now + pause.min(LONGEST_PAUSE));
                self.failures = self.failures.saturating_add(1);
            }
        }
    }
}
