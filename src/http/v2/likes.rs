//! Likes: members send theirs, and the host reports the count of clients that send none here.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::asked::Asked;
use super::problem::Problem;
use super::shape::{At, number, room_in};
use super::state::V2;
use crate::domain::RoomNum;

/// Likes that one request may send.
const MOST: u32 = 100;

/// `POST /v2/rooms/{room}/likes`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SendLikes)]
pub(super) struct Send {
    #[serde(deserialize_with = "count")]
    #[schema(minimum = 1, maximum = 100)]
    count: u32,
}

fn count<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    match number(value)? {
        count @ 1..=MOST => Ok(count),
        _ => Err(D::Error::custom(format!("expected 1 to {MOST}"))),
    }
}

/// `PUT /v2/rooms/{room}/likes`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReportLikes)]
pub(super) struct Report {
    /// The absolute count.
    #[serde(deserialize_with = "number")]
    #[schema(maximum = 4_294_967_295_u32)]
    likes: u32,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Liked {
    /// All likes of the room.
    likes: u32,
    #[serde(flatten)]
    at: At,
}

/// The caller, who is in the room, likes it so often.
#[utoipa::path(
    post,
    path = "/v2/rooms/{room}/likes",
    request_body = Send,
    responses(
        (status = 200, body = Liked),
        (status = 403, description = "guests_may_not, not_member"),
        (status = 409, description = "room_over"),
    ),
)]
pub(super) async fn send(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<Json<Liked>, Problem> {
    let room = room_in(&request)?;
    let Send { count } = asked.fields()?;
    v2.service().send_likes(&asked.caller, room, count).await?;
    liked(&v2, room)
}

/// The host reports the absolute count of likes, as in a beat.
#[utoipa::path(
    put,
    path = "/v2/rooms/{room}/likes",
    request_body = Report,
    responses(
        (status = 200, body = Liked),
        (status = 403, description = "guests_may_not, not_your_room"),
        (status = 409, description = "room_over"),
    ),
)]
pub(super) async fn report(
    v2: Data<V2>,
    asked: Asked,
    request: HttpRequest,
) -> Result<Json<Liked>, Problem> {
    let room = room_in(&request)?;
    let Report { likes } = asked.fields()?;
    let service = v2.service();
    service.report_likes(&asked.caller, room, likes).await?;
    liked(&v2, room)
}

fn liked(v2: &V2, room: RoomNum) -> Result<Json<Liked>, Problem> {
    let likes = v2.service().likes(room).ok_or_else(Problem::over)?;
    let (position, likes) = likes;
    let at = At::from(position);
    Ok(Json(Liked { likes, at }))
}
