//! The log: a thread of its own writes lines to standard error, and errors that strangers can cause at
//! will are only counted.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::{Event, Level, Metadata, Subscriber};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{EnvFilter, FilterExt, FilterFn};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{self, LogFormat};

/// Lines that may wait to be written. Beyond that the newest are dropped and counted, because a reader
/// of the log that stands still must not hold up a request.
const IN_LINE: usize = 8192;

/// Targets of the errors that actix logs about input that is not HTTP, or no frame of a WebSocket: a TLS hello,
/// RTSP, rubbish. Anybody can cause these errors as often as they like.
const MALFORMED: [&str; 3] = [
    "actix_http::h1::dispatcher",
    "actix_http::h1::decoder",
    "actix_http::ws::codec",
];

/// The log of this process. Waiting lines are written when it is dropped.
pub struct Log {
    figures: Figures,
    _writer: WorkerGuard,
}

/// The counts that the log keeps.
#[derive(Clone)]
pub struct Figures {
    malformed: Arc<AtomicU64>,
    dropped: ErrorCounter,
}

impl Log {
    /// Starts the log. Must be called only once in a process.
    pub fn start(settings: &settings::Log) -> Self {
        let (writer, guard) = NonBlockingBuilder::default()
            .buffered_lines_limit(IN_LINE)
            .lossy(true)
            .thread_name("log")
            .finish(io::stderr());
        let figures = Figures {
            malformed: Arc::default(),
            dropped: writer.error_counter(),
        };
        let lines = tracing_subscriber::fmt::layer()
            // The reader of the log may be gone, which must not make the server fail.
            .log_internal_errors(false)
            .with_writer(writer);
        let lines = match settings.format {
            LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
            LogFormat::Json => lines.json().boxed(),
        };
        let shown = FilterFn::new(|line| !is_malformed(line)).with_max_level_hint(Level::TRACE);
        let shown = EnvFilter::new(&settings.filter).and(shown);
        tracing_subscriber::registry()
            .with(lines.with_filter(shown))
            .with(Counter::of(&figures))
            .init();
        Self {
            figures,
            _writer: guard,
        }
    }

    /// The counts; they stay up to date.
    pub fn figures(&self) -> Figures {
        self.figures.clone()
    }
}

impl Figures {
    /// Requests that were not valid HTTP.
    pub fn malformed(&self) -> u64 {
        self.malformed.load(Ordering::Relaxed)
    }

    /// Lines that were dropped because nobody read the log.
    pub fn dropped(&self) -> u64 {
        self.dropped.dropped_lines() as u64
    }
}

fn is_malformed(line: &Metadata<'_>) -> bool {
    *line.level() == Level::ERROR && MALFORMED.contains(&line.target())
}

/// Counts requests that are not valid HTTP.
struct Counter(Arc<AtomicU64>);

impl Counter {
    fn of<S: Subscriber + for<'a> LookupSpan<'a>>(figures: &Figures) -> impl Layer<S> + use<S> {
        let counted = FilterFn::new(is_malformed).with_max_level_hint(Level::ERROR);
        Self(Arc::clone(&figures.malformed)).with_filter(counted)
    }
}

impl<S: Subscriber> Layer<S> for Counter {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_requests_are_counted_and_other_errors_are_not() {
        let (writer, _guard) = NonBlockingBuilder::default().finish(io::sink());
        let figures = Figures {
            malformed: Arc::default(),
            dropped: writer.error_counter(),
        };
        let log = tracing_subscriber::registry().with(Counter::of(&figures));
        tracing::subscriber::with_default(log, || {
            tracing::error!(target: "actix_http::h1::dispatcher", "stream error");
            tracing::error!(target: "actix_http::h1::decoder", "too much");
            tracing::debug!(target: "actix_http::h1::dispatcher", "a detail");
            tracing::error!(target: "zaibo::http", "something of ours");
        });
        assert_eq!((figures.malformed(), figures.dropped()), (2, 0));
    }
}
