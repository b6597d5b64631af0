//! A database of zaibo itself moves from SQLite to MariaDB.

use serde_json::json;

use super::engines::IntoMariaDb;
use super::{Move, import, printed};
use crate::client::PASSWORD;

#[test]
fn a_database_moves_to_mariadb_with_its_sessions_and_its_numbers() {
    let Some(moving) = Move::from("2018-03") else {
        return;
    };
    moving.import(&["--keep-tokens", "--hash-memory-kib", "8"]);
    let mut server = moving.server();
    let (host, viewer) = (server.newcomer("host"), server.newcomer("viewer"));
    let room = host.go_live();
    let away = IntoMariaDb::of(&moving);
    let move_it = |words: &[&str]| {
        let command = import(moving.folder.path(), "sqlite://zaibo.db", words);
        away.here(command).output().expect("the tool")
    };
    let refused = |words: &[&str], why: &str| {
        let output = move_it(words);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(why) && said.lines().count() == 1, "{said}");
        assert!(!said.contains("secret-of-tests"), "{said}");
    };
    refused(&[], "another zaibo is running on it");
    server.terminate();
    drop(server);
    refused(&["--dry-run"], "leave out the other options");
    let said = printed(&move_it(&[]));
    assert!(said.contains("accounts       17\n"), "{said}");
    assert!(said.contains("set store.url to the new address"), "{said}");
    refused(&[], "is not empty: accounts has 17 rows");
    let server = away.server();
    let client = server.client();
    // Nobody has to log in again, and rooms go on.
    let beat = json!({"token": host.token, "roomnum": room, "role": 1, "thumbup": 3});
    client.post("live", "heartbeat", &beat).ok();
    let enter = json!({"token": viewer.token, "roomnum": room, "role": 0, "operate": 0});
    client.post("live", "reportmemid", &enter).ok();
    let kept = json!({"token": "YW5uYTE1MjAwMDAxMDA=", "roomnum": 10006, "role": 1});
    client.post("live", "heartbeat", &kept).ok();
    client.login("shell", "secret-3").ok();
    client.login(&viewer.id, PASSWORD).ok();
    let create = json!({"token": host.token, "type": "live"});
    let created = client.post("live", "create", &create).ok();
    assert_eq!(created["roomnum"], room + 1);
}
