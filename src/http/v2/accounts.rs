//! Accounts: registering, logging in and out, another password, and who the caller is.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::{Anybody, Asked, Watching, token};
use super::problem::Problem;
use super::shape::{Me, NewId, Password, whole};
use super::state::V2;
use crate::domain::{AppId, Refusal, Uid};
use crate::service::Credentials;

/// `POST /v2/register`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    id: NewId,
    pwd: Password,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Registered {
    uid: String,
}

/// Registers an account.
#[utoipa::path(
    post,
    path = "/v2/register",
    security(()),
    request_body = Register,
    responses(
        (status = 201, body = Registered),
        (status = 409, description = "user_exists"),
        (status = 422, description = "id_reserved"),
        (status = 429, description = "too_many_requests"),
    ),
)]
pub(super) async fn register(
    v2: Data<V2>,
    request: HttpRequest,
    asked: Anybody,
) -> Result<HttpResponse, Problem> {
    let Register {
        id: NewId(uid),
        pwd,
    } = asked.fields()?;
    let client = v2.client_of(&request);
    v2.service().register(&uid, pwd.expose(), client).await?;
    let uid = uid.to_string();
    Ok(HttpResponse::Created().json(Registered { uid }))
}

/// `POST /v2/login`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogIn {
    id: String,
    pwd: Password,
    /// The app that `user_sig` is for; without it the server's default app.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 4_294_967_295_u32)]
    appid: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LoggedIn {
    token: String,
    /// For the login to the cloud's SDK.
    user_sig: String,
    /// Seconds after which the token ends if it is not used.
    expires_in: i64,
}

/// Begins a session. The earlier ones of the account end.
#[utoipa::path(
    post,
    path = "/v2/login",
    security(()),
    request_body = LogIn,
    responses(
        (status = 200, body = LoggedIn),
        (status = 401, description = "user_unknown, password_wrong"),
        (status = 422, description = "app_unknown"),
        (status = 429, description = "too_many_requests"),
    ),
)]
pub(super) async fn log_in(
    v2: Data<V2>,
    request: HttpRequest,
    asked: Anybody,
) -> Result<Json<LoggedIn>, Problem> {
    let LogIn { id, pwd, appid } = asked.fields()?;
    let app = match appid {
        None => None,
        Some(appid) => Some(AppId::new(appid.into()).ok_or(Refusal::UnknownApp)?),
    };
    let who = Credentials {
        uid: Uid::parse(&id),
        password: pwd.expose(),
    };
    let service = v2.service();
    let given = service.log_in(who, app, v2.client_of(&request)).await?;
    Ok(Json(LoggedIn {
        token: given.token.as_str().to_owned(),
        user_sig: given.user_sig,
        expires_in: service.token_idle_s(),
    }))
}

/// Ends the session, and the caller's membership and live too.
#[utoipa::path(
    post,
    path = "/v2/logout",
    responses((status = 204), (status = 403, description = "guests_may_not")),
)]
pub(super) async fn log_out(v2: Data<V2>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let token = token(&request)?;
    v2.service().watcher(token).await?.user()?;
    let client = v2.client_of(&request);
    v2.service().log_out(token, client).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v2/me/password`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePassword {
    old: Password,
    new: Password,
}

/// Changes the caller's password. Their token stays, and every other token of theirs ends.
#[utoipa::path(
    post,
    path = "/v2/me/password",
    request_body = ChangePassword,
    responses(
        (status = 204),
        (status = 401, description = "password_wrong"),
        (status = 403, description = "guests_may_not"),
        (status = 429, description = "too_many_requests"),
    ),
)]
pub(super) async fn change_password(
    v2: Data<V2>,
    request: HttpRequest,
    asked: Asked,
) -> Result<HttpResponse, Problem> {
    let ChangePassword { old, new } = asked.fields()?;
    let client = v2.client_of(&request);
    let (old, new) = (old.expose(), new.expose());
    let service = v2.service();
    service
        .change_password(asked.caller, old, new, client)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who the caller is, and where.
#[utoipa::path(get, path = "/v2/me", responses((status = 200, body = Me)))]
pub(super) async fn me(v2: Data<V2>, Watching { watcher, .. }: Watching) -> Json<Me> {
    Json(Me::of(&watcher, v2.service()))
}
