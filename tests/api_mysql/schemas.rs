//! Both engines have the same tables, as far as they can: columns, their order and kinds, what may be
//! missing, and which keys are unique.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use mysql::Conn;
use mysql::prelude::Queryable as _;
use zaibo::clock::Clock;
use zaibo::database_url::{DatabaseUrl, Opening};
use zaibo::store::Store;

use crate::engine;

/// What both engines have to agree on about a table.
#[derive(Debug, Default, PartialEq)]
struct Table {
    /// Name, kind, whether it may be missing.
    columns: Vec<(String, &'static str, bool)>,
    primary: Vec<String>,
    unique: BTreeSet<Vec<String>>,
}

/// What only MySQL needs: tables, and the column of the key that SQLite has as a partial index.
const ONLY_MYSQL: [&str; 5] = [
    "lock_stripes",
    "room_numbers",
    "secrets",
    "serving",
    "write_lanes",
];
const OPEN_HOST: &str = "open_host";

fn opened(url: &str) {
    let url = DatabaseUrl::parse(url).expect("an address");
    drop(Store::open(&Opening::usual(url), Clock::system()).expect("a store"));
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct SqliteColumn {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    required: i64,
    #[diesel(sql_type = BigInt)]
    key: i64,
}

#[derive(QueryableByName)]
struct SqliteIndex {
    #[diesel(sql_type = Text)]
    index_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    column_name: Option<String>,
}

fn of_sqlite(connection: &mut SqliteConnection) -> BTreeMap<String, Table> {
    let names = "SELECT name AS line FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'";
    let names: Vec<Line> = diesel::sql_query(names).load(connection).expect("tables");
    let mut tables = BTreeMap::new();
    for Line { line: name } in names {
        let columns = format!(
            "SELECT name, type AS kind, \"notnull\" AS required, pk AS \"key\"
                FROM pragma_table_info('{name}') ORDER BY cid"
        );
        let columns: Vec<SqliteColumn> = diesel::sql_query(columns)
            .load(connection)
            .expect("columns");
        let mut table = Table::default();
        let mut primary: Vec<_> = columns.iter().filter(|column| column.key > 0).collect();
        primary.sort_by_key(|column| column.key);
        table.primary = primary.iter().map(|column| column.name.clone()).collect();
        for column in &columns {
            let kind = match column.kind.as_str() {
                "TEXT" => "text",
                "BINARY" => "bytes",
                "BIGINT" | "INTEGER" | "BOOLEAN" => "number",
                other => panic!("{name}.{}: {other}", column.name),
            };
            let column = (column.name.clone(), kind, column.required == 0);
            table.columns.push(column);
        }
        let indexes = format!(
            "SELECT i.name AS index_name, c.name AS column_name FROM pragma_index_list('{name}') i,
                pragma_index_info(i.name) c WHERE i.\"unique\" = 1 AND i.origin <> 'pk'
                ORDER BY i.name, c.seqno"
        );
        let indexes: Vec<SqliteIndex> = diesel::sql_query(indexes)
            .load(connection)
            .expect("indexes");
        for index in indexes.chunk_by(|one, two| one.index_name == two.index_name) {
            let columns = index.iter().filter_map(|column| column.column_name.clone());
            table.unique.insert(columns.collect());
        }
        tables.insert(name, table);
    }
    tables
}

fn of_mysql(connection: &mut Conn) -> BTreeMap<String, Table> {
    let columns: Vec<(String, String, String, String)> = connection
        .query(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
                WHERE table_schema = DATABASE() AND table_name NOT LIKE '\\_\\_%'
                ORDER BY table_name, ordinal_position",
        )
        .expect("columns");
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for (table, column, kind, nullable) in columns {
        let kind = match kind.as_str() {
            "varchar" | "varbinary" | "text" | "longtext" => "text",
            "binary" => "bytes",
            "bigint" | "int" | "tinyint" => "number",
            other => panic!("{table}.{column}: {other}"),
        };
        let columns = &mut tables.entry(table).or_default().columns;
        columns.push((column, kind, nullable == "YES"));
    }
    let keys: Vec<(String, String, String)> = connection
        .query(
            "SELECT table_name, index_name, column_name FROM information_schema.statistics
                WHERE table_schema = DATABASE() AND non_unique = 0
                    AND table_name NOT LIKE '\\_\\_%'
                ORDER BY table_name, index_name, seq_in_index",
        )
        .expect("keys");
    for key in keys.chunk_by(|one, two| (&one.0, &one.1) == (&two.0, &two.1)) {
        let columns: Vec<String> = key.iter().map(|(_, _, column)| column.clone()).collect();
        let table = tables.get_mut(&key[0].0).expect("a table");
        match key[0].1.as_str() {
            "PRIMARY" => table.primary = columns,
            _ => drop(table.unique.insert(columns)),
        }
    }
    tables
}

#[test]
fn both_engines_have_the_same_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = engine::store_url(folder.path());
    opened(&url);
    let mut mysql = of_mysql(&mut Conn::new(url.as_str()).expect("the database"));
    let file = folder.path().join("zaibo.db");
    opened(&format!("sqlite://{}", file.display()));
    let mut file = SqliteConnection::establish(&file.to_string_lossy()).expect("the database");
    let mut sqlite = of_sqlite(&mut file);

    mysql.retain(|name, _| !ONLY_MYSQL.contains(&name.as_str()));
    let lives = mysql.get_mut("lives").expect("a table");
    lives.columns.retain(|(name, _, _)| name != OPEN_HOST);
    assert!(lives.unique.remove(&vec![OPEN_HOST.to_owned()]));
    let lives = sqlite.get_mut("lives").expect("a table");
    assert!(lives.unique.remove(&vec!["host".to_owned()]));
    assert_eq!(mysql.len(), 11);
    for (name, table) in &mut mysql {
        let other = sqlite
            .get_mut(name)
            .unwrap_or_else(|| panic!("SQLite has no {name}"));
        // SQLite adds a column at the end, and MySQL's tables were made with all of them.
        for table in [&mut *table, other] {
            table.columns.sort();
        }
        assert_eq!(table, other, "{name}");
    }
    assert_eq!(sqlite.len(), mysql.len());
}
