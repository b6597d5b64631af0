//! The server from its start to its graceful stop, used by `main` and by the tests.

mod assembly;
pub mod background;
mod bound;
mod certificate;
mod full_queues;
mod listeners;
mod machine;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt;
use actix_web::web::Data;
use tokio::sync::Notify;

pub use assembly::assemble;
pub use certificate::Reloader;
use listeners::Addresses;
use machine::cores;

use crate::clock::Clock;
use crate::error::Fault;
use crate::http::Site;
use crate::log::Figures;
use crate::rooms::RoomThreads;
use crate::service::Service;
use crate::settings::Settings;
use crate::tls::CertificateInUse;

/// A server that is ready to serve.
pub struct App {
    service: Arc<Service>,
    site: Data<Site>,
    server: Server,
    listening: SocketAddr,
    log: Figures,
    reloader: Reloader,
    /// The server for operators (`/metrics` and health) with its address, if it is enabled.
    ops: Option<(Server, SocketAddr)>,
    halt: Arc<Notify>,
}

/// Stops a server gracefully.
pub struct Stopper {
    site: Data<Site>,
    server: ServerHandle,
}

impl Stopper {
    /// Clients of push are told first, then requests in flight are answered.
    pub async fn stop(&self) {
        self.site.v2.push.stop().await;
        self.server.stop(true).await;
    }
}

impl App {
    /// Takes its addresses, opens the database, starts its open rooms again, and listens. Needs a running actix system.
    /// `log` supplies the log's counters for the metrics.
    ///
    /// # Errors
    /// The reason why the server cannot start, for the operator.
    pub async fn start(settings: &Settings, log: Figures) -> Result<Self, Fault> {
        let room_threads = RoomThreads::Own(cores());
        let clock = Clock::system();
        let certificate = settings.http.tls_files();
        let certificate = certificate.map(|files| CertificateInUse::load(files, clock.unix()));
        let certificate = certificate.transpose()?;
        let addresses = Addresses::take(&settings.http, &settings.ops)?;
        let site = Data::new(assemble(settings, clock, room_threads).await?);
        let shared = Arc::clone(&site.shared);
        let (server, listening) = listeners::for_clients(
            addresses.clients,
            &settings.http,
            Data::clone(&site),
            certificate.as_ref(),
        )?;
        let ops = match addresses.operators {
            Some(bound) => listeners::for_operators(bound, &settings.ops, Arc::clone(&shared))?,
            None => None,
        };
        Ok(Self {
            service: Arc::clone(&shared.service),
            site,
            server,
            listening,
            log,
            reloader: Reloader { certificate, clock },
            ops,
            halt: Arc::default(),
        })
    }

    /// The address for clients. The port is the real one, even if the settings asked for port 0.
    pub fn listening(&self) -> SocketAddr {
        self.listening
    }

    /// The address for operators, if there is one.
    pub fn listening_for_operators(&self) -> Option<SocketAddr> {
        self.ops.as_ref().map(|(_, address)| *address)
    }

    /// What stops the server gracefully.
    pub fn stopper(&self) -> Stopper {
        Stopper {
            site: Data::clone(&self.site),
            server: self.server.handle(),
        }
    }

    /// Ends the serving at once when it is notified: requests in flight get no answer. What happened
    /// before is recorded all the same.
    pub fn halt(&self) -> Arc<Notify> {
        Arc::clone(&self.halt)
    }

    /// What reads the certificate again.
    pub fn reloader(&self) -> Reloader {
        self.reloader.clone()
    }

    /// Serves until it is stopped, then records the changes that are not in the database yet.
    ///
    /// # Errors
    /// If a worker fails, or some changes could not be recorded.
    pub async fn run(self) -> Result<(), Fault> {
        let stop = Arc::new(Notify::new());
        let keeping = rt::spawn(background::keep(
            Arc::clone(&self.service),
            Arc::clone(&stop),
        ));
        let reporting = rt::spawn(background::report(self.log, Arc::clone(&self.service)));
        let looking = rt::spawn(self.reloader.look_daily());
        let ops = self.ops.map(|(server, _)| {
            let handle = server.handle();
            rt::spawn(server);
            handle
        });
        let served = tokio::select! {
            served = self.server => served,
            () = self.halt.notified() => Ok(()),
        };
        // Ask the background work to stop, and wait: a write that has begun must be finished.
        stop.notify_one();
        let kept = keeping.await;
        let flushed = background::flush(&self.service).await;
        reporting.abort();
        looking.abort();
        // The operators' server stops last, so that they can watch the stop.
        if let Some(ops) = ops {
            ops.stop(false).await;
        }
        flushed?;
        kept.map_err(|panic| Fault::new("running the background work", panic))?;
        served.map_err(|cause| Fault::new("serving", cause))
    }
}
