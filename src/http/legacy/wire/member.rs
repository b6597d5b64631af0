//! `live` commands about members: reportmemid, heartbeat, roomidlist, request, reportstatus.

use serde::Serialize;

use super::fields::Paging;
use super::json::{Fields, Value};
use super::room::{MAX_ROOMS, TOO_MANY_ROWS};
use crate::domain::{Refusal, Role, RoleClaim, RoomNum, Uid};
use crate::http::failure::{Failure, FormError};

/// `live/heartbeat`.
#[derive(Debug)]
pub struct Heartbeat {
    /// The room that the client reports. `None` if no room can have this number, like −1.
    pub number: Option<RoomNum>,
    /// The role that the client reports.
    pub claim: RoleClaim,
    /// The absolute count of likes. `None` means no change.
    pub likes: Option<u32>,
}

impl Heartbeat {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, FormError> {
        let number = fields.room_number("Invalid roomnum")?;
        let claim = fields.role_claim("Invalid role")?;
        let likes = match fields.get("thumbup") {
            // Clients keep the count in a signed 32-bit int.
            Some(Value::Int(likes)) if *likes >= 0 => {
                u32::try_from(*likes.min(&i64::from(i32::MAX))).ok()
            }
            _ => None,
        };
        Ok(Self {
            number,
            claim,
            likes,
        })
    }
}

/// The token of `live/heartbeat`, which has an error text of its own.
///
/// # Errors
/// 10003 "Lack of token", " Invalid token".
pub fn heartbeat_token<'f>(fields: &'f Fields<'_>) -> Result<&'f str, FormError> {
    fields.token_or_wrong(" Invalid token")
}

/// `live/reportmemid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportMember {
    /// `operate` is 0, or absent as in the document.
    Enter(Option<RoomNum>, RoleClaim),
    /// `operate` is 1.
    Leave(Option<RoomNum>),
}

impl ReportMember {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, FormError> {
        let number = fields.room_number(" Invalid roomnum")?;
        let claim = fields.role_claim(" Invalid role")?;
        match fields.filled("operate") {
            None | Some(Value::Int(0)) => Ok(Self::Enter(number, claim)),
            Some(Value::Int(1)) => Ok(Self::Leave(number)),
            Some(_) => Err(FormError::field("operate", " Invalid operate")),
        }
    }
}

/// `live/roomidlist`.
#[derive(Debug)]
pub struct ListMembers {
    /// The room. `None` if no room can have this number.
    pub number: Option<RoomNum>,
    /// The rows of the page. The index is a row offset.
    pub rows: Paging,
}

impl ListMembers {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, FormError> {
        let number = fields.room_number(" Invalid roomnum")?;
        Ok(Self {
            number,
            rows: fields.paging(MAX_ROOMS, TOO_MANY_ROWS)?,
        })
    }
}

/// The data of `live/roomidlist`.
#[derive(Serialize)]
pub struct MemberList<'a> {
    total: usize,
    idlist: Vec<MemberItem<'a>>,
}

#[derive(Serialize)]
struct MemberItem<'a> {
    id: &'a str,
    role: u8,
}

impl<'a> MemberList<'a> {
    /// A page of members; `total` counts all members of the room.
    pub fn new(total: usize, members: &'a [(Uid, Role)]) -> Self {
        let item = |(uid, role): &'a (Uid, Role)| MemberItem {
            id: uid.as_str(),
            role: role.number(),
        };
        Self {
            total,
            idlist: members.iter().map(item).collect(),
        }
    }
}

/// The room of `live/request`. `None` if no room can have this number.
///
/// # Errors
/// 10003 with the text of the field.
pub fn parse_request(fields: &Fields<'_>) -> Result<Option<RoomNum>, FormError> {
    fields.room_number("Invalid roomnum")
}

/// `live/reportstatus`.
#[derive(Debug)]
pub struct ReportMic {
    /// The room. `None` if no room can have this number.
    pub number: Option<RoomNum>,
    /// The member whose status the host sets. This field is zaibo's own, for `rooms.mic_policy =
    /// "approve"`: no published client sends it, and without it callers report their own status.
    pub guest: Option<Uid>,
    /// Whether the member is on mic.
    pub on: bool,
}

impl ReportMic {
    /// # Errors
    /// 10003 with the text of the field; 10010 if no user can have the id of the guest.
    pub fn parse(fields: &Fields<'_>) -> Result<Self, Failure> {
        let number = fields.room_number("Invalid roomnum")?;
        let wrong = FormError::field("status", " Invalid status");
        let on = match fields.text("status", "Lack of status", " Invalid status")? {
            "on" => true,
            "off" => false,
            _ => return Err(wrong.into()),
        };
        let guest = match fields.optional_text("uid", "Invalid uid")? {
            "" => None,
            uid => Some(Uid::parse(uid).ok_or(Refusal::NoSuchRoom)?),
        };
        Ok(Self { number, guest, on })
    }
}
