//! What each failure is on the wire: its number and text for old clients, its status and reason for the
//! live API. Every code is defined here and nowhere else.

use actix_web::http::StatusCode;

use super::failure::{Failure, FormError};
use crate::domain::{Budget, Feature, ImTrouble, Refusal, Spent};
use crate::error::Error;

/// A failure on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// The number, in both protocols.
    pub(super) number: i32,
    /// The text for old clients. It comes from the API document and the original server, or else it is
    /// zaibo's own (10011 to 10013, 20003 to 20004, 90001 to 90002).
    pub(super) text: &'static str,
    /// The status in the live API.
    pub(super) status: StatusCode,
    /// The name in the live API.
    pub(super) reason: &'static str,
}

/// A fault of the server.
pub(super) const FAULT: Code = of(
    90000,
    "Server internal error",
    StatusCode::INTERNAL_SERVER_ERROR,
    "fault",
);

/// A path of the live API has no such method.
pub(super) const WRONG_METHOD: Code = of(
    10001,
    "Invalid request.",
    StatusCode::METHOD_NOT_ALLOWED,
    "wrong_method",
);

/// An idempotency key of the live API came with another request before.
pub(super) const IDEMPOTENCY_MISMATCH: Code = invalid("Invalid request.", "idempotency_mismatch");

/// What a request of the live API asked for was done, and the room is over already.
pub(super) const ROOM_OVER: Code = conflict(10010, "av room is not exist", "room_over");

/// A request of the live API has no token.
pub(super) const TOKEN_MISSING: Code = unauthorized(10009, "Token expired", "token_missing");

const fn of(number: i32, text: &'static str, status: StatusCode, reason: &'static str) -> Code {
    Code {
        number,
        text,
        status,
        reason,
    }
}

/// The code of a failure.
pub(super) fn code(failure: &Failure) -> Code {
    match failure {
        Failure::Form(error) => form_code(*error),
        Failure::Error(error) => error_code(error),
        Failure::RepeatLogout => unauthorized(10008, "Repeat logout", "token_unknown"),
        Failure::StillInIm(trouble) => Code {
            text: still_in_im(*trouble),
            reason: "still_in_im",
            ..FAULT
        },
    }
}

/// The code of an error of a use case.
pub(super) fn error_code(error: &Error) -> Code {
    match error {
        Error::Refused(refusal) => refusal_code(*refusal),
        Error::Busy(_) => unavailable("Server busy, try again", "busy"),
        Error::Unavailable { may_be_done: false } => {
            unavailable("The database cannot be reached, try again", "database_away")
        }
        Error::Unavailable { may_be_done: true } => unavailable(
            "The database cannot be reached, it is not known whether this was done",
            "outcome_unknown",
        ),
        Error::Fault(_) => FAULT,
    }
}

/// The code of a form error.
pub(super) fn form_code(error: FormError) -> Code {
    match error {
        FormError::UnknownCommand => of(
            10001,
            "Invalid request.",
            StatusCode::NOT_FOUND,
            "no_such_path",
        ),
        FormError::NotJson => of(
            10002,
            "HTTP Request Json Parse Error",
            StatusCode::BAD_REQUEST,
            "not_json",
        ),
        FormError::BodyNotTaken => of(
            10002,
            "HTTP Request body is too large or came too slowly",
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_not_taken",
        ),
        FormError::Field(field) => invalid(field.text, "field_invalid"),
        FormError::BadSign => unauthorized(10011, "Request sign error", "sign_invalid"),
    }
}

fn refusal_code(refusal: Refusal) -> Code {
    match refusal {
        Refusal::ReservedId => invalid("Invalid id", "id_reserved"),
        Refusal::UnknownApp => invalid("Invalid appid", "app_unknown"),
        Refusal::UserExists => conflict(10004, "Register user id existed", "user_exists"),
        Refusal::NoSuchUser => unauthorized(10005, "User not exist", "user_unknown"),
        Refusal::WrongPassword => unauthorized(10006, "User password error", "password_wrong"),
        Refusal::TokenUnknown => unauthorized(10009, "Token expired", "token_unknown"),
        Refusal::TokenTooOld => unauthorized(10009, "User token expired", "token_too_old"),
        Refusal::NoSuchRoom => of(
            10010,
            "av room is not exist",
            StatusCode::NOT_FOUND,
            "room_unknown",
        ),
        Refusal::NoSuchLive => of(
            10010,
            "av room is not exist",
            StatusCode::NOT_FOUND,
            "live_unknown",
        ),
        Refusal::TooManyRequests(Spent { budget, .. }) => of(
            10012,
            too_many(budget),
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
        ),
        Refusal::SigInvalid => Code {
            number: FAULT.number,
            ..invalid("Sig verify failed!", "sig_invalid")
        },
        Refusal::NotAdmin => forbidden(10013, "The user is not an administrator", "not_admin"),
        // Old clients are no guests and have no keys, so these have no texts of their own.
        Refusal::KeyUnknown => unauthorized(10009, "Token expired", "key_unknown"),
        Refusal::KeyMayNot => forbidden(10013, "The user is not an administrator", "key_may_not"),
        Refusal::KeyNeeded => forbidden(10013, "The user is not an administrator", "key_needed"),
        Refusal::GuestsMayNot => {
            forbidden(10013, "The user is not an administrator", "guests_may_not")
        }
        Refusal::GuestsFull => conflict(20003, "Every mic seat is taken", "guests_full"),
        Refusal::NotYourRoom => forbidden(
            20001,
            "The room was not created by this user",
            "not_your_room",
        ),
        Refusal::TitleMissing => invalid("Invalid request.", "field_invalid"),
        Refusal::VersionStale => conflict(10010, "av room is not exist", "version_stale"),
        Refusal::NotMember => forbidden(10010, "av room is not exist", "not_member"),
        Refusal::MicSeatsFull => conflict(20003, "Every mic seat is taken", "mic_seats_full"),
        Refusal::MicNotGranted => conflict(
            20004,
            "The host has not approved this user for the mic",
            "mic_not_granted",
        ),
        Refusal::NotSetUp(Feature::LinkSig | Feature::Guests) => of(
            90002,
            "linksig is not set up for this app",
            StatusCode::NOT_IMPLEMENTED,
            "not_set_up",
        ),
    }
}

const fn invalid(text: &'static str, reason: &'static str) -> Code {
    of(10003, text, StatusCode::UNPROCESSABLE_ENTITY, reason)
}

const fn unauthorized(number: i32, text: &'static str, reason: &'static str) -> Code {
    of(number, text, StatusCode::UNAUTHORIZED, reason)
}

const fn forbidden(number: i32, text: &'static str, reason: &'static str) -> Code {
    of(number, text, StatusCode::FORBIDDEN, reason)
}

const fn conflict(number: i32, text: &'static str, reason: &'static str) -> Code {
    of(number, text, StatusCode::CONFLICT, reason)
}

const fn unavailable(text: &'static str, reason: &'static str) -> Code {
    of(90001, text, StatusCode::SERVICE_UNAVAILABLE, reason)
}

fn too_many(budget: Budget) -> &'static str {
    match budget {
        Budget::LoginPair
        | Budget::LoginId
        | Budget::LoginNetwork
        | Budget::LoginInvented
        | Budget::LoginWaiting => "Too many failed logins, try again later",
        Budget::Registrations => "Too many registrations, try again later",
        // The last two are of the live API, which does not show this text.
        Budget::Creates | Budget::Guests | Budget::Tickets => "Too many new rooms, try again later",
    }
}

fn still_in_im(trouble: ImTrouble) -> &'static str {
    match trouble {
        ImTrouble::Unreachable => {
            "Server internal error: signed out here, but the messaging service did not (not reachable)"
        }
        ImTrouble::Timeout => {
            "Server internal error: signed out here, but the messaging service did not (timeout)"
        }
        ImTrouble::Refused => {
            "Server internal error: signed out here, but the messaging service did not (refused)"
        }
    }
}
