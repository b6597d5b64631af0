//! The caller of a request, from `Authorization: Bearer <token>`.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::problem::Problem;
use super::state::v2;
use crate::service::Caller;

/// The caller. Every request that has one counts as a use of their token.
pub(super) struct Bearer(pub(super) Caller);

/// The token that a request carries.
pub(super) struct BearerToken(pub(super) String);

impl FromRequest for BearerToken {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok());
        let token = given.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
        });
        let token = token.filter(|token| !token.is_empty());
        let token = token.map(|token| Self(token.to_owned()));
        std::future::ready(token.ok_or_else(Problem::no_token))
    }
}

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let token = BearerToken::from_request(request, payload).into_inner();
        let v2 = v2(request);
        Box::pin(async move {
            let BearerToken(token) = token?;
            Ok(Self(v2.service().caller(&token).await?))
        })
    }
}
