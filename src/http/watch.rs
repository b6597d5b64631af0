//! `live` commands about watching: livestreamlist, getroomplayurl.

use std::time::Duration;

use super::lives::{cover, page};
use super::{Answer, Services, data};
use crate::cloud::{LiveUrls, StreamCode, TxTime};
use crate::domain::{Refusal, UnixTime};
use crate::rooms::Summary;
use crate::wire::Fields;
use crate::wire::play::{
    PlayAddresses, RoomAddresses, StreamItem, StreamList, parse_room, stream_word,
};
use crate::wire::room::ListLives;

pub(super) async fn streams(services: &Services, fields: &Fields<'_>) -> Answer {
    services.sessions.caller(fields.token()?).await?;
    let (total, summaries) = page(services, &ListLives::parse(fields)?);
    let guide = Guide::of(services);
    let item = |summary| {
        let summary: &Summary = summary;
        let (_, play) = guide.addresses(summary)?;
        let uid = summary.host.as_str();
        Some(StreamItem { uid, play })
    };
    data(StreamList {
        total,
        videos: summaries
            .iter()
            .filter_map(|summary| item(summary))
            .collect(),
    })
}

pub(super) async fn play_url(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    let summary = parse_room(fields)?
        .and_then(|number| services.rooms.find(number))
        .ok_or(Refusal::NoSuchRoom)?;
    let guide = Guide::of(services);
    let (code, play) = guide.addresses(&summary).ok_or(Refusal::NoSuchRoom)?;
    data(RoomAddresses {
        play,
        pushurl: if summary.host == caller.uid {
            guide.urls.push(&code, &guide.until)
        } else {
            None
        },
    })
}

/// What tells the way to streams, now.
struct Guide<'s> {
    urls: &'s LiveUrls,
    now: UnixTime,
    /// When addresses expire that are given out now.
    until: TxTime,
    /// How long a stopped stream is still shown.
    grace: Duration,
}

impl<'s> Guide<'s> {
    fn of(services: &'s Services) -> Self {
        let now = services.clock.unix();
        let urls = &services.live_urls;
        Self {
            urls,
            now,
            until: urls.expiry(now),
            grace: services.doorway.stream_grace,
        }
    }

    /// The stream of a room and where it is watched; none before its host has gone live.
    fn addresses<'c>(&self, summary: &'c Summary) -> Option<(StreamCode, PlayAddresses<'c>)> {
        let info = summary.info.as_ref()?;
        let code = self.urls.code(summary.number, &summary.host, info.video);
        let urls = self.urls.play(&code, &self.until);
        let signal = summary.broadcast().signal;
        let play = PlayAddresses {
            cover: cover(summary, info),
            address: urls.rtmp,
            address2: urls.flv,
            address3: urls.hls,
            address4: urls.webrtc,
            stream: signal.shows(self.now, self.grace).map(stream_word),
        };
        Some((code, play))
    }
}
