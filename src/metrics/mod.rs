//! Metrics: every name stands here once, and there is a method for each event that is counted.
//!
//! No label names a room or a user: there may be very many of them, and a board shows to whom it
//! concerns nothing.

mod known;
mod maker;
mod ongoing;
#[cfg(target_os = "linux")]
mod process;
mod push;
mod requests;
mod rooms;
mod scene;
mod store;

use prometheus::{IntCounter, IntCounterVec, IntGauge, Registry, TextEncoder};

pub use known::Known;
use maker::Maker;
pub use ongoing::Ongoing;
pub use push::PushMetrics;
pub use requests::CommandMetrics;
use requests::RequestMetrics;
pub use rooms::{RoleCounts, RoomMetrics};
pub use scene::Scene;
use scene::SceneGauges;
pub use store::StoreMetrics;

/// The metrics of one server.
pub struct Metrics {
    registry: Registry,
    callbacks: IntCounterVec,
    callbacks_refused: IntCounterVec,
    busy: IntCounterVec,
    refused: IntCounterVec,
    logins: IntCounterVec,
    connections: IntGauge,
    connections_limit: IntGauge,
    cut: IntCounterVec,
    malformed: IntCounter,
    lines_dropped: IntCounter,
    background_failed: IntCounterVec,
    requests: RequestMetrics,
    store: StoreMetrics,
    store_usable: IntGauge,
    push: PushMetrics,
    scene: SceneGauges,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        let new = Maker(&registry);
        #[cfg(target_os = "linux")]
        new.register(process::ProcessFigures::new());
        let version = new.gauges(
            "zaibo_build_info",
            "Always 1; the version is a label",
            &["version"],
        );
        version
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        Self {
            callbacks: new.counters(
                "zaibo_callbacks_total",
                "Events that the video cloud sent, by outcome",
                &["sender", "outcome"],
            ),
            callbacks_refused: new.counters(
                "zaibo_callbacks_refused_total",
                "Callbacks that were refused, by reason; not kept: they were good, and zaibo failed",
                &["sender", "reason"],
            ),
            busy: new.counters(
                "zaibo_busy_total",
                "Requests and callbacks that were not done because a queue was full, or the database was away",
                &["queue"],
            ),
            refused: new.counters(
                "zaibo_refused_total",
                "Requests that were refused because a budget was spent (code 10012)",
                &["budget"],
            ),
            logins: new.counters("zaibo_logins_total", "Logins, by outcome", &["outcome"]),
            connections: new.gauge("zaibo_connections_open", "Connections of clients that are open"),
            connections_limit: new.gauge(
                "zaibo_connections_limit",
                "Connections of clients that may be open at once; more wait",
            ),
            cut: new.counters(
                "zaibo_connections_cut_total",
                "Connections that the server ended, by reason",
                &["reason"],
            ),
            malformed: new.counter(
                "zaibo_malformed_requests_total",
                "Requests that were not valid HTTP",
            ),
            lines_dropped: new.counter(
                "zaibo_log_lines_dropped_total",
                "Lines of the log that were dropped because nobody read it",
            ),
            background_failed: new.counters(
                "zaibo_background_failed_total",
                "Background work that failed and is tried again, by kind of work",
                &["doing"],
            ),
            requests: RequestMetrics::new(&new),
            store: StoreMetrics::new(&new),
            store_usable: new.gauge(
                "zaibo_store_usable",
                "1 while the database can be read and written, 0 while it can not (/readyz says why)",
            ),
            push: PushMetrics::new(&new),
            scene: SceneGauges::new(&new),
            registry,
        }
    }
}

impl Metrics {
    /// Shows these from the beginning, with 0.
    pub fn show(&self, known: &Known<'_>) {
        let logins: &[&str] = &["done", "refused", "failed"];
        for (counters, values) in [
            (&self.busy, known.queues),
            (&self.refused, known.budgets),
            (&self.cut, known.cuts),
            (&self.background_failed, known.jobs),
            (&self.logins, logins),
        ] {
            for value in values {
                counters.with_label_values(&[value]);
            }
        }
        for sender in known.senders {
            for outcome in known.outcomes {
                self.callbacks.with_label_values(&[sender, outcome]);
            }
            for reason in known.refusals {
                self.callbacks_refused.with_label_values(&[sender, reason]);
            }
        }
    }

    /// Counts an event of the cloud, by its outcome.
    pub fn callback_taken(&self, sender: &'static str, outcome: &'static str) {
        self.callbacks.with_label_values(&[sender, outcome]).inc();
    }

    /// Counts a callback that was refused.
    pub fn callback_refused(&self, sender: &'static str, reason: &'static str) {
        self.callbacks_refused
            .with_label_values(&[sender, reason])
            .inc();
    }

    /// Counts a request that was not done because that queue was full, or too slow.
    pub fn busy(&self, queue: &'static str) {
        self.busy.with_label_values(&[queue]).inc();
    }

    /// How many requests were counted so for that queue.
    pub fn busy_so_far(&self, queue: &'static str) -> u64 {
        self.busy.with_label_values(&[queue]).get()
    }

    /// Counts a request that was refused because that budget was used up.
    pub fn refused(&self, budget: &'static str) {
        self.refused.with_label_values(&[budget]).inc();
    }

    /// Counts a login.
    pub fn login(&self, outcome: &'static str) {
        self.logins.with_label_values(&[outcome]).inc();
    }

    /// Notes how many connections of clients may be open at once.
    pub fn limit_connections(&self, most: usize) {
        self.connections_limit
            .set(i64::try_from(most).unwrap_or(i64::MAX));
    }

    /// Counts a connection of a client until this is dropped.
    pub fn connection(&self) -> Ongoing {
        Ongoing::begin(&self.connections)
    }

    /// Counts a connection that the server ended.
    pub fn connection_cut(&self, reason: &'static str) {
        self.cut.with_label_values(&[reason]).inc();
    }

    /// Counts requests that were not valid HTTP.
    pub fn malformed(&self, requests: u64) {
        self.malformed.inc_by(requests);
    }

    /// Counts lines of the log that were dropped.
    pub fn lines_dropped(&self, lines: u64) {
        self.lines_dropped.inc_by(lines);
    }

    /// Counts background work that failed and is tried again.
    pub fn background_failed(&self, doing: &'static str) {
        self.background_failed.with_label_values(&[doing]).inc();
    }

    /// The metrics of one command of one protocol.
    pub fn command(&self, api: &'static str, command: &'static str) -> CommandMetrics {
        self.requests.command(api, command)
    }

    /// The metrics of all rooms, whose events and roles have these names. Call it once.
    pub fn rooms(&self, events: &[&'static str], roles: [&'static str; 3]) -> RoomMetrics {
        RoomMetrics::new(&Maker(&self.registry), events, roles)
    }

    /// The metrics of push.
    pub fn push(&self) -> PushMetrics {
        self.push.clone()
    }

    /// The metrics of the store.
    pub fn store(&self) -> StoreMetrics {
        self.store.clone()
    }

    /// Notes whether the store can be used.
    pub fn store_usable(&self, is_usable: bool) {
        self.store_usable.set(is_usable.into());
    }

    /// All metrics in the text format of Prometheus, with the figures of this moment.
    pub fn render(&self, scene: &Scene) -> String {
        self.scene.set(scene);
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_happens_is_counted_by_its_labels() {
        let metrics = Metrics::default();
        metrics.callback_taken("live", "done");
        metrics.callback_taken("live", "done");
        metrics.callback_refused("trtc", "wrong sign");
        metrics.busy("writer");
        metrics.refused("creates");
        metrics.login("done");
        metrics.store_usable(true);
        let (_open, closed) = (metrics.connection(), metrics.connection());
        drop(closed);
        let beats = metrics.command("v1", "heartbeat");
        beats.answered(0, Duration::from_micros(400));
        beats.answered(10009, Duration::from_millis(3));
        let rooms = metrics.rooms(&["member.left", "likes"], ["viewer", "host", "linked"]);
        rooms.events[0].inc_by(2);
        rooms.members_changed(RoleCounts([0; 3]), RoleCounts([7, 1, 0]));
        rooms.members_changed(RoleCounts([7, 1, 0]), RoleCounts([5, 1, 1]));
        rooms.expired[2].inc();
        metrics.store().committed(64, Duration::from_millis(7));
        let text = metrics.render(&Scene {
            rooms_live: 3,
            ..Scene::default()
        });
        for line in [
            r#"zaibo_callbacks_total{outcome="done",sender="live"} 2"#,
            r#"zaibo_callbacks_refused_total{reason="wrong sign",sender="trtc"} 1"#,
            r#"zaibo_busy_total{queue="writer"} 1"#,
            r#"zaibo_refused_total{budget="creates"} 1"#,
            r#"zaibo_logins_total{outcome="done"} 1"#,
            "zaibo_store_usable 1",
            "zaibo_connections_open 1",
            r#"zaibo_http_requests_total{api="v1",code="0",command="heartbeat"} 1"#,
            r#"zaibo_http_requests_total{api="v1",code="10009",command="heartbeat"} 1"#,
            r#"zaibo_http_request_seconds_bucket{api="v1",command="heartbeat",le="0.0005"} 1"#,
            r#"zaibo_http_request_seconds_count{api="v1",command="heartbeat"} 2"#,
            r#"zaibo_room_events_total{kind="member.left"} 2"#,
            r#"zaibo_room_events_total{kind="likes"} 0"#,
            r#"zaibo_members{role="viewer"} 5"#,
            r#"zaibo_members{role="linked"} 1"#,
            r#"zaibo_expiries_total{who="linked"} 1"#,
            r#"zaibo_store_commit_writes_sum 64"#,
            r#"zaibo_rooms{state="live"} 3"#,
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
        }
        let version = format!(
            r#"zaibo_build_info{{version="{}"}} 1"#,
            env!("CARGO_PKG_VERSION")
        );
        assert!(text.contains(&version));
        #[cfg(target_os = "linux")]
        assert!(text.contains("\nprocess_resident_memory_bytes "));
    }

    #[test]
    fn what_is_known_is_shown_before_it_happens() {
        let metrics = Metrics::default();
        metrics.show(&Known {
            queues: &["writer"],
            budgets: &["creates"],
            cuts: &["idle"],
            jobs: &["settling"],
            senders: &["live"],
            outcomes: &["done"],
            refusals: &["wrong sign"],
        });
        let _command = metrics.command("v1", "heartbeat").showing(90000);
        let text = metrics.render(&Scene::default());
        for line in [
            r#"zaibo_busy_total{queue="writer"} 0"#,
            r#"zaibo_refused_total{budget="creates"} 0"#,
            r#"zaibo_connections_cut_total{reason="idle"} 0"#,
            r#"zaibo_background_failed_total{doing="settling"} 0"#,
            r#"zaibo_callbacks_total{outcome="done",sender="live"} 0"#,
            r#"zaibo_callbacks_refused_total{reason="wrong sign",sender="live"} 0"#,
            r#"zaibo_http_requests_total{api="v1",code="90000",command="heartbeat"} 0"#,
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
        }
    }

    #[test]
    fn every_metric_says_what_it_means() {
        let metrics = Metrics::default();
        let _rooms = metrics.rooms(&["likes"], ["viewer", "host", "linked"]);
        let text = metrics.render(&Scene::default());
        let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        for name in names {
            let name = name.split(' ').next().expect("a name");
            assert!(text.contains(&format!("# HELP {name} ")), "{name}");
        }
    }
}
