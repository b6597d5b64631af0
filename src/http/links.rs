//! `live` commands about links between rooms: linksig.

use super::{Answer, Services, data};
use crate::cloud::{LINK_SALT_BYTES, LinkEnd};
use crate::domain::Refusal;
use crate::error::Fault;
use crate::wire::Fields;
use crate::wire::link::{AskLink, Linked};

pub(super) async fn link_sig(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    let AskLink {
        host,
        room,
        current,
        app,
    } = AskLink::parse(fields)?;
    services.app(app)?;
    let current = current.ok_or(Refusal::NotYourRoom)?;
    let hosted = services.rooms.hosted_by(&caller.uid);
    if !hosted.is_some_and(|summary| summary.number == current && summary.info.is_some()) {
        let is_his = services.store.is_creator(&caller.uid, current).await?;
        let refusal = if is_his {
            Refusal::NoSuchRoom
        } else {
            Refusal::NotYourRoom
        };
        return Err(refusal.into());
    }
    let (host, room) = host.zip(room).ok_or(Refusal::NoSuchRoom)?;
    services
        .rooms
        .find(room)
        .filter(|summary| summary.info.is_some() && summary.host == host && room != current)
        .ok_or(Refusal::NoSuchRoom)?;
    let key = services
        .links
        .key(app)
        .ok_or(Refusal::NotSetUp("linksig is not set up for this app"))?;
    let mut salt = [0; LINK_SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|cause| Fault::new("salting a link", cause))?;
    let from = LinkEnd {
        room: current,
        host: &caller.uid,
    };
    let to = LinkEnd { room, host: &host };
    let linksig = key.sign(from, to, salt, services.clock.unix());
    data(Linked { linksig: &linksig })
}
