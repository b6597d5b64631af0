//! `account` commands: regist, login, logout, kickout.

use std::sync::Arc;

use actix_web::web;

use super::client::Client;
use super::door::finish;
use super::login_guard::Attempt;
use super::{Answer, Services, data, done};
use crate::domain::{AppId, EndReason, Refusal, Uid};
use crate::error::Error;
use crate::rooms::Summary;
use crate::wire::account::{
    Credentials, KickedOut, Kickout, LoggedIn, Login, Regist, logout_token,
};
use crate::wire::{Fields, envelope};

pub(super) async fn regist(services: &Services, fields: &Fields<'_>, client: Client) -> Answer {
    let Regist { uid, password } = Regist::parse(fields)?;
    if services.is_reserved(&uid) {
        return Err(Refusal::BadField("Invalid id").into());
    }
    // Before the hash, which is dear.
    if services.store.password_hash(&uid).await?.is_some() {
        return Err(Refusal::UserExists.into());
    }
    let network = client.network();
    // Spent when it is their turn: a school that comes at once is told to come again, and has not
    // lost its budget by that.
    let budget = Arc::clone(&services.budgets.registrations);
    let admit = move || budget.spend(&network);
    let hash = services.passwords.hash(&network, password, admit).await?;
    services
        .store
        .register(&uid, hash, services.clock.unix())
        .await?;
    services.guard.vouch(&uid, client);
    tracing::info!(uid = %uid, "registered");
    done()
}

pub(super) async fn login(
    services: &web::Data<Services>,
    fields: &Fields<'_>,
    client: Client,
) -> Answer {
    let Login { who, app } = Login::parse(fields)?;
    let app = services.app(app)?;
    let uid = let_in(services, who, client).await?;
    let token = {
        let (services, uid) = (services.clone(), uid.clone());
        finish(async move { services.sessions.begin(&uid).await }).await?
    };
    let user_sig = app.sign(&uid, services.clock.unix().as_secs());
    data(LoggedIn {
        user_sig: &user_sig,
        token: token.as_str(),
    })
}

/// The user whose id and password these are. Wrong ones are few: see the login guard.
pub(super) async fn let_in(
    services: &Services,
    who: Credentials<'_>,
    client: Client,
) -> Result<Uid, Error> {
    let uid = who
        .uid
        .filter(|uid| !services.is_reserved(uid))
        .ok_or(Refusal::NoSuchUser)?;
    let attempt = services.guard.attempt(&uid, client);
    // Here already, so that what has to be refused in any case does not wait in line.
    services.guard.admit(&attempt, services.clock.now())?;
    check_password(services, &uid, who.password, &attempt)
        .await
        .inspect_err(|_| {
            tracing::debug!(uid = %uid, client = %client, "login failed");
        })?;
    services.guard.succeeded(&attempt);
    Ok(uid)
}

async fn check_password(
    services: &Services,
    uid: &Uid,
    password: &str,
    attempt: &Attempt,
) -> Result<(), Error> {
    let (guard, clock) = (&services.guard, services.clock);
    let Some(hash) = services.store.password_hash(uid).await? else {
        guard.invented(attempt, clock.now())?;
        return Err(Refusal::NoSuchUser.into());
    };
    let turn = guard.turn(attempt).await?;
    let (admitting, failing) = (Arc::clone(guard), Arc::clone(guard));
    let (admitted, failed) = (attempt.clone(), attempt.clone());
    let admit = move || admitting.admit(&admitted, clock.now());
    let fail = move || {
        // The turn ends with the check, also if the caller is gone before that.
        let _turn = &turn;
        failing.failed(&failed, clock.now());
    };
    if services
        .passwords
        .matches(attempt.network(), password, hash, admit, fail)
        .await?
    {
        Ok(())
    } else {
        Err(Refusal::WrongPassword.into())
    }
}

pub(super) async fn logout(services: &Services, fields: &Fields<'_>, client: Client) -> Answer {
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
    services.guard.vouch(&caller.uid, client);
    let hosted = services.rooms.hosted_by(&caller.uid);
    let at = services.clock.unix();
    let end = hosted
        .as_ref()
        .map(|summary| summary.end(EndReason::Logout, at));
    services
        .sessions
        .end(&caller, end)
        .await
        .map_err(repeated)?;
    take_out(services, &caller.uid, hosted).await?;
    end_if_signed_out(services, &caller.uid, EndReason::Logout).await?;
    done()
}

/// Takes a user whose sessions have ended out of the rooms, and the room that he hosted with him.
async fn take_out(
    services: &Services,
    uid: &Uid,
    hosted: Option<Arc<Summary>>,
) -> Result<(), Refusal> {
    if let Some(summary) = hosted {
        services.rooms.close(summary.live, summary.number).await?;
    }
    services.rooms.leave(uid, None).await
}

/// Ends the live of a host who has no session any more, and tells whether that is so: it was begun
/// by a request that was under way when his sessions ended. Whoever ends sessions looks, and whoever
/// begins a live looks, so one of them sees it.
pub(super) async fn end_if_signed_out(
    services: &Services,
    uid: &Uid,
    reason: EndReason,
) -> Result<bool, Error> {
    if services.store.has_session(uid).await? {
        return Ok(false);
    }
    if let Some(summary) = services.rooms.hosted_by(uid) {
        let end = summary.end(reason, services.clock.unix());
        services.store.end_live(end).await?;
        take_out(services, uid, Some(summary)).await?;
    }
    Ok(true)
}

pub(super) async fn kickout(
    services: &web::Data<Services>,
    fields: &Fields<'_>,
    client: Client,
) -> Answer {
    let Kickout {
        who,
        target,
        hold_sig,
        app,
    } = Kickout::parse(fields)?;
    // Refused before the password is looked at.
    services.app(app)?;
    let admin = let_in(services, who, client).await?;
    if !services.doorway.admins.contains(&admin) {
        return Err(Refusal::NotAdmin.into());
    }
    let target = target.ok_or(Refusal::NoSuchUser)?;
    if services.store.password_hash(&target).await?.is_none() {
        return Err(Refusal::NoSuchUser.into());
    }
    let services = services.clone();
    finish(async move { kick(&services, &target, &admin, hold_sig, app).await }).await
}

/// Ends a user's sessions here, and in the cloud's messaging service.
async fn kick(
    services: &Services,
    target: &Uid,
    by: &Uid,
    hold_sig: bool,
    app: Option<AppId>,
) -> Answer {
    let app = services.app(app)?;
    let hosted = services.rooms.hosted_by(target);
    let at = services.clock.unix();
    let end = hosted
        .as_ref()
        .map(|summary| summary.end(EndReason::Kicked, at));
    services.sessions.end_all(target, end).await?;
    take_out(services, target, hosted).await?;
    end_if_signed_out(services, target, EndReason::Kicked).await?;
    tracing::info!(uid = %target, %by, "kicked out");
    let kicked = KickedOut {
        target: target.as_str(),
        hold_sig: hold_sig.into(),
    };
    let Some(im) = &services.im else {
        return data(kicked);
    };
    match im.kick(app, target, at.as_secs()).await {
        Ok(()) => data(kicked),
        Err(trouble) => Ok(envelope::refusal_with(Refusal::StillInIm(trouble), kicked).into()),
    }
}
