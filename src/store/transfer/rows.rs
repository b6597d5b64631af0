//! The rows of every table as they are, to be taken from one engine to the other.

use diesel::prelude::*;

use crate::store::schema::{
    accounts, announcements, deleted_files, file_reports, inbox, lives, pushes, recordings, rooms,
    sessions, streams,
};

/// The bytes that one statement carries, unless a single row has more: a part of the smallest packet that
/// servers take by default.
const BYTES_AT_ONCE: usize = 1 << 20;

/// How much room a row, or a column of it, takes in a statement.
pub(crate) trait Bytes {
    fn bytes(&self) -> usize;
}

impl Bytes for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Bytes for Vec<u8> {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl<B: Bytes> Bytes for Option<B> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, Bytes::bytes)
    }
}

macro_rules! bytes {
    ($($Plain:ty),+) => {
        $(impl Bytes for $Plain {
            fn bytes(&self) -> usize {
                size_of::<Self>()
            }
        })+
    };
}

bytes!(bool, i32, i64);

/// Splits rows into pieces that each fit into one statement.
pub(crate) fn pieces<R: Bytes>(rows: impl Iterator<Item = R>) -> Vec<Vec<R>> {
    let (mut pieces, mut room) = (Vec::<Vec<R>>::new(), 0);
    for row in rows {
        let bytes = row.bytes();
        match pieces.last_mut() {
            Some(piece) if bytes <= room => piece.push(row),
            _ => {
                pieces.push(vec![row]);
                room = BYTES_AT_ONCE;
            }
        }
        room = room.saturating_sub(bytes);
    }
    pieces
}

/// Declares the row of a table, with all its columns.
macro_rules! row {
    ($Row:ident of $table:ident { $($column:ident: $Type:ty),+ $(,)? }) => {
        #[derive(Queryable, Selectable, Insertable)]
        #[diesel(table_name = $table, check_for_backend(diesel::sqlite::Sqlite))]
        pub(crate) struct $Row {
            $($column: $Type),+
        }

        impl Bytes for $Row {
            fn bytes(&self) -> usize {
                0 $(+ self.$column.bytes())+
            }
        }
    };
}

row!(Account of accounts {
    uid: String,
    password_hash: String,
    created_at: i64,
});

row!(Room of rooms {
    roomnum: i64,
    host: String,
    created_at: i64,
    adopted: bool,
    broadcast_version: i64,
});

row!(Live of lives {
    id: i64,
    roomnum: i64,
    host: String,
    opened_at: i64,
    live_at: Option<i64>,
    title: String,
    cover: String,
    kind: String,
    appid: Option<i64>,
    device: i32,
    videotype: i32,
    ended_at: Option<i64>,
    end_reason: Option<String>,
    peak_members: i64,
    total_members: i64,
    likes: i64,
    likes_sent: i64,
    version: i64,
    metadata: String,
});

row!(Announcement of announcements {
    roomnum: i64,
    uid: String,
    name: String,
    kind: i64,
    cover: String,
    announced_at: i64,
});

row!(Session of sessions {
    token_hash: Vec<u8>,
    uid: String,
    created_at: i64,
    last_used_at: i64,
    ends_at: Option<i64>,
});

row!(Recording of recordings {
    id: i64,
    file_id: String,
    uid: String,
    name: String,
    title: String,
    cover: String,
    kind: Option<i64>,
    video_id: String,
    play_url: String,
    created_at: i64,
    file_bytes: i64,
    duration_s: i64,
    roomnum: Option<i64>,
});

row!(Event of inbox {
    id: i64,
    sender: String,
    event: String,
    dedupe_key: String,
    fact: String,
    state: String,
    roomnum: Option<i64>,
    stream: Option<String>,
    file_id: Option<String>,
    happened_at: Option<i64>,
    received_at: i64,
    body: String,
});

row!(Stream of streams {
    stream: String,
    roomnum: Option<i64>,
    picture_url: String,
    picture_at: Option<i64>,
});

row!(Push of pushes {
    stream: String,
    sequence: String,
    started_at: Option<i64>,
    stopped_at: Option<i64>,
});

row!(FileReport of file_reports {
    file_id: String,
    sender: String,
    roomnum: Option<i64>,
    stream: Option<String>,
    video_id: String,
    url: String,
    cover: String,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    made_at: Option<i64>,
    duration_s: Option<i64>,
    file_bytes: Option<i64>,
    received_at: i64,
});

row!(DeletedFile of deleted_files {
    file_id: String,
    deleted_at: i64,
});

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(rows: &[usize]) -> Vec<Vec<usize>> {
        let pieces = pieces(rows.iter().map(|length| "x".repeat(*length)));
        let lengths = |piece: &Vec<String>| piece.iter().map(String::len).collect();
        pieces.iter().map(lengths).collect()
    }

    #[test]
    fn no_piece_is_larger_than_a_statement_may_be_unless_one_row_is() {
        let half = BYTES_AT_ONCE / 2;
        assert_eq!(lengths(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(lengths(&[1, 2, 3]), [vec![1, 2, 3]]);
        assert_eq!(lengths(&[half, half, 1]), [vec![half, half], vec![1]]);
        let large = 3 * BYTES_AT_ONCE;
        assert_eq!(lengths(&[1, large, 1]), [vec![1], vec![large], vec![1]]);
    }
}
