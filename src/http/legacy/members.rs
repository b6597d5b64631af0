//! `live` commands about members: heartbeat, reportmemid, roomidlist, request, reportstatus.

use super::config::{Answer, data, done};
use super::wire::Fields;
use super::wire::member::{
    Heartbeat, ListMembers, MemberList, ReportMember, ReportMic, heartbeat_token, parse_request,
};
use crate::domain::Refusal;
use crate::service::Service;

pub(super) async fn heartbeat(service: &Service, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(heartbeat_token(fields)?).await?;
    let Heartbeat {
        number,
        claim,
        likes,
    } = Heartbeat::parse(fields)?;
    service.beat(&caller, number, claim, likes).await?;
    done()
}

pub(super) async fn report(service: &Service, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    match ReportMember::parse(fields)? {
        ReportMember::Enter(number, claim) => {
            let number = number.ok_or(Refusal::NoSuchRoom)?;
            service.enter_room(&caller, number, claim).await?;
        }
        ReportMember::Leave(Some(number)) => service.leave_room(&caller, number).await?,
        ReportMember::Leave(None) => {}
    }
    done()
}

pub(super) async fn list(service: &Service, fields: &Fields<'_>) -> Answer {
    service.caller(fields.token()?).await?;
    let ListMembers { number, rows } = ListMembers::parse(fields)?;
    let (total, members) = match number {
        Some(number) => service.members(number, rows.index, rows.size).await?,
        None => (0, Vec::new()),
    };
    data(MemberList::new(total, &members))
}

pub(super) async fn request_mic(service: &Service, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    let number = parse_request(fields)?.ok_or(Refusal::NoSuchRoom)?;
    service.request_mic(&caller, number).await?;
    done()
}

pub(super) async fn report_mic(service: &Service, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    let ReportMic { number, guest, on } = ReportMic::parse(fields)?;
    let number = number.ok_or(Refusal::NoSuchRoom)?;
    match guest.filter(|guest| *guest != caller.uid) {
        Some(guest) => service.grant_mic(&caller, number, guest, on).await?,
        None => service.report_mic(&caller, number, on).await?,
    }
    done()
}
