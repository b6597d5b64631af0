//! The reasons for which callbacks are refused or not kept, as the metrics name them.

use super::auth::AuthError;
use crate::domain::Sender;
use crate::http::failure::FormError;

pub(super) const BODY_NOT_TAKEN: &str = "its body is too large or came too slowly";

/// The callback was good, and the server failed. The cloud sends it again.
pub(super) const NOT_KEPT: &str = "not kept";

const NOT_A_POST: &str = "it is not a POST";
const NOT_JSON: &str = "its body is not a JSON object";
/// The log says which field it is.
const FIELD: &str = "a field of its body is missing or wrong";

/// Every reason.
pub const REFUSALS: [&str; 19] = [
    AuthError::Browser.reason(),
    AuthError::ForeignNetwork.reason(),
    AuthError::NoPathSecret.reason(),
    AuthError::NoKey(Sender::Live).reason(),
    AuthError::NoKey(Sender::Trtc).reason(),
    AuthError::NoKey(Sender::Vod).reason(),
    AuthError::NoKey(Sender::Im).reason(),
    AuthError::NotFromHere.reason(),
    AuthError::ForeignHost.reason(),
    AuthError::Unsigned.reason(),
    AuthError::WrongSign.reason(),
    AuthError::Expired.reason(),
    AuthError::TooFarAhead.reason(),
    AuthError::ForeignApp.reason(),
    BODY_NOT_TAKEN,
    NOT_KEPT,
    NOT_A_POST,
    NOT_JSON,
    FIELD,
];

/// The reason that a wrong form is.
pub(super) fn reason_of(error: FormError) -> &'static str {
    match error {
        FormError::UnknownCommand => NOT_A_POST,
        FormError::BodyNotTaken => BODY_NOT_TAKEN,
        FormError::Field(_) => FIELD,
        FormError::NotJson | FormError::BadSign => NOT_JSON,
    }
}
