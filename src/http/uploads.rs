//! `cos` commands: get_sign.

use super::{Answer, Services, data};
use crate::error::Fault;
use crate::wire::Fields;
use crate::wire::upload::{CosPlace, CosSign, CosUpload, token_if_any};

pub(super) async fn get_sign(services: &Services, fields: &Fields<'_>) -> Answer {
    let Some(token) = token_if_any(fields) else {
        return data(CosSign::default());
    };
    let caller = services.sessions.caller(token).await?;
    let Some(bucket) = &services.covers else {
        return data(CosSign::default());
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|cause| Fault::new("naming a cover", cause))?;
    let place = bucket.place(&caller.uid, random, services.clock.unix());
    data(CosSign {
        sign: &place.old_sign,
        place: Some(CosPlace {
            path: &place.path,
            url: &place.url,
            upload: CosUpload::put(&place.upload_url, place.content_type),
        }),
    })
}
