//! `account` commands about signatures: authPrivMap, which returns a room key, and verify.

use std::sync::Arc;

use super::config::{Answer, data};
use super::wire::account::Verify;
use super::wire::room_key::{RoomKeyGiven, parse_room_key};
use super::wire::{Fields, envelope};
use crate::service::{Client, Service};

pub(super) async fn room_key(
    service: &Arc<Service>,
    fields: &Fields<'_>,
    client: Client,
) -> Answer {
    let request = parse_room_key(fields)?;
    let given = service.give_room_key(request, client).await?;
    data(RoomKeyGiven {
        user_sig: &given.user_sig,
        token: given.token.as_str(),
        privileges: given.privileges.bits(),
        key: &given.key,
    })
}

pub(super) fn verify(service: &Service, fields: &Fields<'_>) -> Answer {
    let Verify { uid, sig, app } = Verify::parse(fields)?;
    service.verify_sig(uid.as_ref(), sig, app)?;
    Ok(envelope::VERIFIED.into())
}
