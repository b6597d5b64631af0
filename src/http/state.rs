//! What every protocol shares: the product, the proxies that are believed, and what operators are
//! warned of.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;

use super::log_throttle::LogThrottle;
use super::request::TrustedProxies;
use super::request_id::RequestId;
use crate::domain::{Budget, Moment, Refusal};
use crate::error::Error;
use crate::service::{Client, Service};

/// Warnings of one kind are this far apart; all are counted.
const APART: Duration = Duration::from_secs(60);

/// What every protocol shares.
pub struct Shared {
    /// The product.
    pub service: Arc<Service>,
    /// Who is believed about where a request comes from.
    pub proxies: TrustedProxies,
    /// What operators are warned of, now and then.
    pub warnings: Warnings,
}

impl Shared {
    /// Whose request it is.
    pub(super) fn client_of(&self, request: &HttpRequest) -> Client {
        self.proxies.client_of(request, self.service.clock.now())
    }

    /// The request's id: the one that a trusted proxy gave it, else a new one.
    pub(super) fn id_of(&self, request: &HttpRequest) -> RequestId {
        self.proxies
            .request_id(request)
            .unwrap_or_else(RequestId::make)
    }

    /// Counts an error that operators want to know of.
    pub(super) fn count(&self, error: &Error) {
        let metrics = &self.service.metrics;
        match error {
            Error::Busy(queue) => metrics.busy(queue.as_str()),
            Error::Refused(Refusal::TooManyRequests(budget)) => {
                metrics.refused(budget.as_str());
                self.warnings.refused(*budget, self.service.clock.now());
            }
            Error::Refused(_) | Error::Fault(_) => {}
        }
    }
}

/// What operators are warned of, now and then.
pub struct Warnings {
    budgets: [LogThrottle; Budget::ALL.len()],
    crowds: LogThrottle,
}

impl Default for Warnings {
    fn default() -> Self {
        Self {
            budgets: Budget::ALL.map(|_| LogThrottle::new(APART)),
            crowds: LogThrottle::new(APART),
        }
    }
}

impl Warnings {
    /// A request was refused because that budget was spent.
    pub(super) fn refused(&self, budget: Budget, now: Moment) {
        if let Some(times) = self.budgets[budget as usize].happened(now) {
            tracing::warn!(
                budget = budget.as_str(),
                times,
                "requests were refused with 10012: a budget is spent"
            );
        }
    }

    /// A connection was hung up on because its network has too many.
    pub(super) fn crowded(&self, client: Client, now: Moment) {
        if let Some(times) = self.crowds.happened(now) {
            tracing::warn!(
                %client,
                times,
                "connections were hung up on: their network has http.connections_per_peer already"
            );
        }
    }
}
