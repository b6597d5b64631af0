//! `account` commands: regist, login, logout.

use std::net::IpAddr;

use super::{Answer, Services, data, done};
use crate::domain::{EndReason, LiveEnd, Refusal, Uid};
use crate::error::Error;
use crate::wire::Fields;
use crate::wire::account::{LoggedIn, Login, Regist, logout_token};

pub(super) async fn regist(services: &Services, fields: &Fields<'_>) -> Answer {
    let Regist { uid, password } = Regist::parse(fields)?;
    // Before the hash, which is dear.
    if services.store.password_hash(&uid).await?.is_some() {
        return Err(Refusal::UserExists.into());
    }
    let hash = services.passwords.hash(password).await?;
    services
        .store
        .register(&uid, hash, services.clock.unix())
        .await?;
    tracing::info!(uid = %uid, "registered");
    done()
}

pub(super) async fn login(services: &Services, fields: &Fields<'_>, client: IpAddr) -> Answer {
    let Login { uid, password, app } = Login::parse(fields)?;
    let app = services
        .signer
        .app(app)
        .ok_or(Refusal::BadField("Invalid appid"))?;
    let uid = uid.ok_or(Refusal::NoSuchUser)?;
    let attempt = services.guard.admit(&uid, client, services.clock.now())?;
    match check_password(services, &uid, password).await {
        Ok(()) => services.guard.succeeded(&attempt),
        // This is what the guard counts.
        Err(Error::Refused(refusal @ (Refusal::NoSuchUser | Refusal::WrongPassword))) => {
            tracing::debug!(uid = %uid, client = %client, "login failed");
            return Err(refusal.into());
        }
        Err(error) => {
            services.guard.undecided(&attempt);
            return Err(error);
        }
    }
    let token = services.sessions.begin(&uid).await?;
    let user_sig = app.sign(&uid, services.clock.unix().as_secs());
    data(LoggedIn {
        user_sig: &user_sig,
        token: token.as_str(),
    })
}

async fn check_password(services: &Services, uid: &Uid, password: &str) -> Result<(), Error> {
    let hash = services
        .store
        .password_hash(uid)
        .await?
        .ok_or(Refusal::NoSuchUser)?;
    if services.passwords.matches(password, hash).await? {
        Ok(())
    } else {
        Err(Refusal::WrongPassword.into())
    }
}

pub(super) async fn logout(services: &Services, fields: &Fields<'_>) -> Answer {
    let repeated = |error| match error {
        Error::Refused(Refusal::TokenUnknown | Refusal::TokenTooOld) => {
            Refusal::RepeatLogout.into()
        }
        other => other,
    };
    let caller = services
        .sessions
        .caller(logout_token(fields)?)
        .await
        .map_err(repeated)?;
    let hosted = services.rooms.hosted_by(&caller.uid);
    let end = hosted.as_ref().map(|card| LiveEnd {
        live: card.live,
        reason: EndReason::Logout,
        tally: card.tally(),
        at: services.clock.unix(),
    });
    services
        .sessions
        .end(&caller, end)
        .await
        .map_err(repeated)?;
    if let Some(card) = hosted {
        services.rooms.close(card.live, card.number).await?;
    }
    services.rooms.leave(&caller.uid, None).await?;
    done()
}
