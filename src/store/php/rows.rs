//! Rows of the PHP server, as they are there. What they mean is decided by who reads them.
//!
//! Times are seconds since 1970 and 0 where there is none. A text is `None` where it is NULL, or where
//! the schema does not have the column.

use mysql::Row;
use mysql::prelude::FromValue;

use crate::error::Fault;

/// An account. There is no `Debug`, because it holds a password and a token.
#[derive(Clone, Default)]
pub struct PhpAccount {
    /// The user's id.
    pub uid: String,
    /// The password in base64.
    pub pwd: String,
    /// The token of the session.
    pub token: Option<String>,
    /// When the user registered.
    pub register_time: i64,
    /// When they logged in last.
    pub login_time: i64,
    /// When they logged out last.
    pub logout_time: i64,
    /// When they gave the last sign of life.
    pub last_request_time: i64,
}

/// A room.
#[derive(Clone, Debug, Default)]
pub struct PhpRoom {
    /// Its number.
    pub id: i64,
    /// Id of its host.
    pub uid: String,
    /// Title of the live.
    pub title: Option<String>,
    /// Address of the cover picture.
    pub cover: Option<String>,
    /// The device of the host, in the numbers of the wire.
    pub device: i64,
    /// When it was created.
    pub create_time: i64,
    /// When it ended.
    pub finish_time: i64,
    /// When its host gave the last sign of life.
    pub last_update_time: i64,
    /// Name of the stream of the camera.
    pub main_md5: Option<String>,
    /// Name of the stream of the screen.
    pub aux_md5: Option<String>,
}

/// A live on air.
#[derive(Clone, Debug, Default)]
pub struct PhpLive {
    /// Its id.
    pub id: i64,
    /// Id of its host.
    pub host_uid: String,
    /// The room's number.
    pub av_room_id: i64,
    /// Its title.
    pub title: Option<String>,
    /// Address of the cover picture.
    pub cover: Option<String>,
    /// The room type; every published client says `live`.
    pub room_type: Option<String>,
    /// The app it belongs to.
    pub appid: i64,
    /// The device of the host, in the numbers of the wire.
    pub device: i64,
    /// The picture that the host sends, in the numbers of the wire.
    pub video_type: i64,
    /// The number of likes.
    pub admire_count: i64,
    /// When its host gave the last sign of life.
    pub modify_time: i64,
}

/// A recording.
#[derive(Clone, Debug, Default)]
pub struct PhpVideo {
    /// Its id.
    pub id: i64,
    /// Id of the host.
    pub uid: String,
    /// The room's number.
    pub room_num: i64,
    /// Title of the live.
    pub title: Option<String>,
    /// Address of the cover picture.
    pub cover: Option<String>,
    /// The id of the stream that was recorded.
    pub file_name: Option<String>,
    /// The cloud's id of the video.
    pub video_id: Option<String>,
    /// The address at which it is played.
    pub play_url: Option<String>,
    /// When it was stored.
    pub create_time: i64,
    /// When the recording began.
    pub start_time: i64,
    /// When the recording ended.
    pub end_time: i64,
    /// Size in bytes.
    pub file_size: Option<i64>,
    /// Length in seconds.
    pub duration: Option<i64>,
}

impl PhpAccount {
    pub(super) const COLUMNS: &[&str] = &[
        "uid",
        "pwd",
        "token",
        "register_time",
        "login_time",
        "logout_time",
        "last_request_time",
    ];

    pub(super) fn of(row: Row) -> Result<Self, Fault> {
        let mut row = Columns(row);
        Ok(Self {
            uid: row.text("uid")?.unwrap_or_default(),
            pwd: row.text("pwd")?.unwrap_or_default(),
            token: row.text("token")?,
            register_time: row.number("register_time")?,
            login_time: row.number("login_time")?,
            logout_time: row.number("logout_time")?,
            last_request_time: row.number("last_request_time")?,
        })
    }
}

impl PhpRoom {
    pub(super) const COLUMNS: &[&str] = &[
        "id",
        "uid",
        "title",
        "cover",
        "device",
        "create_time",
        "finish_time",
        "last_update_time",
        "main_md5",
        "aux_md5",
    ];

    pub(super) fn of(row: Row) -> Result<Self, Fault> {
        let mut row = Columns(row);
        Ok(Self {
            id: row.number("id")?,
            uid: row.text("uid")?.unwrap_or_default(),
            title: row.text("title")?,
            cover: row.text("cover")?,
            device: row.number("device")?,
            create_time: row.number("create_time")?,
            finish_time: row.number("finish_time")?,
            last_update_time: row.number("last_update_time")?,
            main_md5: row.text("main_md5")?,
            aux_md5: row.text("aux_md5")?,
        })
    }
}

impl PhpLive {
    pub(super) const COLUMNS: &[&str] = &[
        "id",
        "host_uid",
        "av_room_id",
        "title",
        "cover",
        "room_type",
        "appid",
        "device",
        "video_type",
        "admire_count",
        "modify_time",
    ];

    pub(super) fn of(row: Row) -> Result<Self, Fault> {
        let mut row = Columns(row);
        Ok(Self {
            id: row.number("id")?,
            host_uid: row.text("host_uid")?.unwrap_or_default(),
            av_room_id: row.number("av_room_id")?,
            title: row.text("title")?,
            cover: row.text("cover")?,
            room_type: row.text("room_type")?,
            appid: row.number("appid")?,
            device: row.number("device")?,
            video_type: row.number("video_type")?,
            admire_count: row.number("admire_count")?,
            modify_time: row.number("modify_time")?,
        })
    }
}

impl PhpVideo {
    pub(super) const COLUMNS: &[&str] = &[
        "id",
        "uid",
        "room_num",
        "title",
        "cover",
        "file_name",
        "video_id",
        "play_url",
        "create_time",
        "start_time",
        "end_time",
        "file_size",
        "duration",
    ];

    pub(super) fn of(row: Row) -> Result<Self, Fault> {
        let mut row = Columns(row);
        Ok(Self {
            id: row.number("id")?,
            uid: row.text("uid")?.unwrap_or_default(),
            room_num: row.number("room_num")?,
            title: row.text("title")?,
            cover: row.text("cover")?,
            file_name: row.text("file_name")?,
            video_id: row.text("video_id")?,
            play_url: row.text("play_url")?,
            create_time: row.number("create_time")?,
            start_time: row.number("start_time")?,
            end_time: row.number("end_time")?,
            file_size: row.value("file_size")?,
            duration: row.value("duration")?,
        })
    }
}

/// The columns of a row, by name.
struct Columns(Row);

impl Columns {
    /// A text. Bytes that are no UTF-8 become U+FFFD.
    fn text(&mut self, column: &str) -> Result<Option<String>, Fault> {
        let text: Option<Vec<u8>> = self.value(column)?;
        Ok(text.map(|text| String::from_utf8_lossy(&text).into_owned()))
    }

    /// A number; 0 where it is NULL.
    fn number(&mut self, column: &str) -> Result<i64, Fault> {
        Ok(self.value(column)?.unwrap_or(0))
    }

    fn value<T: FromValue>(&mut self, column: &str) -> Result<Option<T>, Fault> {
        let value: Option<Result<Option<T>, _>> = self.0.take_opt(column);
        value.transpose().map(Option::flatten).map_err(|_| {
            Fault::new(
                "reading the PHP server's database",
                format!("the column {column} has another type"),
            )
        })
    }
}
