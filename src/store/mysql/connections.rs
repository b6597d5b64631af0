//! Connections that are kept open for the next piece of work. The one that was used last is taken
//! first, so that the others become idle and are looked after before they are used again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mysql::prelude::Queryable;

use crate::domain::Moment;
use crate::store::health::Trouble;
use crate::store::mysql::connection::MySqlConnection;
use crate::store::mysql::errors;
use crate::store::mysql::server::{Purpose, Server};

/// After so long without use a connection is asked whether it still works.
const IDLE: Duration = Duration::from_secs(30);

/// The idle connections for one purpose.
pub(crate) struct Connections {
    server: Arc<Server>,
    purpose: Purpose,
    idle: Mutex<Vec<(MySqlConnection, Moment)>>,
}

impl Connections {
    pub(crate) fn new(server: Arc<Server>, purpose: Purpose) -> Self {
        Self {
            server,
            purpose,
            idle: Mutex::default(),
        }
    }

    /// A connection that works, as far as can be seen. In an outage that is known none is opened: the
    /// thread of the lease tries every second, and nobody has to wait.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub(crate) fn take(&self) -> Result<MySqlConnection, String> {
        let now = self.server.clock.now();
        loop {
            let idle = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.pop()
            };
            match idle {
                Some((connection, _)) if !self.server.is_of_today(&connection) => {}
                Some((connection, used)) if now - used < IDLE => return Ok(connection),
                Some((mut connection, _)) => {
                    if connection.driver().query_drop("DO 0").is_ok() {
                        return Ok(connection);
                    }
                }
                None => break,
            }
        }
        if self.server.trouble() == Some(Trouble::Unreachable) {
            return Err(Trouble::Unreachable.as_str().to_owned());
        }
        self.server.connect(self.purpose).map_err(errors::text)
    }

    /// Keeps a connection that is sound for the next piece of work.
    pub(crate) fn put_back(&self, mut connection: MySqlConnection) {
        if !self.server.is_of_today(&connection) {
            return;
        }
        connection.was_kept = true;
        let used = self.server.clock.now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((connection, used));
    }
}
