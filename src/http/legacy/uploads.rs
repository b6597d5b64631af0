//! `cos` commands: get_sign.

use super::config::{Answer, data};
use super::wire::Fields;
use super::wire::upload::{CosPlace, CosSign, CosUpload, token_if_any};
use crate::service::Service;

/// Answers with the place for a cover and the signatures for the upload. `is_bare_post` is true for
/// a `POST` without a body: of all published apps, only the Android app sends that.
pub(super) async fn get_sign(service: &Service, fields: &Fields<'_>, is_bare_post: bool) -> Answer {
    let Some(token) = token_if_any(fields) else {
        let sign = if is_bare_post {
            service.sign_cover_for_anybody()?
        } else {
            String::new()
        };
        return data(CosSign {
            sign: &sign,
            place: None,
        });
    };
    let caller = service.caller(token).await?;
    let Some(place) = service.place_cover(&caller)? else {
        return data(CosSign::default());
    };
    data(CosSign {
        sign: &place.old_sign,
        place: Some(CosPlace {
            path: &place.path,
            url: &place.url,
            upload: CosUpload::put(&place.upload_url, place.content_type),
        }),
    })
}
