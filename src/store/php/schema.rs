//! Which schema of the PHP server a database has: its tables, its columns and their widths.

use std::collections::HashMap;
use std::fmt;

/// A table of the PHP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Accounts, with their passwords and tokens.
    Accounts,
    /// Rooms: a number and its host.
    Rooms,
    /// Lives on air. A row that is not renewed is deleted by a job of the server.
    Lives,
    /// Members of rooms.
    Members,
    /// Recordings.
    Videos,
    /// Recordings from before 2017-02.
    EarlyVideos,
    /// Lives of the protocol of 2016-05, which had no accounts.
    EarlyLives,
    /// Rooms of the protocol of 2016-05, which had no accounts.
    EarlyRooms,
}

impl Table {
    const ALL: [Self; 8] = [
        Self::Accounts,
        Self::Rooms,
        Self::Lives,
        Self::Members,
        Self::Videos,
        Self::EarlyVideos,
        Self::EarlyLives,
        Self::EarlyRooms,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "t_account",
            Self::Rooms => "t_av_room",
            Self::Lives => "t_new_live_record",
            Self::Members => "t_interact_av_room",
            Self::Videos => "t_video_record",
            Self::EarlyVideos => "t_video_record_test",
            Self::EarlyLives => "t_live_record",
            Self::EarlyRooms => "t_user_av_room",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The time from which a schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Rooms have a number and a host.
    December2016,
    /// Rooms have a title and a cover.
    February2017,
    /// Rooms have times; each live gets a new room.
    August2017,
    /// Rooms have a device.
    March2018,
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::December2016 => "2016-12",
            Self::February2017 => "2017-02",
            Self::August2017 => "2017-08",
            Self::March2018 => "2018-03",
        })
    }
}

/// The tables and columns of a database, each with its width in characters.
#[derive(Clone, Debug)]
pub struct PhpSchema {
    widths: HashMap<(Table, String), usize>,
}

impl PhpSchema {
    /// Asks for all columns of a database: table, name, width.
    pub(super) const QUESTION: &str = "SELECT TABLE_NAME, COLUMN_NAME, CHARACTER_MAXIMUM_LENGTH \
        FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()";

    /// The schema of a database with these columns.
    ///
    /// # Errors
    /// Why it is not a database of the PHP server.
    pub fn of(columns: Vec<(String, String, Option<u64>)>) -> Result<Self, String> {
        let has = |table: &str, column: &str| {
            let mut names = columns.iter();
            names.any(|(t, c, _)| t.eq_ignore_ascii_case(table) && c.eq_ignore_ascii_case(column))
        };
        if has("t_course", "room_id") || has("t_account", "uin") {
            return Err(
                "it belongs to the edu server (SuiXinBoInEduServer, with t_course and uin), which \
                is another product and cannot be imported"
                    .to_owned(),
            );
        }
        for (table, column) in [
            ("t_account", "uid"),
            ("t_account", "pwd"),
            ("t_av_room", "id"),
            ("t_av_room", "uid"),
        ] {
            if !has(table, column) {
                return Err(format!(
                    "it is not a database of the PHP server: it has no {table}.{column}"
                ));
            }
        }
        let known = |name: &str| {
            let mut tables = Table::ALL.into_iter();
            tables.find(|table| table.as_str().eq_ignore_ascii_case(name))
        };
        let widths = columns.iter().filter_map(|(table, column, width)| {
            let width = width.and_then(|width| usize::try_from(width).ok());
            let key = (known(table)?, column.to_ascii_lowercase());
            Some((key, width.unwrap_or(0)))
        });
        Ok(Self {
            widths: widths.collect(),
        })
    }

    /// The time from which it is.
    pub fn generation(&self) -> Generation {
        let has = |column: &str| self.has_column(Table::Rooms, column);
        if has("device") {
            Generation::March2018
        } else if has("create_time") {
            Generation::August2017
        } else if has("title") {
            Generation::February2017
        } else {
            Generation::December2016
        }
    }

    /// Whether the database has that table.
    pub fn has(&self, table: Table) -> bool {
        self.widths.keys().any(|(known, _)| *known == table)
    }

    /// The width of a column in characters; 0 if there is no such column, or it has no width. The server
    /// cut texts to this width, so a text that fills it may be incomplete.
    pub fn width(&self, table: Table, column: &str) -> usize {
        let width = self.widths.get(&(table, column.to_owned()));
        width.copied().unwrap_or(0)
    }

    /// What to select for these columns: NULL for those that the table does not have.
    pub(super) fn columns(&self, table: Table, columns: &[&'static str]) -> String {
        let selected = columns.iter().map(|column| {
            if self.has_column(table, column) {
                (*column).to_owned()
            } else {
                format!("NULL AS {column}")
            }
        });
        selected.collect::<Vec<_>>().join(", ")
    }

    fn has_column(&self, table: Table, column: &str) -> bool {
        self.widths.contains_key(&(table, column.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database with these columns, as in `t_account.uid`.
    fn database(columns: &str) -> Result<PhpSchema, String> {
        let columns = columns.split_whitespace().map(|column| {
            let (table, column) = column.split_once('.').expect("a column");
            (table.to_owned(), column.to_owned(), Some(50))
        });
        PhpSchema::of(columns.collect())
    }

    const EACH: &str = "t_account.uid t_account.pwd t_av_room.id t_av_room.uid";

    #[test]
    fn each_schema_is_known_by_what_it_added_to_rooms() {
        for (added, generation) in [
            ("", Generation::December2016),
            ("t_av_room.title", Generation::February2017),
            (
                "t_av_room.title t_av_room.create_time",
                Generation::August2017,
            ),
            (
                "t_av_room.title t_av_room.create_time t_av_room.device",
                Generation::March2018,
            ),
        ] {
            let schema = database(&format!("{EACH} {added}")).expect("a database of the server");
            assert_eq!(schema.generation(), generation, "{added}");
        }
    }

    #[test]
    fn columns_that_a_schema_lacks_are_null() {
        let schema = database(&format!("{EACH} T_AV_ROOM.Title")).expect("a database");
        let selected = schema.columns(Table::Rooms, &["id", "title", "cover"]);
        assert_eq!(selected, "id, title, NULL AS cover");
        assert_eq!(schema.width(Table::Rooms, "title"), 50);
        assert_eq!(schema.width(Table::Rooms, "cover"), 0);
        assert!(schema.has(Table::Rooms) && !schema.has(Table::Videos));
    }

    #[test]
    fn other_databases_are_refused_by_name() {
        let why = |columns: &str| database(columns).expect_err("refused");
        assert!(why(&format!("{EACH} t_course.room_id")).contains("edu server"));
        assert!(why(&format!("{EACH} t_account.uin")).contains("edu server"));
        assert!(why("").contains("it has no t_account.uid"));
        assert!(why("wp_users.id").contains("not a database of the PHP server"));
        assert!(why("t_account.uid t_account.pwd").contains("it has no t_av_room.id"));
    }
}
