//! `cos` commands: get_sign.

use super::{Answer, Services, data};
use crate::cloud::useless_sign;
use crate::error::Fault;
use crate::wire::Fields;
use crate::wire::upload::{CosPlace, CosSign, CosUpload, token_if_any};

/// `is_bare_post` says that the request is a `POST` with no body at all, as the published Android
/// app sends it and no other.
pub(super) async fn get_sign(
    services: &Services,
    fields: &Fields<'_>,
    is_bare_post: bool,
) -> Answer {
    let Some(token) = token_if_any(fields) else {
        let sign = if is_bare_post {
            sign_for_android(services)?
        } else {
            String::new()
        };
        return data(CosSign {
            sign: &sign,
            place: None,
        });
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

/// A sign for whoever asks as the Android app does: a good one where the operator allows it, else
/// one that the storage refuses, so that the app goes on without a cover.
fn sign_for_android(services: &Services) -> Result<String, Fault> {
    let mut random = [0; 20];
    getrandom::fill(&mut random).map_err(|cause| Fault::new("signing for a cover", cause))?;
    let now = services.clock.unix();
    let [a, b, c, d, ..] = random;
    let good = services
        .covers
        .as_ref()
        .and_then(|bucket| bucket.anonymous_sign([a, b, c, d], now));
    Ok(good.unwrap_or_else(|| useless_sign(random, now)))
}
