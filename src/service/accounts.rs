//! Accounts: registering, logging in and out, and checking a signature.

use std::sync::Arc;

use super::client::{Client, Network};
use super::commit::finish;
use super::context::Service;
use super::lives::SignedOut;
use super::login_guard::Attempt;
use crate::domain::{AppId, Refusal, Uid};
use crate::error::Error;
use crate::sessions::{Caller, Token};

/// The id and the password that a client sends to prove which user it acts for. There is no
/// `Debug`, so that the password cannot reach the log.
pub struct Credentials<'p> {
    /// The user's id. `None` if the id that was sent can belong to no user.
    pub uid: Option<Uid>,
    /// The password in plain text, as it was sent.
    pub password: &'p str,
}

/// The result of a login.
pub struct LoggedIn {
    /// The signature with which the client logs in to the cloud's SDK.
    pub user_sig: String,
    /// The session's token. The client sends it with every later request.
    pub token: Token,
}

impl Service {
    /// Registers a user.
    ///
    /// # Errors
    /// [`Refusal::ReservedId`], [`Refusal::UserExists`], [`Refusal::TooManyRequests`];
    /// [`Error::Busy`] if too many passwords wait to be hashed.
    pub async fn register(&self, uid: &Uid, password: &str, client: Client) -> Result<(), Error> {
        if self.is_reserved(uid) || uid.as_str().starts_with(Uid::GUEST) {
            return Err(Refusal::ReservedId.into());
        }
        // Checked before the password is hashed, because hashing is expensive.
        if self.store.password_hash(uid).await?.is_some() {
            return Err(Refusal::UserExists.into());
        }
        let network = client.network();
        // The budget is spent when the hash begins, not when the request arrives. If a whole school
        // registers at the same moment, the requests that find the queue full do not use up its
        // budget.
        let budget = Arc::clone(&self.budgets.registrations);
        let admit = move || budget.spend(&network);
        let hash = self.passwords.hash(&network, password, admit).await?;
        self.store.register(uid, hash, self.clock.unix()).await?;
        self.login_guard.vouch(uid, client);
        tracing::info!(%uid, "registered");
        Ok(())
    }

    /// Logs a user in. Their earlier sessions end.
    ///
    /// # Errors
    /// [`Refusal::UnknownApp`], [`Refusal::NoSuchUser`], [`Refusal::WrongPassword`],
    /// [`Refusal::TooManyRequests`]; [`Error::Busy`] if too many passwords wait to be checked.
    pub async fn log_in(
        self: &Arc<Self>,
        who: Credentials<'_>,
        app: Option<AppId>,
        client: Client,
    ) -> Result<LoggedIn, Error> {
        let app = self.app(app)?;
        let begun = async {
            let uid = self.authenticate(who, client).await?;
            let (this, of) = (Arc::clone(self), uid.clone());
            let token = finish(async move { this.sessions.begin(&of).await }).await?;
            Ok((uid, token))
        };
        let begun = begun.await;
        self.metrics.login(match &begun {
            Ok(_) => "done",
            Err(Error::Refused(_)) => "refused",
            Err(_) => "failed",
        });
        let (uid, token) = begun?;
        let user_sig = app.sign(&uid, self.clock.unix().as_secs());
        Ok(LoggedIn { user_sig, token })
    }

    /// Ends the session of a token, and the user's membership and live, also if they have other
    /// sessions: a client logs out when its user leaves the app.
    ///
    /// # Errors
    /// [`Refusal::TokenUnknown`] or [`Refusal::TokenTooOld`] if the token is no longer valid.
    pub async fn log_out(self: &Arc<Self>, token: &str, client: Client) -> Result<(), Error> {
        let caller = self.sessions.caller(token).await?;
        self.login_guard.vouch(&caller.uid, client);
        let this = Arc::clone(self);
        finish(async move {
            let commit = async |end| this.sessions.end(&caller, end).await;
            this.end_presence(&caller.uid, SignedOut::LoggedOut, commit)
                .await?;
            this.end_if_signed_out(&caller.uid, SignedOut::LoggedOut)
                .await
                .map(|_| ())
        })
        .await
    }

    /// Gives the caller another password and ends their other sessions. The [login
    /// guard](super::LoginGuard) counts a wrong old password as it does at a login.
    ///
    /// # Errors
    /// [`Refusal::WrongPassword`], also if the password was changed meanwhile;
    /// [`Refusal::TooManyRequests`]; [`Error::Busy`] if too many passwords wait to be checked or hashed.
    pub async fn change_password(
        self: &Arc<Self>,
        caller: Caller,
        old: &str,
        new: &str,
        client: Client,
    ) -> Result<(), Error> {
        let old = self.verify_password(&caller.uid, old, client).await?;
        let network = client.network();
        let new = self.passwords.hash(&network, new, || Ok(())).await?;
        let this = Arc::clone(self);
        finish(async move {
            let change = this
                .store
                .change_password(&caller.uid, old, new, caller.token);
            if !this.sessions.end_others(&caller, change).await? {
                return Err(Refusal::WrongPassword.into());
            }
            tracing::info!(uid = %caller.uid, "changed their password; their other sessions have ended");
            Ok(())
        })
        .await
    }

    /// Checks a signature that was issued for the cloud's SDK.
    ///
    /// # Errors
    /// [`Refusal::UnknownApp`]; [`Refusal::SigInvalid`] if the signature was not made for this user
    /// and app, or has expired.
    pub fn verify_sig(
        &self,
        uid: Option<&Uid>,
        sig: &str,
        app: Option<AppId>,
    ) -> Result<(), Refusal> {
        let app = self.app(app)?;
        let now = self.clock.unix().as_secs();
        if uid.is_some_and(|uid| app.verify(sig, uid, now)) {
            Ok(())
        } else {
            Err(Refusal::SigInvalid)
        }
    }

    /// Returns the user if the id and the password match. The [`LoginGuard`](super::LoginGuard)
    /// limits how many wrong passwords may be tried.
    ///
    /// # Errors
    /// As [`log_in`](Self::log_in).
    pub(super) async fn authenticate(
        &self,
        who: Credentials<'_>,
        client: Client,
    ) -> Result<Uid, Error> {
        let uid = who
            .uid
            .filter(|uid| !self.is_reserved(uid))
            .ok_or(Refusal::NoSuchUser)?;
        let hash = self.verify_password(&uid, who.password, client).await?;
        if self.passwords.is_below_cost(&hash) {
            let password = who.password.to_owned();
            self.renew_hash(uid.clone(), password, hash, client.network());
        }
        Ok(uid)
    }

    /// The hash of a user's password, if this is the password.
    ///
    /// # Errors
    /// As [`log_in`](Self::log_in).
    async fn verify_password(
        &self,
        uid: &Uid,
        password: &str,
        client: Client,
    ) -> Result<String, Error> {
        let attempt = self.login_guard.attempt(uid, client);
        // Checked here as well, so that a request that will be refused in any case does not wait in
        // the queue.
        self.login_guard.admit(&attempt, self.clock.now())?;
        let hash = self
            .check_password(uid, password, &attempt)
            .await
            .inspect_err(|_| tracing::debug!(%uid, %client, "login failed"))?;
        self.login_guard.succeeded(&attempt);
        Ok(hash)
    }

    async fn check_password(
        &self,
        uid: &Uid,
        password: &str,
        attempt: &Attempt,
    ) -> Result<String, Error> {
        let (guard, clock) = (&self.login_guard, self.clock);
        let Some(hash) = self.store.password_hash(uid).await? else {
            guard.invented(attempt, clock.now())?;
            return Err(Refusal::NoSuchUser.into());
        };
        let turn = guard.turn(attempt).await?;
        let (admitting, failing) = (Arc::clone(guard), Arc::clone(guard));
        let (admitted, failed) = (attempt.clone(), attempt.clone());
        let admit = move || admitting.admit(&admitted, clock.now());
        let fail = move || {
            // The turn is held until the check has ended, even if the caller has hung up by then.
            let _turn = &turn;
            failing.failed(&failed, clock.now());
        };
        let network = attempt.network();
        let checked = self
            .passwords
            .matches(network, password, hash.clone(), admit, fail);
        if !checked.await? {
            return Err(Refusal::WrongPassword.into());
        }
        Ok(hash)
    }

    /// Replaces a hash that is cheaper than new ones, as imported ones may be. The login does not wait
    /// for it. It takes its turn among the registrations; if too many wait, the next login renews it.
    fn renew_hash(&self, uid: Uid, password: String, old: String, network: Network) {
        let (passwords, store) = (self.passwords.clone(), self.store.clone());
        actix::spawn(async move {
            let renewed = async {
                let new = passwords.hash(&network, &password, || Ok(())).await?;
                store.renew_password_hash(&uid, old, new).await
            };
            match renewed.await {
                Ok(()) => tracing::debug!(%uid, "renewed a password hash"),
                Err(Error::Busy(_) | Error::Refused(_) | Error::Unavailable { .. }) => {}
                Err(Error::Fault(fault)) => {
                    tracing::error!(%uid, cause = %fault, "a password hash was not renewed: the user is logged in all the same, and their next login tries again");
                }
            }
        });
    }
}
