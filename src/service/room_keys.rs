//! Room keys: what a user may do in the video room of the cloud, signed.

use std::sync::Arc;

use super::accounts::Credentials;
use super::client::Client;
use super::commit::finish;
use super::context::Service;
use crate::cloud::{KeyedRoom, RoomKey};
use crate::domain::{AppId, Privileges, Role, RoomNum, Uid};
use crate::error::Error;
use crate::sessions::Token;

/// What somebody wants a room key for.
pub struct RoomKeyRequest<'p> {
    /// Whose key it is to be.
    pub who: Credentials<'p>,
    /// The room.
    pub number: RoomNum,
    /// The video room's name is a text: the decimal one of its number.
    pub by_text: bool,
    /// The app; none means the default one.
    pub app: Option<AppId>,
    /// The cloud's number for the kind of accounts.
    pub account_type: u32,
    /// What they want to do in the room; none means whatever they may.
    pub asked: Option<Privileges>,
    /// How long the key is to be good, in seconds.
    pub life_s: u32,
}

/// A room key, with what its holder needs beside it.
pub struct RoomKeyGiven {
    /// For the cloud's SDK.
    pub user_sig: String,
    /// A further session: the earlier ones stay.
    pub token: Token,
    /// The rights that the key has.
    pub privileges: Privileges,
    /// The key.
    pub key: String,
}

impl Service {
    /// Gives a user a room key with the rights that they asked for, as far as they have them.
    ///
    /// # Errors
    /// As [`log_in`](Self::log_in).
    pub async fn give_room_key(
        self: &Arc<Self>,
        request: RoomKeyRequest<'_>,
        client: Client,
    ) -> Result<RoomKeyGiven, Error> {
        let app = self.app(request.app)?;
        let uid = self.authenticate(request.who, client).await?;
        let allowed = self.privileges(&uid, request.number).await?;
        let privileges = request.asked.map_or(allowed, |asked| asked.and(allowed));
        // The apps ask while reports and beats with the token they have are on their way, and never
        // repeat these: that token stays good.
        let token = {
            let (this, uid) = (Arc::clone(self), uid.clone());
            finish(async move { this.sessions.begin_another(&uid).await }).await?
        };
        let by_text = request.number.to_string();
        let key = RoomKey {
            uid: &uid,
            room: if request.by_text {
                KeyedRoom::Text(&by_text)
            } else {
                KeyedRoom::Number(request.number)
            },
            privileges,
            account_type: request.account_type,
            life_s: request.life_s,
        };
        let now = self.clock.unix().as_secs();
        Ok(RoomKeyGiven {
            user_sig: app.sign(&uid, now),
            token,
            privileges,
            key: app.sign_room_key(&key, now),
        })
    }

    /// What a user may do in the video room of that number. Its creator may do everything also while
    /// it is not live: the iOS app takes up a live that way in which it crashed.
    async fn privileges(&self, uid: &Uid, number: RoomNum) -> Result<Privileges, Error> {
        if self.store.is_creator(uid, number).await? {
            return Ok(Privileges::HOST);
        }
        let on_mic = self.rooms.role_in(uid, number) == Some(Role::Linked);
        Ok(if on_mic || self.policy.viewer_keys_may_send {
            Privileges::LINKED
        } else {
            Privileges::AUDIENCE
        })
    }
}
