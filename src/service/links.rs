//! Links between two lives: the cloud's SDK demands a signature from the host who links.

use super::context::Service;
use crate::cloud::{LINK_SALT_BYTES, LinkEnd};
use crate::domain::{AppId, Feature, Refusal, RoomNum, Uid};
use crate::error::{Error, Fault};
use crate::sessions::Caller;

/// A link from the caller's live to another one.
pub struct Link {
    /// The caller's room. `None` if the number that was sent is no room number.
    pub from: Option<RoomNum>,
    /// The other room. `None` if the number that was sent is no room number.
    pub to: Option<RoomNum>,
    /// The host of the other room. `None` if the id that was sent can belong to no user.
    pub host: Option<Uid>,
}

impl Service {
    /// Signs a link from the caller's own live to another live.
    ///
    /// # Errors
    /// [`Refusal::UnknownApp`]; [`Refusal::NotYourRoom`]; [`Refusal::NoSuchRoom`] if one of the two rooms is not live, or if
    /// the other room has another host than the caller named; [`Refusal::NotSetUp`].
    pub async fn sign_link(
        &self,
        caller: &Caller,
        link: Link,
        app: Option<AppId>,
    ) -> Result<String, Error> {
        // The original server also checks the app before the rooms.
        self.app(app)?;
        let Link { from, to, host } = link;
        let from = from.ok_or(Refusal::NotYourRoom)?;
        let hosted = self.rooms.hosted_by(&caller.uid);
        if !hosted.is_some_and(|summary| summary.number == from && summary.info().is_some()) {
            let is_creator = self.store.is_creator(&caller.uid, from).await?;
            let refusal = if is_creator {
                Refusal::NoSuchRoom
            } else {
                Refusal::NotYourRoom
            };
            return Err(refusal.into());
        }
        let (host, to) = host.zip(to).ok_or(Refusal::NoSuchRoom)?;
        let other = self
            .rooms
            .find(to)
            .filter(|summary| summary.info().is_some() && summary.host == host && to != from);
        other.ok_or(Refusal::NoSuchRoom)?;
        let key = self.links.key(app);
        let key = key.ok_or(Refusal::NotSetUp(Feature::LinkSig))?;
        let mut salt = [0; LINK_SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|cause| Fault::new("salting a link", cause))?;
        let from = LinkEnd {
            room: from,
            host: &caller.uid,
        };
        let to = LinkEnd {
            room: to,
            host: &host,
        };
        Ok(key.sign(from, to, salt, self.clock.unix()))
    }
}
