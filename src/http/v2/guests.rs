//! Guests: a token for who watches without an account.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};

use super::asked::Anybody;
use super::problem::Problem;
use super::state::V2;

/// `POST /v2/guest`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LetIn {}

#[derive(Serialize)]
pub(super) struct Guest {
    uid: String,
    token: String,
    /// Seconds after which the token ends.
    expires_in: i64,
}

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
