//! `account` commands about signatures: authPrivMap, which gives a room's key, and verify.

use actix_web::web;

use super::accounts::let_in;
use super::client::Client;
use super::door::finish;
use super::{Answer, Services, data};
use crate::cloud::{KeyedRoom, RoomKey};
use crate::domain::{Privileges, Refusal, Role, RoomNum, Uid};
use crate::error::Error;
use crate::wire::account::Verify;
use crate::wire::room_key::{AskRoomKey, RoomKeyGiven};
use crate::wire::{Fields, envelope};

pub(super) async fn room_key(
    services: &web::Data<Services>,
    fields: &Fields<'_>,
    client: Client,
) -> Answer {
    let ask = AskRoomKey::parse(fields)?;
    let app = services.app(ask.app)?;
    let uid = let_in(services, ask.who, client).await?;
    let allowed = allowed(services, &uid, ask.number).await?;
    let privileges = ask.asked.map_or(allowed, |asked| asked.and(allowed));
    // The apps ask while reports and beats with the token they have are on their way, and never
    // repeat these: that token stays good.
    let token = {
        let (services, uid) = (services.clone(), uid.clone());
        finish(async move { services.sessions.begin_another(&uid).await }).await?
    };
    let by_text = ask.number.to_string();
    let key = RoomKey {
        uid: &uid,
        room: if ask.by_text {
            KeyedRoom::Text(&by_text)
        } else {
            KeyedRoom::Number(ask.number)
        },
        privileges,
        account_type: ask.account_type,
        life_s: ask.life_s,
    };
    let now = services.clock.unix().as_secs();
    data(RoomKeyGiven {
        user_sig: &app.sign(&uid, now),
        token: token.as_str(),
        privileges: privileges.bits(),
        key: &app.sign_room_key(&key, now),
    })
}

/// What a user may do in the video room of that number. Its creator may do everything also while it
/// is not live: the iOS app takes up a live that way in which it crashed.
async fn allowed(services: &Services, uid: &Uid, number: RoomNum) -> Result<Privileges, Error> {
    if services.store.is_creator(uid, number).await? {
        return Ok(Privileges::HOST);
    }
    let on_mic = services.rooms.role_in(uid, number) == Some(Role::Linked);
    Ok(if on_mic || services.doorway.viewer_keys_may_send {
        Privileges::LINKED
    } else {
        Privileges::AUDIENCE
    })
}

pub(super) fn verify(services: &Services, fields: &Fields<'_>) -> Answer {
    let Verify { uid, sig, app } = Verify::parse(fields)?;
    let app = services.app(app)?;
    let now = services.clock.unix().as_secs();
    if uid.is_some_and(|uid| app.verify(sig, &uid, now)) {
        Ok(envelope::VERIFIED.into())
    } else {
        Err(Refusal::SigInvalid.into())
    }
}
