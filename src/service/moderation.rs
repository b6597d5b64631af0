//! Moderation: an administrator kicks a user out.

use std::sync::Arc;

use super::accounts::Credentials;
use super::client::Client;
use super::commit::finish;
use super::context::Service;
use super::lives::SignedOut;
use crate::domain::{AppId, ImTrouble, Refusal, Uid};
use crate::error::Error;

/// The result of kicking a user out.
#[derive(Debug)]
pub struct KickedOut {
    /// The user's id.
    pub uid: Uid,
    /// Why the cloud's messaging service did not sign the user out. `None` if it did, or if it is
    /// not configured. The user's sessions here have ended in any case.
    pub im_trouble: Option<ImTrouble>,
}

impl Service {
    /// Ends the sessions, the membership and the live of `target`, and signs them out of the
    /// cloud's messaging service if it is configured. `who` has to be an administrator. `target` is
    /// `None` if the id that was sent can belong to no user.
    ///
    /// # Errors
    /// Those of [`log_in`](Self::log_in); [`Refusal::NotAdmin`]; [`Refusal::NoSuchUser`] if
    /// `target` is not a registered user.
    pub async fn kick_out(
        self: &Arc<Self>,
        who: Credentials<'_>,
        target: Option<Uid>,
        app: Option<AppId>,
        client: Client,
    ) -> Result<KickedOut, Error> {
        // The app is checked before the password, which is expensive to check.
        self.app(app)?;
        let admin = self.authenticate(who, client).await?;
        if !self.policy.admins.contains(&admin) {
            return Err(Refusal::NotAdmin.into());
        }
        let target = target.ok_or(Refusal::NoSuchUser)?;
        if self.store.password_hash(&target).await?.is_none() {
            return Err(Refusal::NoSuchUser.into());
        }
        let this = Arc::clone(self);
        finish(async move { this.kick(target, &admin, app).await }).await
    }

    async fn kick(&self, target: Uid, by: &Uid, app: Option<AppId>) -> Result<KickedOut, Error> {
        let app = self.app(app)?;
        let at = self.clock.unix();
        let commit = async |end| self.sessions.end_all(&target, end).await;
        self.end_presence(&target, SignedOut::Kicked, commit)
            .await?;
        self.end_if_signed_out(&target, SignedOut::Kicked).await?;
        tracing::info!(uid = %target, %by, "kicked out");
        let im_trouble = match &self.im {
            Some(im) => im.kick(app, &target, at.as_secs()).await.err(),
            None => None,
        };
        Ok(KickedOut {
            uid: target,
            im_trouble,
        })
    }
}
