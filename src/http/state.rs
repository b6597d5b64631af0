//! The state that every protocol shares: the use cases, the trusted proxies, and warnings for
//! operators.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;

use super::fault_lines::FaultLines;
use super::request::TrustedProxies;
use super::request_id::RequestId;
use crate::domain::{Budget, Moment, Refusal};
use crate::error::{DATABASE, Error};
use crate::log_throttle::{APART, LogThrottle};
use crate::service::{Client, Service};

/// The state that every protocol shares.
pub struct Shared {
    /// The use cases.
    pub service: Arc<Service>,
    /// The proxies whose client addresses are trusted.
    pub proxies: TrustedProxies,
    /// Warnings for operators, limited in number.
    pub warnings: Warnings,
}

impl Shared {
    /// The client that sent a request.
    pub(super) fn client_of(&self, request: &HttpRequest) -> Client {
        self.proxies.client_of(request, self.service.clock.now())
    }

    /// The id of a request: the one that a trusted proxy set, or else a new one.
    pub(super) fn id_of(&self, head: &RequestHead) -> RequestId {
        self.proxies
            .request_id(head)
            .unwrap_or_else(RequestId::make)
    }

    /// Counts an error in the metrics, if operators need to know about it.
    pub(super) fn count(&self, error: &Error) {
        let metrics = &self.service.metrics;
        match error {
            Error::Busy(queue) => metrics.busy(queue.as_str()),
            Error::Unavailable { .. } => metrics.busy(DATABASE),
            Error::Refused(Refusal::TooManyRequests(spent)) => {
                metrics.refused(spent.budget.as_str());
                self.warnings
                    .refused(spent.budget, self.service.clock.now());
            }
            Error::Refused(_) | Error::Fault(_) => {}
        }
    }
}

/// Warnings for operators, limited in number.
pub struct Warnings {
    budgets: [LogThrottle; Budget::ALL.len()],
    crowds: LogThrottle,
    full: LogThrottle,
    strays: LogThrottle,
    pub(super) faults: FaultLines,
}

impl Default for Warnings {
    fn default() -> Self {
        Self {
            budgets: Budget::ALL.map(|_| LogThrottle::new(APART)),
            crowds: LogThrottle::new(APART),
            full: LogThrottle::new(APART),
            strays: LogThrottle::new(APART),
            faults: FaultLines::default(),
        }
    }
}

impl Warnings {
    /// Warns that a request was refused because this budget is spent.
    pub(super) fn refused(&self, budget: Budget, now: Moment) {
        if let Some(times) = self.budgets[budget as usize].happened(now) {
            tracing::warn!(
                budget = budget.as_str(),
                times,
                "requests were refused with 10012: a budget is spent"
            );
        }
    }

    /// Warns that a connection was closed because its network has too many.
    pub(super) fn crowded(&self, client: Client, now: Moment) {
        if let Some(times) = self.crowds.happened(now) {
            tracing::warn!(
                %client,
                times,
                "connections were closed: their network already has http.connections_per_peer of them"
            );
        }
    }

    /// Warns that an idle connection was closed because places run short.
    pub(super) fn filling(&self, now: Moment) {
        if let Some(times) = self.full.happened(now) {
            tracing::warn!(
                times,
                "three quarters of http.max_connections are taken, so idle connections are closed and their clients have to connect again; raise it, if so many clients are real"
            );
        }
    }

    /// Warns that a callback came to an address that no sender has. `named` is what stands there
    /// instead of a sender.
    pub(super) fn strayed(&self, named: Option<&str>, client: Client, now: Moment) {
        if let Some(times) = self.strays.happened(now) {
            tracing::warn!(
                sender = named,
                %client,
                times,
                "a callback came to an address that no service of the cloud has, and was answered 404: its events are lost; correct the address in the console, it ends in /callback/live, /trtc, /vod or /im"
            );
        }
    }
}
