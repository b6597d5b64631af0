//! What went wrong with a request, as clients read it: RFC 9457, `application/problem+json`.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::domain::Refusal;
use crate::error::{Error, Fault};
use crate::http::code::{Code, code};
use crate::http::failure::{Failure, FormError};
use crate::http::request_id::RequestId;

/// Seconds after which a client may try again what was refused for now.
const RETRY_AFTER_S: u32 = 1;

/// The type of the body.
pub(super) const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Problem {
    failure: Failure,
    /// What is special in this API, where the failure alone does not say it.
    own: Option<Own>,
    /// The JSON pointer to the wrong field.
    field: Option<String>,
    detail: Option<String>,
}

/// Statuses and reasons that the protocol of 2016 does not know.
#[derive(Clone, Copy, Debug)]
enum Own {
    WrongMethod,
    NoToken,
}

impl Own {
    fn status_and_reason(self) -> (StatusCode, &'static str) {
        match self {
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "wrong_method"),
            Self::NoToken => (StatusCode::UNAUTHORIZED, "token_missing"),
        }
    }
}

/// The body of a problem. `type` says nothing that `reason` does not.
#[derive(Serialize)]
struct Body<'p> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    status: u16,
    code: i32,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'p str>,
    request_id: String,
}

impl Problem {
    fn of(failure: Failure) -> Self {
        Self {
            failure,
            own: None,
            field: None,
            detail: None,
        }
    }

    /// A field is missing or wrong. `pointer` is its place as a JSON pointer, and `expected` says what
    /// belongs there; it does not repeat what was sent.
    pub(super) fn field(pointer: String, expected: String) -> Self {
        Self {
            field: Some(pointer),
            detail: Some(expected),
            ..Self::of(FormError::field("", "").into())
        }
    }

    /// The path has no such method.
    pub(super) fn wrong_method() -> Self {
        Self {
            own: Some(Own::WrongMethod),
            ..Self::of(FormError::UnknownCommand.into())
        }
    }

    /// The request has no `Authorization: Bearer`.
    pub(super) fn no_token() -> Self {
        Self {
            own: Some(Own::NoToken),
            ..Self::of(Refusal::TokenUnknown.into())
        }
    }

    /// The error, if the use case failed.
    pub(super) fn error(&self) -> Option<&Error> {
        match &self.failure {
            Failure::Error(error) => Some(error),
            _ => None,
        }
    }

    /// The fault behind it, if it is the server's own.
    pub(super) fn fault(&self) -> Option<&Fault> {
        match self.error() {
            Some(Error::Fault(fault)) => Some(fault),
            _ => None,
        }
    }

    /// Its number.
    pub(super) fn number(&self) -> i32 {
        code(&self.failure).number
    }

    fn status_and_reason(&self) -> (StatusCode, &'static str) {
        let Code { status, reason, .. } = code(&self.failure);
        self.own.map_or((status, reason), Own::status_and_reason)
    }

    /// The answer, with the id of the request.
    pub(super) fn render(&self, id: &RequestId) -> HttpResponse {
        let (status, reason) = self.status_and_reason();
        let mut response = HttpResponse::build(status);
        response.content_type(CONTENT_TYPE);
        let is_for_now = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        if is_for_now.contains(&status) {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER_S.to_string()));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(Body {
            kind: "about:blank",
            title: reason.replace('_', " "),
            status: status.as_u16(),
            code: self.number(),
            reason,
            field: self.field.as_deref(),
            detail: self.detail.as_deref(),
            request_id: id.to_string(),
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status_and_reason().1)
    }
}

/// The answer itself is made where the id of the request is known.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status_and_reason().0
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of(error.into())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::of(refusal.into())
    }
}

impl From<FormError> for Problem {
    fn from(error: FormError) -> Self {
        Self::of(error.into())
    }
}
