//! `live` commands about recordings: reportrecord, recordlist.

use super::{Answer, Services, data, done};
use crate::domain::Refusal;
use crate::wire::Fields;
use crate::wire::recording::{ListRecordings, RecordingList, parse_report};

pub(super) async fn report(services: &Services, fields: &Fields<'_>) -> Answer {
    let caller = services.sessions.caller(fields.token()?).await?;
    let told = parse_report(fields)?.ok_or(Refusal::NotYourRoom)?;
    services
        .store
        .announce(&caller.uid, told, services.clock.unix())
        .await?;
    done()
}

pub(super) async fn list(services: &Services, fields: &Fields<'_>) -> Answer {
    services.sessions.caller(fields.token()?).await?;
    let ListRecordings {
        filter,
        offset,
        size,
    } = ListRecordings::parse(fields, services.doorway.record_index)?;
    let (total, recordings) = services.store.recordings(filter, offset, size).await?;
    data(RecordingList::new(
        total,
        &recordings,
        services.doorway.record_total,
        services.doorway.play_url,
    ))
}
