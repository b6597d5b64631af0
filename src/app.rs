//! The server from its start to its graceful stop, used by `main` and by the tests.

mod assembly;
pub mod background;
mod listeners;
mod machine;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt;
use actix_web::web::Data;
use tokio::sync::Notify;

pub use assembly::assemble;
use machine::cores;

use crate::clock::Clock;
use crate::error::Fault;
use crate::log::Figures;
use crate::rooms::RoomThreads;
use crate::service::Service;
use crate::settings::Settings;

/// The server, listening.
pub struct App {
    service: Arc<Service>,
    server: Server,
    listening: SocketAddr,
    log: Figures,
    /// What operators ask, and where.
    ops: Option<(Server, SocketAddr)>,
}

impl App {
    /// Opens the database, brings its open rooms back to life, and listens. Needs a running actix
    /// system. What is counted of the log is shown among the metrics.
    ///
    /// # Errors
    /// What stands in the way, for whoever starts the server.
    pub async fn start(settings: &Settings, log: Figures) -> Result<Self, Fault> {
        let room_threads = RoomThreads::Own(cores());
        let site = Data::new(assemble(settings, Clock::system(), room_threads).await?);
        let shared = Arc::clone(&site.shared);
        let (server, address) = listeners::for_clients(&settings.http, site)?;
        let ops = listeners::for_operators(&settings.ops, Arc::clone(&shared))
            .map_err(|cause| Fault::new("listening on ops.listen", cause))?;
        Ok(Self {
            service: Arc::clone(&shared.service),
            server,
            listening: address,
            log,
            ops,
        })
    }

    /// The address it listens on; the port is a real one even if 0 was asked for.
    pub fn listening(&self) -> SocketAddr {
        self.listening
    }

    /// The address at which operators ask, if there is one.
    pub fn listening_for_operators(&self) -> Option<SocketAddr> {
        self.ops.as_ref().map(|(_, address)| *address)
    }

    /// What stops the server gracefully.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until it is stopped, then puts on record what nobody waited for.
    ///
    /// # Errors
    /// If a worker cannot go on, or something is not on record.
    pub async fn run(self) -> Result<(), Fault> {
        let stop = Arc::new(Notify::new());
        let keeping = rt::spawn(background::keep(
            Arc::clone(&self.service),
            Arc::clone(&stop),
        ));
        let reporting = rt::spawn(background::report(self.log, Arc::clone(&self.service)));
        let ops = self.ops.map(|(server, _)| {
            let handle = server.handle();
            rt::spawn(server);
            handle
        });
        let served = self.server.await;
        // What it is about to put on record must not be dropped on the way.
        stop.notify_one();
        let kept = keeping.await;
        let flushed = background::flush(&self.service).await;
        reporting.abort();
        // Last, so that the stop itself can be watched.
        if let Some(ops) = ops {
            ops.stop(false).await;
        }
        flushed?;
        kept.map_err(|panic| Fault::new("keeping the record", panic))?;
        served.map_err(|cause| Fault::new("serving", cause))
    }
}
