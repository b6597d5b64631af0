//! The rules for single fields that many commands share.
//!
//! "Empty" is absent, null or `""`; the text `"0"` is a text. Each rule is given the original's
//! texts for "empty" and "wrong", because those differ from command to command.

use super::json::{Fields, Value};
use crate::domain::{AppId, Role, RoleClaim, RoomNum, Uid};
use crate::http::failure::FormError;

/// Rows to be listed: from which, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The first row, or whatever the client means by `index`.
    pub index: usize,
    /// How many.
    pub size: usize,
}

impl<'a> Fields<'a> {
    /// The token. What is not a text counts as absent.
    ///
    /// # Errors
    /// 10003 "Lack of token".
    pub fn token(&self) -> Result<&str, FormError> {
        self.token_or_wrong("Lack of token")
    }

    /// The token, where a token that is not a text has an error text of its own.
    pub(super) fn token_or_wrong(&self, wrong: &'static str) -> Result<&str, FormError> {
        self.text("token", "Lack of token", wrong)
    }

    /// `sign`, one of the document's fields for every command. What is not a text is a wrong one.
    pub fn request_sign(&self) -> Option<&str> {
        self.filled("sign").map(|sign| match sign {
            Value::Text(sign) => sign,
            _ => "",
        })
    }

    /// `timeStamp`, the other one, in seconds since 1970. None if it is no number.
    pub fn time_stamp(&self) -> Option<i64> {
        let number = self.optional_number("timeStamp", "Invalid timeStamp");
        number.ok().flatten()
    }

    /// The user that the request names by `id`, for the log. None if it is no id.
    pub fn named_user(&self) -> Option<Uid> {
        Uid::parse(self.text_if_any("id"))
    }

    /// The room that the request names, for the log.
    pub fn named_room(&self) -> Option<RoomNum> {
        let number = |fields: &Self| fields.optional_number("roomnum", "").ok().flatten();
        let within = || match self.get("room") {
            Some(Value::Object(room)) => number(room),
            _ => None,
        };
        RoomNum::new(number(self).or_else(within)?)
    }

    /// A text that must not be empty.
    pub(super) fn text(
        &self,
        name: &'static str,
        empty: &'static str,
        wrong: &'static str,
    ) -> Result<&str, FormError> {
        match self.filled(name) {
            None => Err(FormError::field(name, empty)),
            Some(Value::Text(text)) => Ok(text),
            Some(_) => Err(FormError::field(name, wrong)),
        }
    }

    /// A text that may be empty.
    pub(super) fn optional_text(
        &self,
        name: &'static str,
        wrong: &'static str,
    ) -> Result<&str, FormError> {
        match self.filled(name) {
            None => Ok(""),
            Some(Value::Text(text)) => Ok(text),
            Some(_) => Err(FormError::field(name, wrong)),
        }
    }

    /// A text; whatever else stands there is as good as none.
    pub(super) fn text_if_any(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// A number as a number.
    pub(super) fn int(
        &self,
        name: &'static str,
        empty: &'static str,
        wrong: &'static str,
    ) -> Result<i64, FormError> {
        match self.filled(name) {
            None => Err(FormError::field(name, empty)),
            Some(Value::Int(number)) => Ok(*number),
            Some(_) => Err(FormError::field(name, wrong)),
        }
    }

    /// A number as a number or as text, if there is one.
    pub(super) fn optional_number(
        &self,
        name: &'static str,
        wrong: &'static str,
    ) -> Result<Option<i64>, FormError> {
        match self.filled(name) {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(*number)),
            // The whole text has to be the number: the original took `10003abc` for 10003.
            Some(Value::Text(text)) => text
                .parse()
                .map(Some)
                .map_err(|_| FormError::field(name, wrong)),
            Some(_) => Err(FormError::field(name, wrong)),
        }
    }

    /// A room's number, as a number or as text. None if no room can have it, as −1.
    pub(super) fn room_number(&self, wrong: &'static str) -> Result<Option<RoomNum>, FormError> {
        let number = self.optional_number("roomnum", wrong)?;
        Ok(RoomNum::new(
            number.ok_or(FormError::field("roomnum", "Lack of roomnum"))?,
        ))
    }

    /// What a client claims of its role. Claims of published clients are loose: one build's host beats
    /// with 2, another's viewers with 1. So a claim to be host claims nothing.
    pub(super) fn role_claim(&self, wrong: &'static str) -> Result<RoleClaim, FormError> {
        let number = self.int("role", "Lack of role", wrong)?;
        match Role::from_number(number) {
            Some(Role::Viewer) => Ok(RoleClaim::OffMic),
            Some(Role::Host) => Ok(RoleClaim::Keep),
            Some(Role::Linked) => Ok(RoleClaim::OnMic),
            None => Err(FormError::field("role", wrong)),
        }
    }

    /// The app that a request is about, as a number or, from the Windows client and the Java
    /// integrators, as text; none means the default one.
    pub(super) fn app(&self) -> Result<Option<AppId>, FormError> {
        let wrong = "Invalid appid";
        match self.optional_number("appid", wrong)? {
            None => Ok(None),
            Some(number) => AppId::new(number)
                .map(Some)
                .ok_or(FormError::field("appid", wrong)),
        }
    }

    /// An app to filter by, as a number or as text; 0 and empty mean all.
    pub(super) fn app_filter(&self) -> Result<Option<AppId>, FormError> {
        match self.optional_number("appid", "Invalid appid")? {
            Some(0) => Ok(None),
            _ => self.app(),
        }
    }

    /// `index` and `size`; `too_large` is the original's text for a size beyond `limit`.
    pub(super) fn paging(
        &self,
        limit: usize,
        too_large: &'static str,
    ) -> Result<Paging, FormError> {
        let wrong_index = "Page index should be a non-negative integer";
        let index = self.int("index", "Lack of page index", wrong_index)?;
        let index = usize::try_from(index).map_err(|_| FormError::field("index", wrong_index))?;
        let size = self.int("size", "Lack of page size", too_large)?;
        let size = usize::try_from(size).ok().filter(|size| *size <= limit);
        Ok(Paging {
            index,
            size: size.ok_or(FormError::field("size", too_large))?,
        })
    }

    /// The value of that name, unless it is empty.
    pub(super) fn filled(&self, name: &str) -> Option<&Value<'a>> {
        self.get(name)
            .filter(|value| !matches!(value, Value::Text(text) if text.is_empty()))
    }
}
