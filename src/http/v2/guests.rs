//! Guests: a token for who watches without an account.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::Anybody;
use super::problem::Problem;
use super::state::V2;

/// `POST /v2/guest`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LetIn {}

#[derive(Serialize, ToSchema)]
pub(super) struct Guest {
    uid: String,
    token: String,
    /// Seconds after which the token ends.
    expires_in: i64,
}

/// Gives a token to somebody without an account.
#[utoipa::path(
    post,
    path = "/v2/guest",
    security(()),
    request_body = LetIn,
    responses(
        (status = 200, body = Guest),
        (status = 429, description = "too_many_requests"),
        (status = 501, description = "not_set_up"),
    ),
)]
pub(super) async fn let_in(
    v2: Data<V2>,
    request: HttpRequest,
    asked: Anybody,
) -> Result<Json<Guest>, Problem> {
    let LetIn {} = asked.fields()?;
    let given = v2.service().let_in(v2.client_of(&request))?;
    Ok(Json(Guest {
        uid: given.uid.to_string(),
        token: given.token.as_str().to_owned(),
        expires_in: given.expires_in,
    }))
}
