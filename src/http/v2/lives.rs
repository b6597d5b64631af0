//! Lives: what is told of one while it goes on and after its end.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::Asked;
use super::problem::Problem;
use super::shape::rfc3339;
use super::state::V2;
use crate::domain::{LiveId, LiveSummary, Refusal, UnixTime};

/// What is told of a live.
#[derive(Serialize, ToSchema)]
#[schema(as = Summary)]
pub(super) struct Told {
    room: u32,
    live: i64,
    host: String,
    title: String,
    /// `None` if the host never went live.
    started_at: Option<String>,
    /// `None` while it goes on.
    ended_at: Option<String>,
    reason: Option<&'static str>,
    peak: u32,
    total: u32,
    likes: u32,
    duration_s: i64,
}

impl Told {
    pub(super) fn of(summary: LiveSummary, now: UnixTime) -> Self {
        Self {
            duration_s: summary.duration_s(now),
            room: summary.number.get(),
            live: summary.live.get(),
            host: summary.host.to_string(),
            title: summary.title,
            started_at: summary.live_at.map(rfc3339),
            ended_at: summary.end.map(|(at, _)| rfc3339(at)),
            reason: summary.end.map(|(_, reason)| reason.as_str()),
            peak: summary.stats.peak,
            total: summary.stats.total,
            likes: summary.stats.likes.shown(),
        }
    }
}

/// A live while it goes on and after its end.
#[utoipa::path(
    get,
    path = "/v2/lives/{live}/summary",
    params(("live" = i64, Path, description = "The id of the live.", minimum = 0)),
    responses(
        (status = 200, body = Told),
        (status = 403, description = "guests_may_not"),
        (status = 404, description = "live_unknown"),
    ),
)]
pub(super) async fn summary(
    v2: Data<V2>,
    _: Asked,
    request: HttpRequest,
) -> Result<Json<Told>, Problem> {
    let service = v2.service();
    let told = service.live_summary(live_in(&request)?).await?;
    Ok(Json(Told::of(told, service.clock.unix())))
}

/// The live in a path. What no live can have as its id is that of one which never was.
fn live_in(request: &HttpRequest) -> Result<LiveId, Refusal> {
    let digits = request.match_info().get("live");
    let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let id = digits.and_then(|digits| digits.parse().ok());
    id.map(LiveId::new).ok_or(Refusal::NoSuchLive)
}
