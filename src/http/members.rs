//! `live` commands about members: heartbeat, reportmemid, roomidlist, request, reportstatus.

use super::{Answer, Services, data, done};
use crate::domain::Refusal;
use crate::wire::Fields;
use crate::wire::member::{
    Heartbeat, ListMembers, MemberList, ReportMember, ReportMic, heartbeat_token, parse_request,
};

pub(super) async fn heartbeat(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(heartbeat_token(fields)?).await?;
    let Heartbeat {
        number,
        claimed,
        likes,
    } = Heartbeat::parse(fields)?;
    services
        .rooms
        .beat(&caller.uid, number, claimed, likes)
        .await?;
    done()
}

pub(super) async fn report(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    match ReportMember::parse(fields)? {
        ReportMember::Enter(number, claimed) => {
            services
                .rooms
                .enter(&caller.uid, number.ok_or(Refusal::NoSuchRoom)?, claimed)
                .await?;
        }
        ReportMember::Leave(Some(number)) => {
            services.rooms.leave(&caller.uid, Some(number)).await?
        }
        ReportMember::Leave(None) => {}
    }
    done()
}

pub(super) async fn list(services: &Services, fields: &Fields<'_>) -> Answer {
    services.sessions.caller(fields.token()?).await?;
    let ListMembers { number, rows } = ListMembers::parse(fields)?;
    let row = |row| usize::try_from(row).unwrap_or(usize::MAX);
    let (total, members) = match number {
        Some(number) => {
            services
                .rooms
                .members(number, row(rows.index), row(rows.size))
                .await?
        }
        None => (0, Vec::new()),
    };
    data(MemberList::new(total, &members))
}

pub(super) async fn request_mic(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    let number = parse_request(fields)?.ok_or(Refusal::NoSuchRoom)?;
    services.rooms.request_mic(&caller.uid, number).await?;
    done()
}

pub(super) async fn report_mic(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    let ReportMic { number, guest, on } = ReportMic::parse(fields)?;
    let number = number.ok_or(Refusal::NoSuchRoom)?;
    match guest.filter(|guest| *guest != caller.uid) {
        Some(guest) => {
            services
                .rooms
                .grant_mic(&caller.uid, number, guest, on)
                .await?
        }
        None => services.rooms.report_mic(&caller.uid, number, on).await?,
    }
    done()
}
