//! Rules for single fields that many commands share.
//!
//! A field is "empty" if it is absent, null or `""`; the text `"0"` is not empty. Each rule takes
//! the original server's texts for "empty" and "wrong", because they differ between commands.

use super::json::{Fields, Value};
use crate::domain::{AppId, Role, RoleClaim, RoomNum};
use crate::http::failure::FormError;

/// The rows of a page: the first one and the number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The value of `index`: the first row, or a page number.
    pub index: usize,
    /// The most rows on the page.
    pub size: usize,
}

impl<'a> Fields<'a> {
    /// The token. A value of another type counts as absent.
    ///
    /// # Errors
    /// 10003 "Lack of token".
    pub fn token(&self) -> Result<&str, FormError> {
        self.token_or_wrong("Lack of token")
    }

    /// The token. `wrong` is the error text for a value that is not a text.
    pub(super) fn token_or_wrong(&self, wrong: &'static str) -> Result<&str, FormError> {
        self.text("token", "Lack of token", wrong)
    }

    /// `sign`, which the document allows for every command. A value of another type counts as a
    /// wrong signature.
    pub fn request_sign(&self) -> Option<&str> {
        self.filled("sign").map(|sign| match sign {
            Value::Text(sign) => sign,
            _ => "",
        })
    }

    /// `timeStamp`, which goes with `sign`, in seconds since 1970. `None` if it is not a number.
    pub fn time_stamp(&self) -> Option<i64> {
        let number = self.optional_number("timeStamp", "Invalid timeStamp");
        number.ok().flatten()
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

    /// A text. A value of another type counts as absent.
    pub(in crate::http::legacy) fn text_if_any(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// A JSON number.
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

    /// A number, sent as a JSON number or as text. `None` if it is empty.
    pub(super) fn optional_number(
        &self,
        name: &'static str,
        wrong: &'static str,
    ) -> Result<Option<i64>, FormError> {
        match self.filled(name) {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(*number)),
            // The whole text has to be the number; the original server took `10003abc` for 10003.
            Some(Value::Text(text)) => text
                .parse()
                .map(Some)
                .map_err(|_| FormError::field(name, wrong)),
            Some(_) => Err(FormError::field(name, wrong)),
        }
    }

    /// A room number, sent as a JSON number or as text. `None` if no room can have it, like −1.
    pub(super) fn room_number(&self, wrong: &'static str) -> Result<Option<RoomNum>, FormError> {
        let number = self.optional_number("roomnum", wrong)?;
        Ok(RoomNum::new(
            number.ok_or(FormError::field("roomnum", "Lack of roomnum"))?,
        ))
    }

    /// The role that a client reports. Published clients are inexact: the host of one build beats
    /// with 2, the viewers of another with 1. So a reported 1 changes nothing.
    pub(super) fn role_claim(&self, wrong: &'static str) -> Result<RoleClaim, FormError> {
        let number = self.int("role", "Lack of role", wrong)?;
        match Role::from_number(number) {
            Some(Role::Viewer) => Ok(RoleClaim::OffMic),
            Some(Role::Host) => Ok(RoleClaim::Keep),
            Some(Role::Linked) => Ok(RoleClaim::OnMic),
            None => Err(FormError::field("role", wrong)),
        }
    }

    /// The app that a request is about. It is a JSON number, or a text from the Windows client and
    /// the Java integrators. `None` means the default app.
    pub(super) fn app(&self) -> Result<Option<AppId>, FormError> {
        let wrong = "Invalid appid";
        match self.optional_number("appid", wrong)? {
            None => Ok(None),
            Some(number) => AppId::new(number)
                .map(Some)
                .ok_or(FormError::field("appid", wrong)),
        }
    }

    /// The app to filter by, sent as a JSON number or as text. `None` means all apps; 0 and empty
    /// mean that.
    pub(super) fn app_filter(&self) -> Result<Option<AppId>, FormError> {
        match self.optional_number("appid", "Invalid appid")? {
            Some(0) => Ok(None),
            _ => self.app(),
        }
    }

    /// `index` and `size`. `too_large` is the original server's text for a size above `limit`.
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

    /// The value of this field, unless it is empty.
    pub(super) fn filled(&self, name: &str) -> Option<&Value<'a>> {
        self.get(name)
            .filter(|value| !matches!(value, Value::Text(text) if text.is_empty()))
    }
}
