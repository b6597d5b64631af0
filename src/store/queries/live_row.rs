//! The columns of a live, in the groups in which they are read and written.

use diesel::prelude::*;

use super::super::engine::Db;
use crate::domain::{
    AppId, Device, Likes, Live, LiveId, LiveInfo, Metadata, Profile, RoomNum, RoomStats, Uid,
    UnixTime, VideoType,
};
use crate::error::{Error, Fault};
use crate::store::schema::lives;

/// A live without its end.
#[derive(Queryable, Selectable)]
#[diesel(table_name = lives, check_for_backend(Db))]
pub(crate) struct LiveRow {
    id: i64,
    roomnum: i64,
    host: String,
    #[diesel(embed)]
    profile: ProfileRow,
    #[diesel(embed)]
    figures: FiguresRow,
}

impl LiveRow {
    pub(crate) fn into_live(self) -> Result<Live, Error> {
        let odd = || Fault::new("reading a live", "a value in its row is out of range");
        Ok(Live {
            id: LiveId::new(self.id),
            number: RoomNum::new(self.roomnum).ok_or_else(odd)?,
            host: Uid::parse(&self.host).ok_or_else(odd)?,
            profile: self.profile.into_profile().ok_or_else(odd)?,
            stats: self.figures.into(),
        })
    }
}

/// What the host says of a live.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = lives,
    check_for_backend(Db),
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(crate) struct ProfileRow {
    live_at: Option<i64>,
    title: String,
    cover: String,
    kind: String,
    appid: Option<i64>,
    device: i32,
    videotype: i32,
    version: i64,
    metadata: String,
}

impl From<&Profile> for ProfileRow {
    fn from(profile: &Profile) -> Self {
        let info = &profile.info;
        Self {
            live_at: profile.live_at.map(UnixTime::as_secs),
            title: info.title.clone(),
            cover: info.cover.clone(),
            kind: info.kind.clone(),
            appid: info.app.map(|app| app.get().into()),
            device: info.device.number(),
            videotype: info.video.number(),
            version: profile.version.into(),
            metadata: profile.metadata.as_str().to_owned(),
        }
    }
}

impl ProfileRow {
    /// `None` if a value is out of range.
    fn into_profile(self) -> Option<Profile> {
        Some(Profile {
            info: LiveInfo {
                title: self.title,
                cover: self.cover,
                kind: self.kind,
                app: self.appid.and_then(AppId::new),
                device: Device::from_number(self.device.into())?,
                video: VideoType::from_number(self.videotype.into())?,
            },
            metadata: Metadata::new(&self.metadata)?,
            version: self.version.try_into().ok()?,
            live_at: self.live_at.map(UnixTime::from_secs),
        })
    }
}

/// The figures of a live.
#[derive(Queryable, Selectable, AsChangeset)]
#[diesel(table_name = lives, check_for_backend(Db))]
pub(crate) struct FiguresRow {
    peak_members: i64,
    total_members: i64,
    likes: i64,
    likes_sent: i64,
}

impl From<RoomStats> for FiguresRow {
    fn from(stats: RoomStats) -> Self {
        Self {
            peak_members: stats.peak.into(),
            total_members: stats.total.into(),
            likes: stats.likes.told.into(),
            likes_sent: stats.likes.sent.into(),
        }
    }
}

impl From<FiguresRow> for RoomStats {
    fn from(row: FiguresRow) -> Self {
        let figure = |figure: i64| u32::try_from(figure).unwrap_or(0);
        Self {
            members: 0,
            peak: figure(row.peak_members),
            total: figure(row.total_members),
            likes: Likes {
                told: figure(row.likes),
                sent: figure(row.likes_sent),
            },
        }
    }
}
