//! Rooms and their lives: creating a room, going live in it, ending a live.

use crate::domain::{Live, LiveEnd, LiveInfo, Refusal, RoomNum, RoomStats, Uid, UnixTime};
use crate::error::Error;
use crate::store::facade::Store;
use crate::store::queries::{lives, rooms};
use crate::store::transactions::attach::attach;
use crate::store::transactions::rebuild::rebuild_since;

/// The result of reporting a room.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The live that is on air now.
    pub live: Live,
    /// This report began the live: the room had no open live before.
    pub begun: bool,
}

impl Store {
    /// Gives a host a new room. Their open live ends with the stats `current`.
    ///
    /// # Errors
    /// If it cannot be committed, or every number has been given out.
    pub async fn create_room(
        &self,
        host: &Uid,
        current: Option<RoomStats>,
        now: UnixTime,
    ) -> Result<Live, Error> {
        let host = host.clone();
        self.write(move |conn| {
            lives::supersede(conn, &host, None, current.unwrap_or_default(), now)?;
            let number = rooms::insert(conn, &host, now)?;
            let live = lives::insert(conn, number, &host, now)?;
            if !attach(conn, number, &host, now)?.is_complete {
                rooms::mark_attached(conn, number.get().into(), false)?;
            }
            Ok(Live {
                id: live,
                number,
                host: host.clone(),
                info: None,
                stats: RoomStats::default(),
            })
        })
        .await
    }

    /// Records that a host goes live in one of their rooms. If the room has no open live, one
    /// begins. Their open live in another room ends with the stats `current`.
    ///
    /// # Errors
    /// [`Refusal::NotYourRoom`] if the host did not create that room.
    pub async fn report_room(
        &self,
        host: &Uid,
        number: RoomNum,
        info: LiveInfo,
        current: Option<RoomStats>,
        now: UnixTime,
    ) -> Result<Reported, Error> {
        let host = host.clone();
        self.write(move |conn| {
            if rooms::creator(conn, number)?.as_deref() != Some(host.as_str()) {
                return Err(Refusal::NotYourRoom.into());
            }
            lives::supersede(conn, &host, Some(number), current.unwrap_or_default(), now)?;
            let (live, opened_at, live_at, stats, begun) =
                match lives::open_live_of_host(conn, &host)? {
                    Some(open) => {
                        let live_at = open.live_at.unwrap_or(now);
                        (open.id, open.opened_at, live_at, open.stats, false)
                    }
                    None => {
                        let live = lives::insert(conn, number, &host, now)?;
                        (live, now, now, RoomStats::default(), true)
                    }
                };
            lives::describe(conn, live, live_at, &info)?;
            rebuild_since(conn, number, opened_at)?;
            Ok(Reported {
                live: Live {
                    id: live,
                    number,
                    host: host.clone(),
                    info: Some(info.clone()),
                    stats,
                },
                begun,
            })
        })
        .await
    }

    /// Whether a user created the room of that number, live or not.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn is_creator(&self, uid: &Uid, number: RoomNum) -> Result<bool, Error> {
        let uid = uid.clone();
        self.read(move |conn| Ok(rooms::creator(conn, number)?.as_deref() == Some(uid.as_str())))
            .await
    }

    /// Records the end of a live. An end that is recorded already does not change.
    ///
    /// # Errors
    /// If it cannot be committed.
    pub async fn end_live(&self, end: LiveEnd) -> Result<(), Error> {
        self.write(move |conn| lives::end_live(conn, &end)).await
    }

    /// All open lives, in the order in which they went live.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn open_lives(&self) -> Result<Vec<Live>, Error> {
        self.read(lives::open_lives).await
    }
}
