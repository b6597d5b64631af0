//! Beats of many users at once, from a server of the app.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Payload};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::ByKey;
use super::members::{claim, claims, keep};
use super::operation::MOST_BEATS;
use super::problem::Problem;
use super::shape::number;
use super::state::V2;
use crate::domain::{KeyRight, RoleClaim, RoomNum, Uid};
use crate::service::{BeatOf, Beaten};

/// `POST /v2/beats`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Beats {
    #[schema(max_items = 1000)]
    beats: Vec<Row>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BeatOf)]
struct Row {
    uid: String,
    #[serde(deserialize_with = "number")]
    #[schema(maximum = 4_294_967_295_u32)]
    room: u32,
    #[serde(default = "keep", deserialize_with = "claim")]
    #[schema(schema_with = claims)]
    role: RoleClaim,
}

#[derive(Serialize, ToSchema)]
pub(super) struct AllBeaten {
    /// How many beats were signs of life, wherever their users are.
    beaten: usize,
    /// Who is in no room.
    absent: Vec<String>,
    /// Who is in another room than the one that was named.
    moved: Vec<Moved>,
}

#[derive(Serialize, ToSchema)]
struct Moved {
    uid: String,
    room: u32,
}

/// Beats of users who are connected to a server of the app, in place of their own.
#[utoipa::path(
    post,
    path = "/v2/beats",
    security(("key" = [])),
    request_body = Beats,
    responses(
        (status = 200, body = AllBeaten),
        (status = 401, description = "token_missing, key_unknown"),
        (status = 403, description = "key_needed, key_may_not"),
    ),
)]
pub(super) async fn beats(
    v2: Data<V2>,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<AllBeaten>, Problem> {
    let asked = ByKey::of(&request, payload, KeyRight::Beats).await?;
    let Beats { beats: rows } = asked.fields()?;
    if rows.len() > MOST_BEATS {
        let most = format!("expected at most {MOST_BEATS}");
        return Err(Problem::field("/beats".to_owned(), &most));
    }
    let mut all = AllBeaten {
        beaten: 0,
        absent: Vec::new(),
        moved: Vec::new(),
    };
    let mut beats = Vec::with_capacity(rows.len());
    for row in rows {
        match Uid::parse(&row.uid) {
            Some(uid) => beats.push(BeatOf {
                uid,
                room: RoomNum::new(row.room.into()),
                claim: row.role,
            }),
            // Nobody has such an id.
            None => all.absent.push(row.uid),
        }
    }
    let outcomes = v2.service().beat_for(&asked.by, &beats).await?;
    for (BeatOf { uid, .. }, outcome) in beats.iter().zip(outcomes) {
        match outcome {
            Beaten::Here => all.beaten += 1,
            Beaten::Elsewhere(number) => {
                all.beaten += 1;
                all.moved.push(Moved {
                    uid: uid.to_string(),
                    room: number.get(),
                });
            }
            Beaten::Absent => all.absent.push(uid.to_string()),
        }
    }
    Ok(Json(all))
}
