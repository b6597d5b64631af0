//! `live` commands about links between rooms: linksig.

use super::config::{Answer, data};
use super::wire::Fields;
use super::wire::link::{AskLink, Linked};
use crate::service::{Link, Service};

pub(super) async fn link_sig(service: &Service, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    let AskLink {
        host,
        room,
        current,
        app,
    } = AskLink::parse(fields)?;
    let link = Link {
        from: current,
        to: room,
        host,
    };
    let linksig = service.sign_link(&caller, link, app).await?;
    data(Linked { linksig: &linksig })
}
