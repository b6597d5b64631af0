//! A room's key ("PrivateMapKey"): what somebody may do in one room of the video cloud.

use crate::domain::{AppId, Privileges, RoomNum, Uid};

/// What a room's key says.
#[derive(Clone, Copy, Debug)]
pub struct RoomKey<'a> {
    /// Whose it is.
    pub uid: &'a Uid,
    /// For which room.
    pub room: KeyedRoom<'a>,
    /// What he may do there.
    pub privileges: Privileges,
    /// The cloud's number for the kind of accounts an app has; 0 where it has one kind.
    pub account_type: u32,
    /// How long it is good, in seconds.
    pub life_s: u32,
}

/// A room as the video cloud knows it: by its number, or by a text. These are different rooms even
/// if the text is the number's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyedRoom<'a> {
    /// By number.
    Number(RoomNum),
    /// By text.
    Text(&'a str),
}

impl RoomKey<'_> {
    /// The key in the cloud's own form, which a signature carries as `TLS.userbuf`; integers have
    /// their highest byte first. `now` is in seconds since 1970.
    pub(super) fn userbuf(&self, app: AppId, now: i64) -> Vec<u8> {
        let (version, number, text) = match self.room {
            KeyedRoom::Number(number) => (0, number.get(), None),
            KeyedRoom::Text(text) => (1, 0, Some(text)),
        };
        let expires = now.saturating_add(self.life_s.into());
        let mut bytes = vec![version];
        put_text(&mut bytes, self.uid.as_str());
        for number in [
            app.get(),
            number,
            u32::try_from(expires).unwrap_or(u32::MAX),
            self.privileges.bits(),
            self.account_type,
        ] {
            bytes.extend(number.to_be_bytes());
        }
        if let Some(text) = text {
            put_text(&mut bytes, text);
        }
        bytes
    }
}

/// The length and the bytes of a text. An id has 32 bytes at the most, the name of a room 64.
fn put_text(bytes: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("ids and names of rooms are short");
    bytes.extend(length.to_be_bytes());
    bytes.extend(text.as_bytes());
}
