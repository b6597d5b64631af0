//! Playback: the addresses at which streams are watched, and those to which hosts send them.

use super::context::Service;
use super::lives::cover_of;
use crate::cloud::{PlayUrls, StreamCode, TxTime};
use crate::domain::{Refusal, RoomNum, Uid, UnixTime};
use crate::rooms::{Filter, Summary};
use crate::sessions::Caller;

/// How viewers watch a live.
pub struct Playback {
    /// The host.
    pub host: Uid,
    /// The address of the cover picture; may be empty.
    pub cover: String,
    /// The addresses of the stream.
    pub urls: PlayUrls,
    /// Whether the stream is on air. `None` if the cloud has reported nothing.
    pub is_on: Option<bool>,
}

/// How viewers watch the live of a room, and where its host sends the stream.
pub struct LivePlayback {
    /// How viewers watch it.
    pub playback: Playback,
    /// The address to which the host sends the stream. `None` for other callers, or if none is
    /// configured.
    pub push_url: Option<String>,
}

impl Service {
    /// The number of lives that match, and at most `size` of them from row `offset`, newest first.
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

    /// The stream of a room, with addresses that are valid until `until`. `None` if the host has
    /// not gone live yet.
    fn playback_of(
        &self,
        summary: &Summary,
        now: UnixTime,
        until: &TxTime,
    ) -> Option<(StreamCode, Playback)> {
        let info = summary.info()?;
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
