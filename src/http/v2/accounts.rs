//! Accounts: registering, logging in and out, another password, and who the caller is.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::asked::{Anybody, Asked, Watching, token};
use super::problem::Problem;
use super::shape::{NewId, Password, RoleName};
use super::state::V2;
use crate::domain::{AppId, Refusal, Uid};
use crate::service::{Credentials, Viewer};

/// `POST /v2/register`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    id: NewId,
    pwd: Password,
}

#[derive(Serialize)]
pub(super) struct Registered {
    uid: String,
}

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
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogIn {
    id: String,
    pwd: Password,
    appid: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct LoggedIn {
    token: String,
    user_sig: String,
    /// Seconds after which the token ends if it is not used.
    expires_in: i64,
}

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

pub(super) async fn log_out(v2: Data<V2>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let token = token(&request)?;
    v2.service().watcher(token).await?.user()?;
    let client = v2.client_of(&request);
    v2.service().log_out(token, client).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v2/me/password`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePassword {
    old: Password,
    new: Password,
}

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

/// `GET /v2/me`
#[derive(Serialize)]
pub(super) struct Me {
    uid: String,
    /// The room that they are in.
    room: Option<u32>,
    /// Their role there.
    role: Option<RoleName>,
}

pub(super) async fn me(v2: Data<V2>, Watching { watcher, .. }: Watching) -> Json<Me> {
    let at = v2.service().membership(&watcher);
    Json(Me {
        uid: watcher.uid().to_string(),
        room: at.map(|(room, _)| room.get()),
        role: at.map(|(_, role)| role.into()),
    })
}
