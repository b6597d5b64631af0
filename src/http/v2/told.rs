//! How an answer is told: a problem is noted and gets its form, everything else stays as it is.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};

use super::operation::{allowed, name_of};
use super::problem::Problem;
use super::state::V2;
use crate::http::request_id::RequestId;

/// An answer, and the number of its problem; 0 if it is none.
pub(super) struct Told {
    pub(super) number: i32,
    pub(super) response: ServiceResponse<BoxBody>,
}

/// Tells an answer.
pub(super) fn tell(
    v2: &V2,
    id: &RequestId,
    response: ServiceResponse<impl MessageBody + 'static>,
) -> Told {
    let response = response.map_into_boxed_body();
    let told = response.response().error().and_then(|error| {
        let problem = error.as_error::<Problem>()?;
        let path = response.request().match_pattern();
        v2.note(
            problem,
            name_of(response.request().method(), path.as_deref()),
            id,
        );
        let mut told: HttpResponse = problem.render(id);
        if told.status() == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(methods) = HeaderValue::from_str(&allowed(path.as_deref()))
        {
            told.headers_mut().insert(header::ALLOW, methods);
        }
        Some((problem.number(), told))
    });
    match told {
        Some((number, told)) => Told {
            number,
            response: response.into_response(told),
        },
        None => Told {
            number: 0,
            response,
        },
    }
}
