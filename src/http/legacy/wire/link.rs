//! `live/linksig`: a link from the caller's live to one in another room.

use serde::Serialize;

use super::json::Fields;
use crate::domain::{AppId, RoomNum, Uid};
use crate::http::failure::FormError;

/// `live/linksig`.
#[derive(Debug)]
pub struct AskLink {
    /// The host of the other room. `None` if no user can have this id.
    pub host: Option<Uid>,
    /// The other room. `None` if no room can have this number.
    pub room: Option<RoomNum>,
    /// The caller's room. `None` if no room can have this number.
    pub current: Option<RoomNum>,
    /// The app. `None` means the default app.
    pub app: Option<AppId>,
}

impl AskLink {
    /// Parses the fields. Both room numbers have to be JSON numbers: no client sends them as text.
    ///
    /// # Errors
    /// 10003 with the text of the field, in the original's order.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, FormError> {
        let id = fields.text("id", "Lack of id", "Invalid id")?;
        let room = fields.int("roomnum", "Lack of roomnum", " Invalid roomnum")?;
        let current = fields.int(
            "current_roomnum",
            "Lack of current_roomnum",
            " Invalid current_roomnum",
        )?;
        Ok(Self {
            host: Uid::parse(id),
            room: RoomNum::new(room),
            current: RoomNum::new(current),
            app: fields.app()?,
        })
    }
}

/// The data of `live/linksig`.
#[derive(Serialize)]
pub struct Linked<'a> {
    /// The signature for the cloud's SDK.
    pub linksig: &'a str,
}
