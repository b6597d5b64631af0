//! What an examination finds, in words for the operator.

use crate::error::Fault;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing to do.
    Ok,
    /// It works, and something should be done or known.
    Warn,
    /// It does not work.
    Fail,
}

impl Level {
    /// Its name in the output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One line of an examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was examined, in a word or two.
    pub subject: &'static str,
    /// What was found, and what to do. It holds no secret.
    pub text: String,
}

impl Finding {
    /// Nothing to do.
    pub fn ok(subject: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Ok, subject, text)
    }

    /// Something should be done or known.
    pub fn warn(subject: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Warn, subject, text)
    }

    /// It does not work.
    pub fn fail(subject: &'static str, text: impl Into<String>) -> Self {
        Self::new(Level::Fail, subject, text)
    }

    /// What `result` says: its text, or its fault.
    pub fn of<T: Into<String>>(subject: &'static str, result: Result<T, Fault>) -> Self {
        match result {
            Ok(text) => Self::ok(subject, text),
            Err(fault) => Self::fail(subject, fault.to_string()),
        }
    }

    fn new(level: Level, subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            level,
            subject,
            text: text.into(),
        }
    }
}
