//! Why a request is not done, whichever protocol brought it. The numbers stand in [`code`](super::code).

use crate::domain::Refusal;
use crate::error::{Error, Fault};

/// Why a request is not done.
#[derive(Debug)]
pub enum Failure {
    /// Something is wrong with its form, so it was never asked of the product.
    Form(FormError),
    /// The product refuses it, is busy, or is unable.
    Error(Error),
}

/// What is wrong with the form of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// It names no command that exists.
    UnknownCommand,
    /// The body is not JSON, or nested too deep.
    NotJson,
    /// The body is larger than the settings allow, or took too long to arrive.
    BodyNotTaken,
    /// A field is missing or wrong.
    Field(FieldError),
    /// A signature is wrong, too old or missing, or its sender is not to be trusted.
    BadSign,
    /// Logout with a token that is not valid (any more).
    RepeatLogout,
}

/// A field that is missing or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name, as the request has to have it.
    pub name: &'static str,
    /// What old clients are told, in the words of the original server.
    pub text: &'static str,
}

impl FormError {
    /// The field of that name is missing or wrong, as the text says.
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
