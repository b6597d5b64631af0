//! The error code and text of each failure on the wire. Every code is defined here and nowhere
//! else.

use super::failure::{Failure, FormError};
use crate::domain::{Budget, Feature, ImTrouble, Refusal};
use crate::error::Error;

/// The code and text of a fault of the server.
pub(super) const FAULT: (i32, &str) = (90000, "Server internal error");

/// The code and text of a failure.
pub(super) fn code(failure: &Failure) -> (i32, &'static str) {
    match failure {
        Failure::Form(error) => form_code(*error),
        Failure::Error(Error::Refused(refusal)) => refusal_code(*refusal),
        Failure::Error(Error::Busy(_)) => (90001, "Server busy, try again"),
        Failure::Error(Error::Unavailable { may_be_done: false }) => {
            (90001, "The database cannot be reached, try again")
        }
        Failure::Error(Error::Unavailable { may_be_done: true }) => (
            90001,
            "The database cannot be reached, it is not known whether this was done",
        ),
        Failure::Error(Error::Fault(_)) => FAULT,
        Failure::RepeatLogout => (10008, "Repeat logout"),
        Failure::StillInIm(trouble) => (FAULT.0, still_in_im(*trouble)),
    }
}

/// The code and text of a form error.
pub(super) fn form_code(error: FormError) -> (i32, &'static str) {
    match error {
        FormError::UnknownCommand => (10001, "Invalid request."),
        FormError::NotJson => (10002, "HTTP Request Json Parse Error"),
        FormError::BodyNotTaken => (10002, "HTTP Request body is too large or came too slowly"),
        FormError::Field(field) => (10003, field.text),
        FormError::BadSign => (10011, "Request sign error"),
    }
}

/// The code and text of a refusal. They come from the API document and the original server, or else
/// they are zaibo's own (10011 to 10013, 20003 to 20004, 90001 to 90002).
fn refusal_code(refusal: Refusal) -> (i32, &'static str) {
    match refusal {
        Refusal::ReservedId => (10003, "Invalid id"),
        Refusal::UnknownApp => (10003, "Invalid appid"),
        Refusal::UserExists => (10004, "Register user id existed"),
        Refusal::NoSuchUser => (10005, "User not exist"),
        Refusal::WrongPassword => (10006, "User password error"),
        Refusal::TokenUnknown => (10009, "Token expired"),
        Refusal::TokenTooOld => (10009, "User token expired"),
        Refusal::NoSuchRoom => (10010, "av room is not exist"),
        Refusal::TooManyRequests(budget) => (10012, too_many(budget)),
        Refusal::SigInvalid => (FAULT.0, "Sig verify failed!"),
        Refusal::NotAdmin => (10013, "The user is not an administrator"),
        Refusal::NotYourRoom => (20001, "The room was not created by this user"),
        Refusal::MicSeatsFull => (20003, "Every mic seat is taken"),
        Refusal::MicNotGranted => (20004, "The host has not approved this user for the mic"),
        Refusal::NotSetUp(Feature::LinkSig) => (90002, "linksig is not set up for this app"),
    }
}

fn too_many(budget: Budget) -> &'static str {
    match budget {
        Budget::LoginPair
        | Budget::LoginId
        | Budget::LoginNetwork
        | Budget::LoginInvented
        | Budget::LoginWaiting => "Too many failed logins, try again later",
        Budget::Registrations => "Too many registrations, try again later",
        Budget::Creates => "Too many new rooms, try again later",
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
