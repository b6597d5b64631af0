//! Metrics: every name stands here once, and there is a method for each event that is counted.

pub use metrics::Counter;
use metrics::{Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

const CALLBACKS: &str = "zaibo_callbacks_total";
const CALLBACKS_REFUSED: &str = "zaibo_callbacks_refused_total";
const BUSY: &str = "zaibo_busy_total";
const REFUSED: &str = "zaibo_refused_total";
const CUT: &str = "zaibo_connections_cut_total";
const MALFORMED: &str = "zaibo_malformed_requests_total";
const LINES_DROPPED: &str = "zaibo_log_lines_dropped_total";
const BACKGROUND_FAILED: &str = "zaibo_background_failed_total";
const ROOM_EVENTS: &str = "zaibo_room_events_total";

const METADATA: Metadata<'static> = Metadata::new("zaibo", Level::INFO, None);

/// The counters of one server.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Default for Metrics {
    fn default() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        for (name, meaning) in [
            (CALLBACKS, "Events that the video cloud sent, by outcome"),
            (CALLBACKS_REFUSED, "Callbacks that were refused, by reason"),
            (BUSY, "Requests that were not done because a queue was full"),
            (
                REFUSED,
                "Requests that were refused because a budget was spent (code 10012)",
            ),
            (CUT, "Connections that the server ended, by reason"),
            (MALFORMED, "Requests that were not valid HTTP"),
            (
                LINES_DROPPED,
                "Lines of the log that were dropped because nobody read it",
            ),
            (
                BACKGROUND_FAILED,
                "Background work that failed and is tried again, by kind of work",
            ),
            (ROOM_EVENTS, "Events in rooms, by kind"),
        ] {
            recorder.describe_counter(KeyName::from_const_str(name), None, meaning.into());
        }
        let handle = recorder.handle();
        Self { recorder, handle }
    }
}

impl Metrics {
    /// Counts an event of the cloud, by its outcome.
    pub fn callback_taken(&self, sender: &'static str, outcome: &'static str) {
        self.count(CALLBACKS, [("sender", sender), ("outcome", outcome)]);
    }

    /// Counts a callback that was refused.
    pub fn callback_refused(&self, sender: &'static str, reason: &'static str) {
        self.count(CALLBACKS_REFUSED, [("sender", sender), ("reason", reason)]);
    }

    /// Counts a request that was not done because that queue was full, or too slow.
    pub fn busy(&self, queue: &'static str) {
        self.count(BUSY, [("queue", queue)]);
    }

    /// Counts a request that was refused because that budget was used up.
    pub fn refused(&self, budget: &'static str) {
        self.count(REFUSED, [("budget", budget)]);
    }

    /// Counts a connection that the server ended.
    pub fn connection_cut(&self, reason: &'static str) {
        self.count(CUT, [("reason", reason)]);
    }

    /// Counts requests that were not valid HTTP.
    pub fn malformed(&self, requests: u64) {
        self.count_many(MALFORMED, [], requests);
    }

    /// Counts lines of the log that were dropped.
    pub fn lines_dropped(&self, lines: u64) {
        self.count_many(LINES_DROPPED, [], lines);
    }

    /// Counts background work that failed and is tried again.
    pub fn background_failed(&self, doing: &'static str) {
        self.count(BACKGROUND_FAILED, [("doing", doing)]);
    }

    /// A counter for each of these kinds of events in rooms.
    pub fn room_events<const N: usize>(&self, kinds: [&'static str; N]) -> [Counter; N] {
        kinds.map(|kind| self.counter(ROOM_EVENTS, [("kind", kind)]))
    }

    /// All metrics in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    fn count<const N: usize>(&self, name: &'static str, labels: [(&'static str, &'static str); N]) {
        self.count_many(name, labels, 1);
    }

    fn count_many<const N: usize>(
        &self,
        name: &'static str,
        labels: [(&'static str, &'static str); N],
        times: u64,
    ) {
        self.counter(name, labels).increment(times);
    }

    fn counter<const N: usize>(
        &self,
        name: &'static str,
        labels: [(&'static str, &'static str); N],
    ) -> Counter {
        let labels = labels.map(|(name, value)| Label::from_static_parts(name, value));
        let key = Key::from_parts(name, labels.to_vec());
        self.recorder.register_counter(&key, &METADATA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_by_its_labels() {
        let metrics = Metrics::default();
        metrics.callback_taken("live", "done");
        metrics.callback_taken("live", "done");
        metrics.callback_refused("trtc", "wrong sign");
        metrics.busy("writer");
        metrics.refused("creates");
        let [left, _] = metrics.room_events(["member.left", "likes"]);
        left.increment(2);
        let text = metrics.render();
        for line in [
            r#"zaibo_callbacks_total{sender="live",outcome="done"} 2"#,
            r#"zaibo_callbacks_refused_total{sender="trtc",reason="wrong sign"} 1"#,
            r#"zaibo_busy_total{queue="writer"} 1"#,
            r#"zaibo_refused_total{budget="creates"} 1"#,
            r#"zaibo_room_events_total{kind="member.left"} 2"#,
            r#"zaibo_room_events_total{kind="likes"} 0"#,
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
