//! `account` commands: regist, login, logout, kickout.

use std::sync::Arc;

use super::config::{Answer, data, done};
use super::wire::account::{self, KickedOut, Kickout, Login, Regist, logout_token};
use super::wire::{Fields, envelope};
use crate::domain::Refusal;
use crate::error::Error;
use crate::http::failure::Failure;
use crate::service::{Client, Service};

pub(super) async fn regist(service: &Arc<Service>, fields: &Fields<'_>, client: Client) -> Answer {
    let Regist { uid, password } = Regist::parse(fields)?;
    service.register(&uid, password, client).await?;
    done()
}

pub(super) async fn login(service: &Arc<Service>, fields: &Fields<'_>, client: Client) -> Answer {
    let Login { who, app } = Login::parse(fields)?;
    let given = service.log_in(who, app, client).await?;
    data(account::LoggedIn {
        user_sig: &given.user_sig,
        token: given.token.as_str(),
    })
}

pub(super) async fn logout(service: &Arc<Service>, fields: &Fields<'_>, client: Client) -> Answer {
    let token = logout_token(fields)?;
    let done_once = service.log_out(token, client).await;
    done_once.map_err(|error| match error {
        // Old clients expect another code here than for the same refusal elsewhere.
        Error::Refused(Refusal::TokenUnknown | Refusal::TokenTooOld) => Failure::RepeatLogout,
        other => other.into(),
    })?;
    done()
}

pub(super) async fn kickout(service: &Arc<Service>, fields: &Fields<'_>, client: Client) -> Answer {
    let Kickout {
        who,
        target,
        hold_sig,
        app,
    } = Kickout::parse(fields)?;
    let kicked = service.kick_out(who, target, app, client).await?;
    let answer = KickedOut {
        target: kicked.uid.as_str(),
        hold_sig: hold_sig.into(),
    };
    match kicked.im_trouble {
        None => data(answer),
        Some(trouble) => Ok(envelope::failure_with(&Failure::StillInIm(trouble), answer).into()),
    }
}
