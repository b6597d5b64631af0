//! `live` commands about recordings: reportrecord, recordlist.

use super::config::{Answer, Legacy, data, done};
use super::wire::Fields;
use super::wire::recording::{ListRecordings, RecordingList, parse_report};
use crate::domain::Refusal;
use crate::service::Service;

pub(super) async fn report(service: &Service, fields: &Fields<'_>) -> Answer {
    let caller = service.caller(fields.token()?).await?;
    let announcement = parse_report(fields)?.ok_or(Refusal::NotYourRoom)?;
    service.announce_recording(&caller, announcement).await?;
    done()
}

pub(super) async fn list(legacy: &Legacy, fields: &Fields<'_>) -> Answer {
    let (service, config) = (legacy.service(), &legacy.config);
    service.caller(fields.token()?).await?;
    let ListRecordings {
        filter,
        offset,
        size,
    } = ListRecordings::parse(fields, config.record_index)?;
    let (total, recordings) = service.recordings(filter, offset, size).await?;
    data(RecordingList::new(
        total,
        &recordings,
        config.record_total,
        config.play_url,
    ))
}
