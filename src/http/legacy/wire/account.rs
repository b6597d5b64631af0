//! `account` commands: regist, login, logout, verify, kickout.

use serde::Serialize;

use super::json::{Fields, Value};
use crate::domain::{AppId, Uid};
use crate::http::failure::FormError;
use crate::service::Credentials;

/// The longest password, in bytes.
const MAX_PASSWORD: usize = 128;

/// `account/regist`.
pub struct Regist<'f> {
    /// The id that the user chose.
    pub uid: Uid,
    /// The password in plain text: every client sends it so, although the document says otherwise.
    pub password: &'f str,
}

impl<'f> Regist<'f> {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &'f Fields<'_>) -> Result<Self, FormError> {
        let id = fields.text("id", "Lack of id", "Invalid id")?;
        let password = fields.text("pwd", "Lack of pwd", "Invalid pwd")?;
        let uid = Uid::parse_new(id).ok_or(FormError::field("id", "Invalid id"))?;
        if password.len() > MAX_PASSWORD {
            return Err(FormError::field("pwd", "Invalid pwd"));
        }
        Ok(Self { uid, password })
    }
}

/// The user's id and password, from `id` and `pwd`.
///
/// # Errors
/// 10003 with the text of the field.
fn credentials<'f>(fields: &'f Fields<'_>) -> Result<Credentials<'f>, FormError> {
    let id = fields.text("id", "Lack of id", "Invalid id")?;
    let password = fields.text("pwd", "Lack of pwd", "Invalid pwd")?;
    Ok(Credentials {
        uid: Uid::parse(id),
        password,
    })
}

/// `account/login`.
pub struct Login<'f> {
    /// The user's id and password.
    pub who: Credentials<'f>,
    /// The app. `None` means the default app.
    pub app: Option<AppId>,
}

impl<'f> Login<'f> {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &'f Fields<'_>) -> Result<Self, FormError> {
        Ok(Self {
            who: credentials(fields)?,
            app: fields.app()?,
        })
    }
}

/// The token of `account/logout`, which has an error text of its own.
///
/// # Errors
/// 10003 "Lack of token", "Invalid token".
pub fn logout_token<'f>(fields: &'f Fields<'_>) -> Result<&'f str, FormError> {
    fields.token_or_wrong("Invalid token")
}

/// The data of a login.
#[derive(Serialize)]
pub struct LoggedIn<'a> {
    /// The signature with which the client logs in to the cloud's SDK.
    #[serde(rename = "userSig")]
    pub user_sig: &'a str,
    /// The token for later requests.
    pub token: &'a str,
}

/// `account/verify`.
pub struct Verify<'f> {
    /// The user that the signature names. `None` if no user can have this id.
    pub uid: Option<Uid>,
    /// The signature.
    pub sig: &'f str,
    /// The app. `None` means the default app.
    pub app: Option<AppId>,
}

impl<'f> Verify<'f> {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &'f Fields<'_>) -> Result<Self, FormError> {
        let id = fields.text("id", "Lack of id", "Invalid id")?;
        Ok(Self {
            uid: Uid::parse(id),
            sig: fields.text("sig", "Lack of sig", "Invalid sig")?,
            app: fields.app()?,
        })
    }
}

/// `account/kickout`.
pub struct Kickout<'f> {
    /// The administrator.
    pub who: Credentials<'f>,
    /// The user to kick out. `None` if no user can have this id.
    pub target: Option<Uid>,
    /// The original server kept the target's signature for their next login if this was set. zaibo
    /// does not keep it and only returns the flag.
    pub hold_sig: bool,
    /// The app. `None` means the default app.
    pub app: Option<AppId>,
}

impl<'f> Kickout<'f> {
    /// # Errors
    /// 10003 with the text of the field.
    pub fn parse(fields: &'f Fields<'_>) -> Result<Self, FormError> {
        let who = credentials(fields)?;
        let target = fields.text("kickid", "Lack of kickid", "Invalid kickid")?;
        Ok(Self {
            who,
            target: Uid::parse(target),
            hold_sig: match fields.get("holdsig") {
                Some(Value::Bool(hold)) => *hold,
                Some(Value::Int(hold)) => *hold != 0,
                Some(Value::Text(hold)) => !["", "0"].contains(&&**hold),
                _ => false,
            },
            app: fields.app()?,
        })
    }
}

/// The data of `account/kickout`.
#[derive(Serialize)]
pub struct KickedOut<'a> {
    /// The user who was kicked out.
    #[serde(rename = "kickID")]
    pub target: &'a str,
    /// The flag as the request sent it.
    #[serde(rename = "holdSig")]
    pub hold_sig: u8,
}
