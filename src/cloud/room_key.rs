//! A room key ("PrivateMapKey"): the rights of a user in one room of the video cloud.

use crate::domain::{AppId, Privileges, RoomNum, Uid};

/// The content of a room key.
#[derive(Clone, Copy, Debug)]
pub struct RoomKey<'a> {
    /// The user who gets the key.
    pub uid: &'a Uid,
    /// The room that it is for.
    pub room: KeyedRoom<'a>,
    /// The rights of the user there.
    pub privileges: Privileges,
    /// The cloud's number for a kind of accounts of the app; 0 if the app has only one kind.
    pub account_type: u32,
    /// How long the key is valid, in seconds.
    pub life_s: u32,
}

/// A room in the video cloud, identified by a number or by a text. The two are different rooms even if
/// the text is the number in digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyedRoom<'a> {
    /// By number.
    Number(RoomNum),
    /// By text.
    Text(&'a str),
}

impl RoomKey<'_> {
    /// The key in the cloud's binary form, which a signature carries as `TLS.userbuf`. Integers are
    /// big-endian. `now` is in seconds since 1970.
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

/// Appends the length and the bytes of a text. A user's id has at most 32 bytes, the name of a room 64.
fn put_text(bytes: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("ids and names of rooms are short");
    bytes.extend(length.to_be_bytes());
    bytes.extend(text.as_bytes());
}
