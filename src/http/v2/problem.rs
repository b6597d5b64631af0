//! What went wrong with a request, as clients read it: RFC 9457, `application/problem+json`.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Refusal;
use crate::error::{Error, Fault};
use crate::http::code::{
    Code, IDEMPOTENCY_MISMATCH, ROOM_OVER, TOKEN_MISSING, WRONG_METHOD, error_code, form_code,
};
use crate::http::failure::FormError;
use crate::http::request_id::RequestId;

/// The longest pointer, in letters: who sends a long name knows it.
const LONGEST_POINTER: usize = 64;

/// Seconds after which a client may try again while the server is busy.
const RETRY_AFTER_S: u64 = 1;

/// The type of the body.
pub(super) const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Problem {
    code: Code,
    /// The error of the use case, if it was one.
    error: Option<Error>,
    wrong: Option<Box<WrongField>>,
}

/// A field that is missing or wrong.
#[derive(Debug)]
struct WrongField {
    /// Its place as a JSON pointer.
    pointer: String,
    /// What belongs there.
    expected: String,
}

/// The body of a problem. `type` says nothing that `reason` does not.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Body {
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    status: u16,
    code: i32,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    request_id: String,
}

impl Problem {
    fn of(code: Code) -> Self {
        Self {
            code,
            error: None,
            wrong: None,
        }
    }

    /// A field is missing or wrong. `pointer` is its place as a JSON pointer, and `expected` says what
    /// belongs there; it does not repeat what was sent.
    pub(super) fn field(pointer: String, expected: &str) -> Self {
        Self {
            wrong: Some(Box::new(WrongField {
                pointer: pointer.chars().take(LONGEST_POINTER).collect(),
                expected: expected.to_owned(),
            })),
            ..Self::from(FormError::field("", ""))
        }
    }

    /// It was done, and the room is over already: its host began another one, or ended it.
    pub(super) fn over() -> Self {
        Self::of(ROOM_OVER)
    }

    /// The idempotency key was sent with another request before.
    pub(super) fn other_request() -> Self {
        Self::of(IDEMPOTENCY_MISMATCH)
    }

    /// The path has no such method.
    pub(super) fn wrong_method() -> Self {
        Self::of(WRONG_METHOD)
    }

    /// The request has no `Authorization: Bearer`.
    pub(super) fn no_token() -> Self {
        Self::of(TOKEN_MISSING)
    }

    /// The error of the use case, if it was one.
    pub(super) fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Its number.
    pub(super) fn number(&self) -> i32 {
        self.code.number
    }

    /// The seconds after which a client may try again.
    fn retry_after(&self) -> Option<u64> {
        match &self.error {
            Some(Error::Refused(Refusal::TooManyRequests(spent))) => Some(spent.retry_after_s),
            _ if self.code.status == StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER_S),
            _ => None,
        }
    }

    /// The answer, with the id of the request.
    pub(super) fn render(&self, id: &RequestId) -> HttpResponse {
        let status = self.code.status;
        let mut response = HttpResponse::build(status);
        response.content_type(CONTENT_TYPE);
        if let Some(seconds) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(self.body(id))
    }

    /// The body of the answer.
    pub(super) fn body(&self, id: &RequestId) -> Body {
        let wrong = self.wrong.as_deref();
        Body {
            kind: "about:blank",
            title: self.code.reason.replace('_', " "),
            status: self.code.status.as_u16(),
            code: self.code.number,
            reason: self.code.reason,
            field: wrong.map(|wrong| wrong.pointer.clone()),
            detail: wrong.map(|wrong| wrong.expected.clone()),
            request_id: id.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.reason)
    }
}

/// The answer itself is made where the id of the request is known.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = error_code(&error);
        let another = "expected another one";
        let field = match &error {
            Error::Refused(Refusal::ReservedId) => Some(("/id", another)),
            Error::Refused(Refusal::UnknownApp) => Some(("/appid", another)),
            Error::Refused(Refusal::TitleMissing) => Some(("/title", "missing")),
            _ => None,
        };
        let wrong = field.map(|(pointer, expected)| WrongField {
            pointer: pointer.to_owned(),
            expected: expected.to_owned(),
        });
        Self {
            error: Some(error),
            wrong: wrong.map(Box::new),
            ..Self::of(code)
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Error::from(refusal).into()
    }
}

impl From<FormError> for Problem {
    fn from(error: FormError) -> Self {
        Self::of(form_code(error))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Error::from(fault).into()
    }
}
