//! `cos/get_sign`: where a cover may be put.

use serde::Serialize;

use super::json::Fields;

/// The token of `cos/get_sign`, if there is one: the published apps send neither token nor fields,
/// and the Apple apps send a `GET`.
pub fn token_if_any<'f>(fields: &'f Fields<'_>) -> Option<&'f str> {
    fields.token().ok()
}

/// The data of `cos/get_sign`. With an empty `sign` and nothing else, the Apple apps go live at once
/// without a cover; after an error they wait for ten seconds. The Android app needs a `sign` that is
/// not empty: with one that is refused it goes on without a cover, with none it never does.
#[derive(Default, Serialize)]
pub struct CosSign<'a> {
    /// The signature that the apps of 2016–2018 know.
    pub sign: &'a str,
    /// The place it is for.
    #[serde(flatten)]
    pub place: Option<CosPlace<'a>>,
}

/// A place for one picture.
#[derive(Serialize)]
pub struct CosPlace<'a> {
    /// The object's name in the bucket.
    pub path: &'a str,
    /// Where the picture will be: what to announce as `cover`.
    pub url: &'a str,
    /// The request that puts it there.
    pub upload: CosUpload<'a>,
}

/// A request that puts a picture to its place.
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
    /// A `PUT` of that type to that address.
    pub fn put(url: &'a str, content_type: &'a str) -> Self {
        Self {
            method: "PUT",
            url,
            headers: CosHeaders { content_type },
        }
    }
}
