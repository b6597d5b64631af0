//! Room keys: signed statements of what a user may do in a video room of the cloud.

use std::sync::Arc;

use super::accounts::Credentials;
use super::client::Client;
use super::commit::finish;
use super::context::Service;
use crate::cloud::{KeyedRoom, RoomKey};
use crate::domain::{AppId, Privileges, Role, RoomNum, Uid};
use crate::error::Error;
use crate::sessions::Token;

/// The request for a room key.
pub struct RoomKeyRequest<'p> {
    /// The user that the key is for.
    pub who: Credentials<'p>,
    /// The room whose video room the key opens.
    pub number: RoomNum,
    /// Whether the cloud names the video room by a text: the decimal text of the room number.
    pub by_text: bool,
    /// The app. `None` means the default app.
    pub app: Option<AppId>,
    /// The cloud's number for the type of account.
    pub account_type: u32,
    /// The rights that the user asks for. `None` means all that they may have.
    pub asked: Option<Privileges>,
    /// How long the key is valid, in seconds.
    pub life_s: u32,
}

/// A room key, and what the client needs with it.
pub struct RoomKeyGiven {
    /// The signature for the cloud's SDK.
    pub user_sig: String,
    /// The token of an additional session; earlier sessions stay.
    pub token: Token,
    /// The rights that the key gives.
    pub privileges: Privileges,
    /// The signed key.
    pub key: String,
}

impl Service {
    /// Issues a room key with those rights that the user asked for and may have.
    ///
    /// # Errors
    /// Those of [`log_in`](Self::log_in).
    pub async fn give_room_key(
        self: &Arc<Self>,
        request: RoomKeyRequest<'_>,
        client: Client,
    ) -> Result<RoomKeyGiven, Error> {
        let app = self.app(request.app)?;
        let uid = self.authenticate(request.who, client).await?;
        let allowed = self.privileges(&uid, request.number).await?;
        let privileges = request.asked.map_or(allowed, |asked| asked.and(allowed));
        // The apps request a key while reports and beats with their present token are on the way,
        // and they never repeat these. So the present token stays valid.
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

    /// The rights of a user in the video room of this number. Its creator has all rights even while
    /// the room is not live, because the iOS app asks for them when it resumes a live after a
    /// crash.
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
