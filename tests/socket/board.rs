//! The Grafana board and the alerts: what they ask for is what a running server tells, and a real
//! Prometheus answers every query with something. When each alert fires stands in
//! deploy/metrics/alerts_test.yml.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::callbacks::{Teller, recorded};
use crate::ops::get;
use crate::programs::program;
use crate::proxies::free_address;
use crate::raw::{Raw, request};
use crate::server::{Server, eventually, unique};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/metrics");

/// What Grafana would put in place of the variables.
const VARIABLES: [(&str, &str); 4] = [
    ("$job", "zaibo"),
    ("$instance", ".*"),
    ("$quantile", "0.99"),
    ("$__rate_interval", "20s"),
];

/// The title of each panel, and a query of it.
fn queries() -> Vec<(String, String)> {
    let board = fs::read_to_string(Path::new(FOLDER).join("grafana.json")).expect("a board");
    let board: Value = serde_json::from_str(&board).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    let mut queries = Vec::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().expect("a title");
        for target in panel["targets"].as_array().expect("queries") {
            let mut query = target["expr"].as_str().expect("a query").to_owned();
            for (name, value) in VARIABLES {
                query = query.replace(name, value);
            }
            assert!(!query.contains('$'), "{title}: {query}");
            queries.push((title.to_owned(), query));
        }
    }
    queries
}

/// The names of metrics in a text of PromQL.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words
        .filter(|word| word.starts_with("zaibo_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

/// The expression of each alert, with its name.
fn alerts() -> Vec<(String, String)> {
    let rules = fs::read_to_string(Path::new(FOLDER).join("alerts.yml")).expect("rules");
    let alerts = rules.split("- alert: ").skip(1);
    let parts = alerts.map(|alert| {
        let (name, rest) = alert.split_once('\n').expect("a name");
        let (query, _) = rest.split_once("labels: {severity").expect("a query");
        (name.to_owned(), query.to_owned())
    });
    parts.collect()
}

/// What a query asks of labels and the metrics do not have: a value of a label, or a label to group by.
/// Prometheus itself adds `job` and `instance`.
fn unknown_labels(query: &str, told: &str) -> Vec<String> {
    let is_added = |label: &str| ["job", "instance"].contains(&label);
    let lines_of = |names: &BTreeSet<String>| {
        let is_of = |line: &&str| {
            names
                .iter()
                .any(|name| line.starts_with(&format!("{name}{{")))
        };
        told.lines().filter(is_of).collect::<Vec<_>>()
    };
    let has = |line: &str, pair: &str| {
        ["{", ","]
            .iter()
            .any(|sign| line.contains(&format!("{sign}{pair}")))
    };
    let mut unknown = Vec::new();
    for (before, after) in query.match_indices('{').map(|(at, _)| query.split_at(at)) {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let name = &before[before.trim_end_matches(is_part).len()..];
        let (asked, _) = after[1..].split_once('}').expect("an end");
        let lines = lines_of(&BTreeSet::from([name.to_owned()]));
        for matcher in asked.split(',').filter(|matcher| !matcher.contains("=~")) {
            let pair = matcher.replace("!=", "=");
            let (label, _) = pair.split_once('=').expect("a label and its value");
            if !is_added(label) && !lines.iter().any(|line| has(line, &pair)) {
                unknown.push(format!("{name}{{{matcher}}}"));
            }
        }
    }
    let lines = lines_of(&names(query));
    for grouping in query.split("by (").skip(1) {
        let (labels, _) = grouping.split_once(')').expect("an end");
        for label in labels
            .split(',')
            .map(str::trim)
            .filter(|label| !is_added(label))
        {
            if !lines.iter().any(|line| has(line, &format!("{label}=\""))) {
                unknown.push(format!("by ({label})"));
            }
        }
    }
    unknown
}

/// A server at which something of everything has happened.
fn used() -> Server {
    let server = Server::start(&[]);
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).ok();
    use_again(&server, &host, room);
    server
}

fn use_again(server: &Server, host: &crate::client::User, room: i64) {
    host.beat(room, 1).ok();
    let teller = Teller::of(server);
    assert_eq!(teller.tell("live", &recorded(room, &unique("file"))), 200);
    server.client().send("live", "nothing", "{}").is(10001);
    let mut refused = Raw::connect(server.address());
    refused.send(request("POST", "/callback/trtc", &[], "{}"));
    assert_eq!(refused.response().status, 403);
}

#[test]
fn the_board_and_the_alerts_ask_for_what_a_server_tells() {
    let server = used();
    let text = String::from_utf8(get(server.operators(), "/metrics").body).expect("text");
    let told = names(&text);
    for (title, query) in queries().into_iter().chain(alerts()) {
        for name in names(&query) {
            assert!(told.contains(&name), "{name} in {title}: {query}");
        }
        assert_eq!(unknown_labels(&query, &text), [""; 0], "{title}: {query}");
    }
    for page in ["metrics.md", "metrics.zh-CN.md"] {
        let page = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(page);
        let shown = names(&fs::read_to_string(&page).expect("a page"));
        let is_part = |name: &String| {
            let parts = ["_bucket", "_sum", "_count"];
            parts.iter().any(|part| name.ends_with(part)) || name.starts_with("process_")
        };
        for name in told.iter().filter(|name| !is_part(name)) {
            assert!(shown.contains(name), "{name} in {page:?}");
        }
    }
    let own: BTreeSet<_> = told
        .iter()
        .filter(|name| name.starts_with("zaibo_"))
        .collect();
    assert!(own.len() > 20, "{own:?}");
}

#[test]
fn a_label_that_no_series_has_is_found() {
    let told = "zaibo_m_total{queue=\"writer\",reason=\"not kept\"} 0\nzaibo_other{code=\"1\"} 0\n";
    let found = |query: &str| unknown_labels(query, told);
    for good in [
        r#"sum by (instance, queue) (rate(zaibo_m_total{job="zaibo",queue="writer"}[1m]))"#,
        r#"zaibo_m_total{reason!="not kept",instance=~".*"}"#,
    ] {
        assert_eq!(found(good), [""; 0], "{good}");
    }
    for (bad, what) in [
        (
            r#"zaibo_m_total{queue="writers"}"#,
            r#"zaibo_m_total{queue="writers"}"#,
        ),
        (
            r#"zaibo_m_total{reason!="kept"}"#,
            r#"zaibo_m_total{reason!="kept"}"#,
        ),
        (r#"zaibo_m_total{code="1"}"#, r#"zaibo_m_total{code="1"}"#),
        ("sum by (code) (zaibo_m_total)", "by (code)"),
    ] {
        assert_eq!(found(bad), [what]);
    }
}

/// A running Prometheus. It is killed when this is dropped.
pub(crate) struct Prometheus {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// One that asks the server each second, and looks at the alerts as often. `None` if it is not installed.
    pub(crate) fn watching(server: &Server) -> Option<Self> {
        let mut command = program("prometheus")?;
        let folder = tempfile::tempdir().expect("a folder");
        for file in ["prometheus.yml", "alerts.yml"] {
            let text = fs::read_to_string(Path::new(FOLDER).join(file)).expect("a file");
            let text = text
                .replace("10s", "1s")
                .replace("127.0.0.1:9464", &server.operators().to_string());
            fs::write(folder.path().join(file), text).expect("written");
        }
        let address = free_address();
        let child = command
            .arg("--config.file=prometheus.yml")
            .arg("--storage.tsdb.path=data")
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process");
        Some(Self {
            child,
            address,
            _folder: folder,
        })
    }

    /// The answer to a query; `None` while it does not serve.
    pub(crate) fn ask(&self, query: &str) -> Option<Value> {
        let url = format!("http://{}/api/v1/query", self.address);
        let answer = ureq::get(url).query("query", query).call();
        let answer = answer.ok()?.body_mut().read_to_string().ok()?;
        serde_json::from_str(&answer).ok()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_panel_shows_something_and_the_alert_fires_that_has_a_reason() {
    let server = Server::start(&[]);
    let Some(prometheus) = Prometheus::watching(&server) else {
        return;
    };
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    viewer.enter(room).ok();
    let has_all = |query: &str| {
        let answer = prometheus.ask(query)?;
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        let rows = answer["data"]["result"].as_array().expect("rows");
        let is_number = |row: &Value| row["value"][1].as_str() != Some("NaN");
        rows.iter().any(is_number).then_some(())
    };
    for (title, query) in queries() {
        eventually(&format!("{title}: {query}"), || {
            use_again(&server, &host, room);
            has_all(&query)
        });
    }
    let live = prometheus
        .ask(r#"zaibo_rooms{state="live"}"#)
        .expect("an answer");
    assert_eq!(live["data"]["result"][0]["value"][1], "1", "{live}");
    let members = prometheus.ask("sum(zaibo_members)").expect("an answer");
    assert_eq!(members["data"]["result"][0]["value"][1], "2", "{members}");
    // A callback without a key came all the time, and nothing else was wrong.
    let firing = eventually("an alert", || {
        let firing = prometheus.ask(r#"ALERTS{alertstate="firing"}"#)?;
        let firing = firing["data"]["result"].as_array().expect("rows").clone();
        (!firing.is_empty()).then_some(firing)
    });
    for alert in firing {
        assert_eq!(alert["metric"]["alertname"], "ZaiboCallbacksRefused");
        assert_eq!(alert["metric"]["sender"], "trtc", "{alert}");
    }
}
