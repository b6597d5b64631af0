//! `live` commands about rooms: create, reportroom, exitroom, roomlist.

use std::sync::Arc;

use super::config::{Answer, data, done};
use super::wire::Fields;
use super::wire::room::{Created, Exit, ListLives, ReportRoom, RoomItem, RoomList, parse_create};
use crate::domain::{ProfileChange, Refusal};
use crate::service::{Client, Service, Summary, cover_of};

pub(super) async fn create(service: &Arc<Service>, fields: &Fields<'_>, client: Client) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    parse_create(fields)?;
    let nothing = ProfileChange::default();
    let number = service.create_room(caller, nothing, client).await?;
    data(Created::new(number))
}

pub(super) async fn report(service: &Arc<Service>, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    let ReportRoom { number, info } = ReportRoom::parse(fields)?;
    let number = number.ok_or(Refusal::NotYourRoom)?;
    service.go_live(caller, number, info.into(), None).await?;
    done()
}

pub(super) async fn exit(service: &Arc<Service>, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    let number = match Exit::parse(fields)? {
        Exit::Room(number) => Some(number),
        Exit::Current => None,
        Exit::Nowhere => return done(),
    };
    service.exit_room(caller, number).await?;
    done()
}

pub(super) async fn list(service: &Service, fields: &Fields<'_>) -> Answer {
    service.caller(fields.token()?).await?;
    let ListLives { filter, rows } = ListLives::parse(fields)?;
    let (total, summaries) = service.lives(filter, rows.index, rows.size);
    let mut rooms = Vec::with_capacity(summaries.len());
    rooms.extend(summaries.iter().filter_map(|summary| room_item(summary)));
    data(RoomList { total, rooms })
}

fn room_item(summary: &Summary) -> Option<RoomItem<'_>> {
    let stats = summary.stats();
    let info = summary.info()?;
    Some(RoomItem::new(
        summary.host.as_str(),
        summary.number,
        info,
        cover_of(summary, info),
        stats.likes.shown(),
        stats.members,
    ))
}
