//! A first start that is killed at any moment: the next one succeeds at once and makes all that is missing.

use std::time::Duration;

use mysql::prelude::Queryable;

use crate::mariadb::MariaDb;
use crate::place::{refused, server_on, start};
use crate::server::Server;

const KILLS: u32 = 20;

/// The definitions of all tables of a database, without what its rows have changed.
fn schema(database: &MariaDb, name: &str) -> Vec<String> {
    let mut admin = database.admin();
    let tables = format!(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = '{name}' ORDER BY 1"
    );
    let tables: Vec<String> = admin.query(tables).expect("tables");
    let definition = |table: String| {
        let shown = admin.query_first(format!("SHOW CREATE TABLE {name}.{table}"));
        let shown: Option<(String, String)> = shown.expect("a definition");
        shown.expect("a table").1
    };
    tables.into_iter().map(definition).collect()
}

#[test]
fn a_first_start_that_is_killed_is_simply_started_again() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let whole: Server = server_on(database.url());
    whole.newcomer("somebody");
    let expected = schema(&database, "zaibo_0");
    let folder = tempfile::tempdir().expect("a folder");
    for nth in 1..=KILLS {
        let url = database.new_database("utf8mb4");
        let mut zaibo = start(folder.path(), &url, &[]).spawn().expect("a process");
        // Each one comes a little further.
        std::thread::sleep(Duration::from_millis(u64::from(nth) * 15));
        zaibo.kill().expect("killed");
        zaibo.wait().expect("an end");
        let server = server_on(&url);
        server.newcomer("somebody").go_live();
        let name = format!("zaibo_{nth}");
        let found = schema(&database, &name);
        let numbers = |all: &[String]| -> Vec<String> {
            let of_table = all.iter().map(|text| {
                let words = text.split_whitespace();
                let fixed = words.filter(|word| !word.starts_with("AUTO_INCREMENT="));
                fixed.collect::<Vec<_>>().join(" ")
            });
            of_table.collect()
        };
        assert_eq!(numbers(&found), numbers(&expected), "{name}");
    }
}

/// Something that a person made by hand is in the way. What was done until then stays, and the next start
/// goes on when it is gone.
#[test]
fn a_first_start_that_fails_in_the_middle_says_why_and_the_next_one_goes_on() {
    let Some(database) = MariaDb::start() else {
        return;
    };
    let mut admin = database.admin();
    admin.query_drop("USE zaibo_0").expect("a database");
    for statement in [
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
            run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        "CREATE TABLE rooms (number BIGINT)",
    ] {
        admin.query_drop(statement).expect("a table");
    }
    let why = refused(database.url());
    assert!(why.contains("migrating the database"), "{why}");
    let begun: Vec<String> = admin.query("SHOW TABLES").expect("tables");
    assert!(begun.iter().any(|table| table == "accounts"), "{begun:?}");
    admin.query_drop("DROP TABLE rooms").expect("gone");
    server_on(database.url()).newcomer("somebody").go_live();
}
