//! What is counted of push: who is told, what, and how it ends.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::maker::Maker;
use super::ongoing::Ongoing;

/// The ways to be told.
const WAYS: [&str; 3] = ["websocket", "sse", "poll"];

/// How a reader begins, or begins anew.
const OUTCOMES: [&str; 4] = ["first", "resumed", "gap", "lagged"];

/// Upper limits in seconds, from a small room to a crowd that is too large for the machine.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Push.
#[derive(Clone)]
pub struct PushMetrics {
    open: IntGaugeVec,
    closes: IntCounterVec,
    resumes: IntCounterVec,
    frames: [IntCounter; 3],
    bytes: [IntCounter; 3],
    fanout: Histogram,
    stretch: IntGauge,
}

impl PushMetrics {
    pub(super) fn new(new: &Maker<'_>) -> Self {
        let frames = new.counters(
            "zaibo_push_frames_total",
            "Pieces that were sent to clients by push, by transport",
            &["transport"],
        );
        let bytes = new.counters(
            "zaibo_push_bytes_total",
            "Bytes that were sent to clients by push, by transport",
            &["transport"],
        );
        let fanout = HistogramOpts::new(
            "zaibo_push_fanout_seconds",
            "Time from the end of a room's tick until one of its readers takes the frame",
        );
        let made = Self {
            open: new.gauges(
                "zaibo_sockets",
                "Clients that are told by push now, by transport",
                &["transport"],
            ),
            closes: new.counters(
                "zaibo_socket_closes_total",
                "Subscriptions that the server ended, by close code",
                &["code"],
            ),
            resumes: new.counters(
                "zaibo_push_resumes_total",
                "Readers who began, by outcome: at the beginning, where they were, or with a snapshot because of a gap or because they read too slowly",
                &["outcome"],
            ),
            frames: WAYS.map(|way| frames.with_label_values(&[way])),
            bytes: WAYS.map(|way| bytes.with_label_values(&[way])),
            fanout: new.made(Histogram::with_opts(fanout.buckets(SECONDS.to_vec()))),
            stretch: new.gauge(
                "zaibo_push_tick_stretch",
                "How many times as long as usual rooms collect events, because push.deliveries_per_s is spent",
            ),
        };
        for way in WAYS {
            made.open.with_label_values(&[way]);
        }
        for outcome in OUTCOMES {
            made.resumes.with_label_values(&[outcome]);
        }
        made
    }

    /// Shows these close codes from the beginning, with 0.
    pub fn show(&self, codes: impl IntoIterator<Item = u16>) {
        for code in codes {
            self.closes.with_label_values(&[code.to_string()]);
        }
    }

    /// Counts a client that is told in that way until this is dropped.
    pub fn open(&self, way: &'static str) -> Ongoing {
        Ongoing::begin(&self.open.with_label_values(&[way]))
    }

    /// The server ended a subscription with that code.
    pub fn closed(&self, code: u16) {
        self.closes.with_label_values(&[code.to_string()]).inc();
    }

    /// A reader began, or began anew.
    pub fn resumed(&self, outcome: &'static str) {
        self.resumes.with_label_values(&[outcome]).inc();
    }

    /// A reader took a frame that was made that long ago.
    pub fn fanned_out(&self, after: Duration) {
        self.fanout.observe(after.as_secs_f64());
    }

    /// So many bytes were sent by WebSocket.
    pub fn sent_by_socket(&self, bytes: usize) {
        self.sent(0, bytes);
    }

    /// So many bytes were sent by SSE.
    pub fn sent_by_sse(&self, bytes: usize) {
        self.sent(1, bytes);
    }

    /// So many bytes were sent as the answer to a poll.
    pub fn sent_by_poll(&self, bytes: usize) {
        self.sent(2, bytes);
    }

    /// How far ticks are stretched.
    pub fn stretched(&self, times: u32) {
        self.stretch.set(times.into());
    }

    fn sent(&self, way: usize, bytes: usize) {
        self.frames[way].inc();
        self.bytes[way].inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}
