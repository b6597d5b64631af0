//! What every request of the live API needs: the use cases, the limits, the metrics.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::kept::KeptAnswers;
use super::operation::OPERATIONS;
use super::problem::Problem;
use super::push::Push;
use crate::clock::Stopwatch;
use crate::error::{Error, Fault};
use crate::http::code::FAULT;
use crate::http::request_id::RequestId;
use crate::http::request_sign::RequestSign;
use crate::http::state::Shared;
use crate::metrics::CommandMetrics;
use crate::service::{Client, Service};

/// The live API.
pub struct V2 {
    pub(super) shared: Arc<Shared>,
    /// The largest body that is accepted, in bytes.
    pub(super) max_body_bytes: usize,
    pub(super) request_sign: Option<RequestSign>,
    /// Who is told by push.
    pub push: Push,
    /// What was answered to requests with an idempotency key.
    pub(super) kept: KeptAnswers,
    /// What is counted of each operation, and of requests that are none.
    pub(super) counts: [CommandMetrics; OPERATIONS.len()],
    pub(super) unknown: CommandMetrics,
}

impl V2 {
    /// The live API on the use cases of `shared`. Signatures are checked if there is a rule for them.
    pub fn new(
        shared: Arc<Shared>,
        max_body_bytes: usize,
        request_sign: Option<RequestSign>,
        push: Push,
    ) -> Self {
        let metrics = &shared.service.metrics;
        let of = |name| metrics.command("v2", name).showing(FAULT.number);
        Self {
            counts: OPERATIONS.map(|operation| of(operation.name)),
            unknown: of("unknown"),
            shared,
            kept: KeptAnswers::default(),
            max_body_bytes,
            request_sign,
            push,
        }
    }

    /// The use cases.
    pub(super) fn service(&self) -> &Arc<Service> {
        &self.shared.service
    }

    /// What is counted of the operation of that name.
    pub(super) fn counts_of(&self, name: &str) -> &CommandMetrics {
        let at = OPERATIONS
            .iter()
            .position(|operation| operation.name == name);
        at.map_or(&self.unknown, |at| &self.counts[at])
    }

    /// The client that sent a request.
    pub(super) fn client_of(&self, request: &HttpRequest) -> Client {
        self.shared.client_of(request)
    }

    /// Counts and logs what operators need to know of a problem.
    pub(super) fn note(&self, problem: &Problem, name: &'static str, id: &RequestId) {
        if let Some(error) = problem.error() {
            self.shared.count(error);
        }
        match problem.error() {
            Some(Error::Fault(fault)) => self.note_fault(fault, name, id),
            _ => tracing::debug!(operation = name, request = %id, %problem, "refused"),
        }
    }

    fn note_fault(&self, fault: &Fault, name: &'static str, id: &RequestId) {
        let faults = &self.shared.warnings.faults;
        if let Some(times) = faults.happened(name, fault, self.service().clock.now()) {
            tracing::error!(operation = name, request = %id, times, cause = %fault, "request of the live API failed, answered 500");
        } else {
            tracing::debug!(operation = name, request = %id, cause = %fault, "request failed");
        }
    }
}

/// When the body of a request was complete. How long a client takes to send it is not the server's time.
#[derive(Clone, Copy)]
pub(super) struct Complete(pub(super) Stopwatch);

/// The live API behind a request.
///
/// # Panics
/// Never: [`configure`](super::configure) gives it to every request of its paths.
#[expect(clippy::expect_used, reason = "said above")]
pub(super) fn v2(request: &HttpRequest) -> Data<V2> {
    let v2 = request.app_data::<Data<V2>>();
    Data::clone(v2.expect("the live API is configured with its paths"))
}
