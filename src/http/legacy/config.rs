//! How the old protocol is set up, and what its handlers share.

use std::sync::Arc;

use actix_web::web::Bytes;
use serde::Serialize;

use super::request_sign::RequestSign;
use super::wire::envelope;
use crate::http::failure::Failure;
use crate::http::state::Shared;
use crate::service::Service;
use crate::settings::{PlayUrl, RecordlistIndex, RecordlistTotal};

/// The old protocol.
pub struct Legacy {
    /// What it shares with the other protocols.
    pub shared: Arc<Shared>,
    /// How it is set up.
    pub config: HttpConfig,
}

impl Legacy {
    /// The product.
    pub(super) fn service(&self) -> &Arc<Service> {
        &self.shared.service
    }
}

/// How the old protocol is set up.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// A larger body is refused unread.
    pub max_body_bytes: usize,
    /// Whether clients sign their requests; none: nobody looks.
    pub request_sign: Option<RequestSign>,
    /// What `index` of `recordlist` means.
    pub record_index: RecordlistIndex,
    /// How `recordlist` sends the number of all recordings.
    pub record_total: RecordlistTotal,
    /// How a recording's address is sent.
    pub play_url: PlayUrl,
}

/// The body of an answer, or why there is none.
pub(super) type Answer = Result<Bytes, Failure>;

/// Success without data.
pub(super) fn done() -> Answer {
    Ok(Bytes::from_static(envelope::DONE))
}

/// Success with data.
pub(super) fn data<T: Serialize>(data: T) -> Answer {
    Ok(envelope::data(data).into())
}
