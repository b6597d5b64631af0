//! `cos/get_sign`: the place where a cover may be uploaded.

use serde::Serialize;

use super::json::Fields;

/// The token of `cos/get_sign`, if there is one. The published apps send no token and no fields,
/// and the Apple apps send a `GET`.
pub fn token_if_any<'f>(fields: &'f Fields<'_>) -> Option<&'f str> {
    fields.token().ok()
}

/// The data of `cos/get_sign`. If `sign` is empty and the only field, the Apple apps go live at
/// once without a cover; after an error they wait for ten seconds. The Android app never goes live
/// with an empty `sign`; with one that the storage refuses, it goes live without a cover.
#[derive(Default, Serialize)]
pub struct CosSign<'a> {
    /// The signature for the apps of 2016–2018.
    pub sign: &'a str,
    /// The place that the signature is for.
    #[serde(flatten)]
    pub place: Option<CosPlace<'a>>,
}

/// A place for one picture.
#[derive(Serialize)]
pub struct CosPlace<'a> {
    /// The name of the object in the bucket.
    pub path: &'a str,
    /// The address of the picture after the upload. The host announces it as `cover`.
    pub url: &'a str,
    /// The request that uploads the picture.
    pub upload: CosUpload<'a>,
}

/// A request that uploads a picture to its place.
#[derive(Serialize)]
pub struct CosUpload<'a> {
    method: &'a str,
    url: &'a str,
    headers: CosHeaders<'a>,
}

#[derive(Serialize)]
struct CosHeaders<'a> {
    #[serde(rename = "Content-Type")]
    content_type: &'a str,
}

impl<'a> CosUpload<'a> {
    /// A `PUT` of this content type to this address.
    pub fn put(url: &'a str, content_type: &'a str) -> Self {
        Self {
            method: "PUT",
            url,
            headers: CosHeaders { content_type },
        }
    }
}
