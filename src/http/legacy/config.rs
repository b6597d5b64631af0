//! The configuration of the old protocol, and the helpers that its handlers share.

use std::sync::Arc;

use actix_web::web::Bytes;
use serde::Serialize;

use super::command::CommandCounts;
use super::wire::envelope;
use crate::http::failure::Failure;
use crate::http::request_sign::RequestSign;
use crate::http::state::Shared;
use crate::service::Service;
use crate::settings::{PlayUrl, RecordlistIndex, RecordlistTotal};

/// The old protocol.
pub struct Legacy {
    /// The state that it shares with the other protocols.
    pub shared: Arc<Shared>,
    /// Its configuration.
    pub config: HttpConfig,
    /// What is counted of its commands.
    pub counts: CommandCounts,
}

impl Legacy {
    /// The use cases.
    pub(super) fn service(&self) -> &Arc<Service> {
        &self.shared.service
    }
}

/// The configuration of the old protocol.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The largest body that is accepted, in bytes. A larger one is refused unread.
    pub max_body_bytes: usize,
    /// The rule for request signatures. `None` if they are not checked.
    pub request_sign: Option<RequestSign>,
    /// The meaning of `index` in `recordlist`.
    pub record_index: RecordlistIndex,
    /// The form in which `recordlist` sends the total number of recordings.
    pub record_total: RecordlistTotal,
    /// The form in which a recording's address is sent.
    pub play_url: PlayUrl,
}

/// The body of an answer, or the reason of the failure.
pub(super) type Answer = Result<Bytes, Failure>;

/// The answer of success without data.
pub(super) fn done() -> Answer {
    Ok(Bytes::from_static(envelope::DONE))
}

/// The answer of success with data.
pub(super) fn data<T: Serialize>(data: T) -> Answer {
    Ok(envelope::data(data).into())
}
