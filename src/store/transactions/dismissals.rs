//! Dismissals in the cloud, from when they are kept to when it is known whether they ended a live.
//!
//! A dismissal that may mean the live that runs is `pending`: the room decides. It is `done` if the
//! live ended for it, and `kept` if its host refuted it or the live ended for another reason.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::InboxState;
use crate::domain::{EndReason, LiveId, RoomNum, RoomUpdate, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::schema::{inbox, lives};
use crate::store::sqlite::cached::CacheStatement;
use crate::store::transactions::lives::open_live_of;

/// Dismissals that one commit settles at the most.
const AT_ONCE: i64 = 256;

impl Store {
    /// Puts on record what became of dismissals: of those that hosts refuted, at most
    /// [`PIECE`](crate::store::PIECE) of them, and of those whose live has ended.
    ///
    /// # Errors
    /// If it cannot be committed; then nothing is.
    pub async fn settle_dismissals(&self, refuted: Vec<i64>) -> Result<(), Error> {
        self.write(move |conn| {
            for event in &refuted {
                decide(conn, *event, InboxState::Ignored)?;
            }
            let pending = inbox::table.filter(is_pending()).limit(AT_ONCE);
            for row in pending.select(Pending::as_select()).load(conn)? {
                if let Some((_, Some(reason))) = row.live(conn)? {
                    let ended_by_it = reason == EndReason::Dismissed.as_str();
                    let state = if ended_by_it {
                        InboxState::Done
                    } else {
                        InboxState::Ignored
                    };
                    decide(conn, row.id, state)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Dismissals that were told until `until` and are not decided yet, for rooms to be told again:
    /// after a restart, or because the room did not hear.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn pending_dismissals(&self, until: UnixTime) -> Result<Vec<RoomUpdate>, Error> {
        self.read(move |conn| {
            let pending = inbox::table
                .filter(is_pending())
                .filter(inbox::received_at.le(until.as_secs()))
                .limit(AT_ONCE)
                .select(Pending::as_select());
            let mut told = Vec::new();
            for row in pending.load(conn)? {
                if let Some((live, None)) = row.live(conn)?
                    && let Some(number) = row.roomnum.and_then(RoomNum::new)
                {
                    told.push(RoomUpdate::Dismissed {
                        live: LiveId::new(live),
                        number,
                        event: row.id,
                        at: row.at(),
                        again: true,
                    });
                }
            }
            Ok(told)
        })
        .await
    }
}

/// What a dismissal of a room may mean: the live that ran when it happened, if that still runs. One
/// that comes late does not end a later live of the same number.
pub(crate) fn judge(
    conn: &mut SqliteConnection,
    event: i64,
    number: RoomNum,
    at: UnixTime,
) -> QueryResult<(InboxState, Option<RoomUpdate>)> {
    let open = open_live_of(conn, number)?.filter(|open| open.opened_at < at);
    Ok(match open {
        None => (InboxState::Ignored, None),
        Some(open) => (
            InboxState::Pending,
            Some(RoomUpdate::Dismissed {
                live: open.live,
                number,
                event,
                at,
                again: false,
            }),
        ),
    })
}

/// Whether any dismissal is not decided yet.
pub(crate) fn has_pending(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let pending = diesel::dsl::exists(inbox::table.filter(is_pending()));
    diesel::select(pending).cached().get_result(conn)
}

fn decide(conn: &mut SqliteConnection, event: i64, state: InboxState) -> QueryResult<()> {
    diesel::update(inbox::table.find(event).filter(is_pending()))
        .set(inbox::state.eq(state.as_str()))
        .execute_cached(conn)
}

// A text, because the index over a part of the table serves only this very condition.
fn is_pending() -> diesel::expression::SqlLiteral<Bool> {
    sql("state = 'pending'")
}

/// As much of an undecided dismissal as deciding it needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = inbox, check_for_backend(diesel::sqlite::Sqlite))]
struct Pending {
    id: i64,
    roomnum: Option<i64>,
    happened_at: Option<i64>,
    received_at: i64,
}

impl Pending {
    fn at(&self) -> UnixTime {
        let happened = self.happened_at.unwrap_or(self.received_at);
        UnixTime::from_secs(happened.min(self.received_at))
    }

    /// The live that it means, and why that ended if it has.
    fn live(&self, conn: &mut SqliteConnection) -> QueryResult<Option<(i64, Option<String>)>> {
        lives::table
            .filter(lives::roomnum.nullable().eq(self.roomnum))
            .filter(lives::opened_at.lt(self.at().as_secs()))
            .order((lives::opened_at.desc(), lives::id.desc()))
            .select((lives::id, lives::end_reason))
            .first(conn)
            .optional()
    }
}
