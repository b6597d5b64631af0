//! `live` commands about watching: livestreamlist, getroomplayurl.

use super::config::{Answer, data};
use super::wire::Fields;
use super::wire::play::{PlayAddresses, RoomAddresses, StreamItem, StreamList, parse_room};
use super::wire::room::ListLives;
use crate::domain::Refusal;
use crate::service::{LivePlayback, Service};

pub(super) async fn list(service: &Service, fields: &Fields<'_>) -> Answer {
    service.caller(fields.token()?).await?;
    let ListLives { filter, rows } = ListLives::parse(fields)?;
    let (total, playbacks) = service.playbacks(filter, rows.index, rows.size);
    data(StreamList {
        total,
        videos: playbacks.iter().map(StreamItem::new).collect(),
    })
}

pub(super) async fn of_room(service: &Service, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    let number = parse_room(fields)?.ok_or(Refusal::NoSuchRoom)?;
    let LivePlayback { playback, push_url } = service.playback(&caller, number)?;
    data(RoomAddresses {
        play: PlayAddresses::new(&playback),
        pushurl: push_url,
    })
}
