//! Guests: they get a token without an account, list rooms and watch. Everything else is for users.

use super::client::Client;
use super::context::Service;
use super::server_keys::ServerKeys;
use crate::domain::{Feature, Refusal, Uid};
use crate::error::Error;
use crate::sessions::{Caller, Guest, GuestTokens, Token};

/// Somebody who may list rooms, enter one, beat there and leave it, whose token was checked.
pub trait Viewer {
    /// Their id.
    fn uid(&self) -> &Uid;
}

/// The sender of a request that guests may send too.
#[derive(Clone, Debug)]
pub enum Watcher {
    /// A user.
    User(Caller),
    /// A guest.
    Guest(Guest),
}

/// A new guest.
pub struct GuestGiven {
    /// Their id.
    pub uid: Uid,
    /// Their token.
    pub token: Token,
    /// Seconds after which it ends.
    pub expires_in: i64,
}

impl Watcher {
    /// The user.
    ///
    /// # Errors
    /// [`Refusal::GuestsMayNot`] if it is a guest.
    pub fn user(self) -> Result<Caller, Refusal> {
        match self {
            Self::User(caller) => Ok(caller),
            Self::Guest(_) => Err(Refusal::GuestsMayNot),
        }
    }

    /// A number that differs from one token to the next, to spread out what they do at the same time.
    pub fn spread(&self) -> u8 {
        match self {
            Self::User(caller) => caller.token.0[0],
            Self::Guest(guest) => guest.spread,
        }
    }
}

impl Viewer for Caller {
    fn uid(&self) -> &Uid {
        &self.uid
    }
}

impl Viewer for Watcher {
    fn uid(&self) -> &Uid {
        match self {
            Self::User(caller) => &caller.uid,
            Self::Guest(guest) => &guest.uid,
        }
    }
}

impl Service {
    /// Lets somebody in as a guest.
    ///
    /// # Errors
    /// [`Refusal::NotSetUp`] unless the operator lets guests in; [`Refusal::TooManyRequests`].
    pub fn let_in(&self, client: Client) -> Result<GuestGiven, Error> {
        let tokens = self.guests.as_ref();
        let tokens = tokens.ok_or(Refusal::NotSetUp(Feature::Guests))?;
        self.budgets.guests.spend(&client.network())?;
        let (uid, token) = tokens.issue(self.clock.unix())?;
        Ok(GuestGiven {
            uid,
            token,
            expires_in: GuestTokens::LIFE_S,
        })
    }

    /// The user or the guest to whom a token belongs. This counts as a use of a user's token.
    ///
    /// # Errors
    /// As [`caller`](Self::caller); [`Refusal::KeyMayNot`] for a server key.
    pub async fn watcher(&self, token: &str) -> Result<Watcher, Error> {
        if ServerKeys::is_one(token) {
            return Err(Refusal::KeyMayNot.into());
        }
        if !GuestTokens::is_one(token) {
            return Ok(Watcher::User(self.caller(token).await?));
        }
        let tokens = self.guests.as_ref().ok_or(Refusal::TokenUnknown)?;
        let guest = tokens.check(token, self.clock.unix())?;
        Ok(Watcher::Guest(guest))
    }
}
