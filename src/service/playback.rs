//! Playback: where the streams of lives are watched, and where their hosts send them.

use super::context::Service;
use super::lives::cover_of;
use crate::cloud::{PlayUrls, StreamCode, TxTime};
use crate::domain::{Refusal, RoomNum, Uid, UnixTime};
use crate::rooms::{Filter, Summary};
use crate::sessions::Caller;

/// How a live is watched.
pub struct Playback {
    /// The host.
    pub host: Uid,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
    /// Addresses of the stream.
    pub urls: PlayUrls,
    /// Whether there is a stream; none if the cloud said nothing.
    pub is_on: Option<bool>,
}

/// How the live of one room is watched, and where it is sent.
pub struct LivePlayback {
    /// How it is watched.
    pub playback: Playback,
    /// Where to send the stream to; only the host of the room is told.
    pub push_url: Option<String>,
}

impl Service {
    /// How many lives match, and how up to `size` of them from row `offset` are watched, newest
    /// first.
    pub fn playbacks(&self, filter: Filter, offset: usize, size: usize) -> (usize, Vec<Playback>) {
        let (total, summaries) = self.rooms.lives(filter, offset, size);
        let now = self.clock.unix();
        let until = self.live_urls.expiry(now);
        let playbacks = summaries.iter().filter_map(|summary| {
            let (_, playback) = self.playback_of(summary, now, &until)?;
            Some(playback)
        });
        (total, playbacks.collect())
    }

    /// How the live of a room is watched.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] if the room is not live.
    pub fn playback(&self, caller: &Caller, number: RoomNum) -> Result<LivePlayback, Refusal> {
        let summary = self.rooms.find(number).ok_or(Refusal::NoSuchRoom)?;
        let now = self.clock.unix();
        let until = self.live_urls.expiry(now);
        let playback = self.playback_of(&summary, now, &until);
        let (code, playback) = playback.ok_or(Refusal::NoSuchRoom)?;
        let is_host = summary.host == caller.uid;
        let push_url = is_host.then(|| self.live_urls.push(&code, &until));
        Ok(LivePlayback {
            playback,
            push_url: push_url.flatten(),
        })
    }

    /// The stream of a room and how it is watched by addresses that are good until then; none before
    /// the host has gone live.
    fn playback_of(
        &self,
        summary: &Summary,
        now: UnixTime,
        until: &TxTime,
    ) -> Option<(StreamCode, Playback)> {
        let info = summary.info.as_ref()?;
        let code = self
            .live_urls
            .code(summary.number, &summary.host, info.video);
        let signal = summary.broadcast().signal;
        let playback = Playback {
            host: summary.host.clone(),
            cover: cover_of(summary, info).into_owned(),
            urls: self.live_urls.play(&code, until),
            is_on: signal.shows(now, self.policy.stream_grace),
        };
        Some((code, playback))
    }
}
