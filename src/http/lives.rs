//! `live` commands about rooms: create, reportroom, exitroom, roomlist.

use std::borrow::Cow;
use std::sync::Arc;

use super::accounts::end_if_signed_out;
use super::client::Client;
use super::{Answer, Services, data, done};
use crate::domain::{EndReason, LiveEnd, LiveInfo, Queue, Refusal, Role, RoomNum, Uid};
use crate::error::Error;
use crate::rooms::{Filter, Summary};
use crate::sessions::Caller;
use crate::store::Reported;
use crate::wire::Fields;
use crate::wire::room::{Created, Exit, ListLives, ReportRoom, RoomItem, RoomList, parse_create};

/// How often going live is tried while lives of the room end in between.
const TRIES: u32 = 16;

pub(super) async fn create(services: &Services, fields: &Fields<'_>, client: Client) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    parse_create(fields)?;
    services.budgets.creates.spend(&caller.uid)?;
    services.guard.vouch(&caller.uid, client);
    let current = services
        .rooms
        .hosted_by(&caller.uid)
        .map(|summary| summary.stats());
    let live = services
        .store
        .create_room(&caller.uid, current, services.clock.unix())
        .await?;
    let number = live.number;
    tracing::info!(room = %number, live = %live.id, uid = %caller.uid, "room created");
    services.rooms.open(vec![live]).await?;
    match services.rooms.enter(&caller.uid, number, Role::Host).await {
        // A later room of the same host has closed this one in the meantime.
        Ok(()) | Err(Refusal::NoSuchRoom) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    still_signed_in(services, &caller).await?;
    data(Created::new(number))
}

/// A host whose token ended while his live was begun has no live.
async fn still_signed_in(services: &Services, caller: &Caller) -> Result<(), Error> {
    let is_known = services.sessions.knows(caller);
    if !is_known && end_if_signed_out(services, &caller.uid, EndReason::Logout).await? {
        return Err(Refusal::TokenUnknown.into());
    }
    Ok(())
}

pub(super) async fn report(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    let ReportRoom { number, info } = ReportRoom::parse(fields)?;
    let number = number.ok_or(Refusal::NotYourRoom)?;
    for _ in 0..TRIES {
        if go_live(services, &caller.uid, number, info.clone()).await? {
            // What the cloud told while the room was not open. Committed and live it is without.
            if let Ok(broadcast) = services.store.broadcast(number).await {
                services.rooms.show(number, broadcast);
            }
            still_signed_in(services, &caller).await?;
            return done();
        }
    }
    Err(Refusal::Busy(Queue::Room).into())
}

/// False if the live had ended by itself: that is on record now, and another try begins a
/// new live.
async fn go_live(
    services: &Services,
    host: &Uid,
    number: RoomNum,
    info: LiveInfo,
) -> Result<bool, Error> {
    let elsewhere = services
        .rooms
        .hosted_by(host)
        .filter(|summary| summary.number != number);
    let current = elsewhere.map(|summary| summary.stats());
    let Reported { live, begun } = services
        .store
        .report_room(host, number, info, current, services.clock.unix())
        .await?;
    let (id, stats) = (live.id, live.stats);
    if services.rooms.go_live(live, begun).await? {
        tracing::info!(room = %number, live = %id, uid = %host, begun, "room is live");
        return Ok(true);
    }
    let at = services.clock.unix();
    let end = services.rooms.take_end_of(id).unwrap_or(LiveEnd {
        live: id,
        reason: EndReason::HostTimeout,
        stats,
        at,
    });
    services.store.end_live(end).await?;
    Ok(false)
}

pub(super) async fn exit(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    let exit = Exit::parse(fields)?;
    let hosted = services.rooms.hosted_by(&caller.uid);
    let number = match exit {
        Exit::Room(number) => Some(number),
        Exit::Current => services
            .rooms
            .room_of(&caller.uid)
            .or(hosted.as_ref().map(|summary| summary.number)),
        Exit::Nowhere => return done(),
    };
    match hosted.filter(|summary| Some(summary.number) == number) {
        Some(summary) => {
            let end = summary.end(EndReason::Exit, services.clock.unix());
            services.store.end_live(end).await?;
            services.rooms.close(summary.live, summary.number).await?;
            tracing::info!(room = %summary.number, live = %summary.live, uid = %caller.uid, "live ended: host left");
        }
        None => services.rooms.leave(&caller.uid, number).await?,
    }
    done()
}

pub(super) async fn list(services: &Services, fields: &Fields<'_>) -> Answer {
    services.sessions.caller(fields.token()?).await?;
    let (total, summaries) = page(services, &ListLives::parse(fields)?);
    let mut rooms = Vec::with_capacity(summaries.len());
    rooms.extend(summaries.iter().filter_map(|summary| room_item(summary)));
    data(RoomList { total, rooms })
}

/// The page that a client asks for, and how many lives match.
pub(super) fn page(services: &Services, asked: &ListLives) -> (usize, Vec<Arc<Summary>>) {
    let filter = Filter {
        app: asked.app,
        only_live_type: asked.only_live_type,
    };
    let row = |row| usize::try_from(row).unwrap_or(usize::MAX);
    services
        .rooms
        .lives(filter, row(asked.rows.index), row(asked.rows.size))
}

fn room_item(summary: &Summary) -> Option<RoomItem<'_>> {
    let stats = summary.stats();
    let info = summary.info.as_ref()?;
    Some(RoomItem::new(
        summary.host.as_str(),
        summary.number,
        info,
        cover(summary, info),
        stats.likes,
        stats.members,
    ))
}

/// The host's cover; if he gave none, the latest picture that the cloud took of his stream.
pub(super) fn cover<'c>(summary: &Summary, info: &'c LiveInfo) -> Cow<'c, str> {
    if info.cover.is_empty()
        && let Some(picture) = summary.broadcast().picture
    {
        return Cow::Owned(picture.to_string());
    }
    Cow::Borrowed(&info.cover)
}
