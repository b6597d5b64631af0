//! What `zaibo doctor` finds at a MySQL or MariaDB server.

use std::net::IpAddr;
use std::sync::Arc;

use mysql::Conn;
use mysql::prelude::{FromRow, Queryable};

use crate::clock::Clock;
use crate::database_url::MySqlAddress;
use crate::error::Fault;
use crate::store::finding::Finding;
use crate::store::mysql::errors::fault;
use crate::store::mysql::server::{Purpose, Server};
use crate::store::mysql::{grants, lease, schema_version};

/// A packet also holds the other columns of a row.
const BESIDE_THE_EVENT: u64 = 64 * 1024;

/// Connections beside those that write: readers, the lease, and a tool.
const OTHER_CONNECTIONS: u64 = 10;

/// Seconds by which two clocks may differ without anybody noticing.
const CLOCK_DIFFERENCE_S: u64 = 5;

/// What is found at the server, for a zaibo with so many connections that write.
pub(crate) fn examine(
    address: &MySqlAddress,
    connections: u16,
    largest_event: usize,
    clock: Clock,
) -> Vec<Finding> {
    let server = Arc::new(Server::new(address.clone(), clock));
    let mut connection = match server.open(Purpose::FirstLook) {
        Ok(connection) => connection,
        Err(fault) => return vec![Finding::fail("database", fault.to_string())],
    };
    let driver = connection.driver();
    let version = ask::<String>(driver, "SELECT VERSION()");
    let version = version.and_then(|version| {
        schema_version::check_version(driver)?;
        Ok(format!("{address} answers, {version}"))
    });
    let charset = schema_version::check_charset(driver).map(|()| "utf8mb4");
    let rights = grants::check(driver, &address.database).map(|()| "zaibo's user has all it needs");
    let mut findings = vec![
        Finding::of("database", version),
        encryption(address),
        Finding::of("charset", charset),
        schema(driver),
        Finding::of("rights", rights),
        flatten("server", served(driver)),
        flatten("writes", read_only(driver)),
        flatten("durability", durability(driver)),
        flatten("packets", packets(driver, largest_event)),
        flatten("connections", enough_connections(driver, connections)),
        flatten("clock", clock_difference(driver, clock)),
    ];
    findings.push(Finding::of("sessions", sessions(&server)));
    findings
}

/// A finding, or that the question failed.
fn flatten(subject: &'static str, found: Result<Finding, Fault>) -> Finding {
    found.unwrap_or_else(|fault| Finding::fail(subject, fault.to_string()))
}

fn ask<T: FromRow>(driver: &mut Conn, question: &str) -> Result<T, Fault> {
    const ASKING: &str = "asking the server";
    let answer = driver.query_first_opt(question).map_err(fault(ASKING))?;
    let answer = answer.ok_or_else(|| Fault::new(ASKING, "it answers with nothing"))?;
    answer.map_err(|_| {
        Fault::new(
            ASKING,
            format!("it answers to {question} with another type"),
        )
    })
}

fn encryption(address: &MySqlAddress) -> Finding {
    let is_here = address.host == "localhost"
        || (address.host.parse::<IpAddr>()).is_ok_and(|address| address.is_loopback());
    match (&address.tls, is_here) {
        (Some(_), _) => Finding::ok("encryption", "the connection is encrypted"),
        (None, true) => Finding::ok("encryption", "none, and the server is on this machine"),
        (None, false) => Finding::warn(
            "encryption",
            "none: who can read along on the network sees all data; add ?ssl=required to store.url",
        ),
    }
}

fn schema(driver: &mut Conn) -> Finding {
    match schema_version::is_current(driver) {
        Ok(true) => Finding::ok("schema", "up to date"),
        Ok(false) => Finding::warn(
            "schema",
            "empty, or of an earlier zaibo: the next start of this version brings it up to date; make a backup before",
        ),
        Err(fault) => Finding::fail("schema", fault.to_string()),
    }
}

fn served(driver: &mut Conn) -> Result<Finding, Fault> {
    let text = match lease::holder(driver)? {
        Some(holder) => format!("{holder} is running on it"),
        None => "no zaibo is running on it".to_owned(),
    };
    Ok(Finding::ok("server", text))
}

fn read_only(driver: &mut Conn) -> Result<Finding, Fault> {
    Ok(if ask::<bool>(driver, "SELECT @@global.read_only")? {
        Finding::fail(
            "writes",
            "the server is read-only: name the one that takes writes in store.url",
        )
    } else {
        Finding::ok("writes", "the server takes them")
    })
}

fn durability(driver: &mut Conn) -> Result<Finding, Fault> {
    let variables =
        "SELECT @@global.innodb_flush_log_at_trx_commit, @@global.log_bin, @@global.sync_binlog";
    let (flush, has_log, sync): (u64, bool, u64) = ask(driver, variables)?;
    Ok(if flush != 1 {
        Finding::warn(
            "durability",
            format!(
                "innodb_flush_log_at_trx_commit is {flush}: the last second of answers may be lost in a crash; set it to 1"
            ),
        )
    } else if has_log && sync != 1 {
        Finding::warn(
            "durability",
            format!(
                "sync_binlog is {sync}: replicas may miss what was answered before a crash; set it to 1"
            ),
        )
    } else {
        Finding::ok("durability", "a commit is on the disk")
    })
}

fn packets(driver: &mut Conn, largest_event: usize) -> Result<Finding, Fault> {
    let allowed: u64 = ask(driver, "SELECT @@global.max_allowed_packet")?;
    let needed = largest_event as u64 + BESIDE_THE_EVENT;
    Ok(if allowed < needed {
        Finding::fail(
            "packets",
            format!(
                "max_allowed_packet is {allowed} bytes, and the largest callback needs {needed}; raise it, or lower callback.max_body_bytes"
            ),
        )
    } else {
        Finding::ok("packets", format!("up to {allowed} bytes"))
    })
}

fn enough_connections(driver: &mut Conn, connections: u16) -> Result<Finding, Fault> {
    let allowed: u64 = ask(driver, "SELECT @@global.max_connections")?;
    let needed = u64::from(connections) + OTHER_CONNECTIONS;
    Ok(if allowed < needed {
        Finding::fail(
            "connections",
            format!(
                "max_connections is {allowed}, and zaibo needs {needed}; raise it, or lower store.connections"
            ),
        )
    } else {
        Finding::ok("connections", format!("{needed} of {allowed} are needed"))
    })
}

fn clock_difference(driver: &mut Conn, clock: Clock) -> Result<Finding, Fault> {
    let there: i64 = ask(driver, "SELECT UNIX_TIMESTAMP()")?;
    let difference = there.abs_diff(clock.unix().as_secs());
    Ok(if difference > CLOCK_DIFFERENCE_S {
        Finding::warn(
            "clock",
            format!(
                "the server's clock differs by {difference} s from this machine's; have both follow NTP"
            ),
        )
    } else {
        Finding::ok("clock", "the server's clock agrees with this machine's")
    })
}

/// Whether sessions are what zaibo sets them to. A proxy between them may change that.
fn sessions(server: &Server) -> Result<String, Fault> {
    let mut connection = server.open(Purpose::Write)?;
    let driver = connection.driver();
    let variable =
        "SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')";
    let (_, isolation): (String, String) = ask(driver, variable)?;
    let (mode, zone): (String, String) = ask(driver, "SELECT @@sql_mode, @@time_zone")?;
    if isolation == "READ-COMMITTED" && mode.contains("STRICT_ALL_TABLES") && zone == "+00:00" {
        return Ok("isolation READ COMMITTED, strict mode, UTC".to_owned());
    }
    let cause = format!(
        "isolation {isolation}, mode {mode:?}, time zone {zone:?}, and zaibo set others: a proxy changes them"
    );
    Err(Fault::new("setting a session up", cause))
}
