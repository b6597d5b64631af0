//! A request as handlers get it: its body, and the caller, from `Authorization: Bearer <token>`.
//!
//! The body comes first. If the token were looked at before a body that comes slowly, somebody who is signed
//! out meanwhile would still act.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::body::parse;
use super::operation::body_limit;
use super::problem::Problem;
use super::state::{Complete, v2};
use crate::clock::Stopwatch;
use crate::domain::KeyRight;
use crate::http::failure::FormError;
use crate::http::request::read;
use crate::service::{Caller, KeyCaller, Watcher};

/// A request that anybody may send.
pub(super) struct Anybody {
    body: Bytes,
}

/// A request of a user or a guest.
pub(super) struct Watching {
    pub(super) watcher: Watcher,
    sent: Anybody,
}

/// A request of a user. It counts as a use of their token.
pub(super) struct Asked {
    pub(super) caller: Caller,
    sent: Anybody,
}

impl Anybody {
    /// The fields of the body.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn fields<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        parse(&self.body)
    }
}

/// A request of a server of the app.
pub(super) struct ByKey {
    pub(super) by: KeyCaller,
    sent: Anybody,
}

impl ByKey {
    /// Reads a request that needs a key with that right. Without one nobody has to send a body.
    ///
    /// # Errors
    /// If there is no such key, or the body does not come.
    pub(super) async fn of(
        request: &HttpRequest,
        payload: web::Payload,
        right: KeyRight,
    ) -> Result<Self, Problem> {
        let by = v2(request).service().key_caller(token(request)?, right)?;
        let sent = Anybody::from_request(request, &mut payload.into_inner()).await?;
        Ok(Self { by, sent })
    }

    /// As [`Anybody::fields`].
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn fields<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.sent.fields()
    }
}

impl Watching {
    /// As [`Anybody::fields`].
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn fields<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.sent.fields()
    }
}

impl Asked {
    /// As [`Anybody::fields`].
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn fields<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.sent.fields()
    }
}

impl FromRequest for Anybody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, v2) = (request.clone(), v2(request));
        let payload = web::Payload::from_request(&request, payload).into_inner();
        Box::pin(async move {
            let payload = payload.map_err(|_| FormError::BodyNotTaken)?;
            let limit = body_limit(request.uri().path(), v2.max_body_bytes);
            let body = read(&request, payload, limit).await?;
            request
                .extensions_mut()
                .insert(Complete(Stopwatch::start()));
            Ok(Self { body })
        })
    }
}

impl FromRequest for Watching {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // Without a token nobody has to send a body.
        let token = token(request).map(str::to_owned);
        let sent = Anybody::from_request(request, payload);
        let v2 = v2(request);
        Box::pin(async move {
            let token = token?;
            let sent = sent.await?;
            let watcher = v2.service().watcher(&token).await?;
            Ok(Self { watcher, sent })
        })
    }
}

impl FromRequest for Asked {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let watching = Watching::from_request(request, payload);
        Box::pin(async move {
            let Watching { watcher, sent } = watching.await?;
            let caller = watcher.user()?;
            Ok(Self { caller, sent })
        })
    }
}

/// The token that a request carries.
///
/// # Errors
/// If it carries none.
pub(super) fn token(request: &HttpRequest) -> Result<&str, Problem> {
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
    });
    let token = token.filter(|token| !token.is_empty());
    token.ok_or_else(Problem::no_token)
}
