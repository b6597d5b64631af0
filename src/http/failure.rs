//! The reasons why a request fails, in any protocol. [`code`](super::code) has their error codes.

use crate::domain::{ImTrouble, Refusal};
use crate::error::{Error, Fault};

/// The reason why a request failed.
#[derive(Debug)]
pub enum Failure {
    /// The request has a wrong form, so it did not reach the use cases.
    Form(FormError),
    /// The use case refused it, a queue was full, or the server had a fault.
    Error(Error),
    /// Logout with a token that is not, or no longer, valid.
    RepeatLogout,
    /// A user is signed out of zaibo, but not out of the cloud's messaging service.
    StillInIm(ImTrouble),
}

/// The part of a request's form that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// It names no existing command.
    UnknownCommand,
    /// The body is not JSON, or is nested too deeply.
    NotJson,
    /// The body is larger than the settings allow, or took too long to arrive.
    BodyNotTaken,
    /// A field is missing or wrong.
    Field(FieldError),
    /// The request's signature is wrong, too old or missing, or its sender is not trusted.
    BadSign,
}

/// A field that is missing or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the field in the request.
    pub name: &'static str,
    /// The text that old clients get, in the words of the original server.
    pub text: &'static str,
}

impl FormError {
    /// A missing or wrong field, with the text for old clients.
    pub fn field(name: &'static str, text: &'static str) -> Self {
        Self::Field(FieldError { name, text })
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Error(refusal.into())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Error(fault.into())
    }
}
