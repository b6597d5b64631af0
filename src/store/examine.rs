//! Examines a database for `zaibo doctor`, beside a running server or without one. It changes no data.

use crate::clock::Clock;
use crate::database_url::{DatabaseUrl, Opening};
use crate::store::finding::Finding;
use crate::store::{mysql, sqlite};

/// What is found at the database that `opening` names. `largest_event` is the size of the largest event
/// of the cloud that a server has to keep, in bytes. Blocks.
pub fn examine(opening: &Opening, largest_event: usize, clock: Clock) -> Vec<Finding> {
    match &opening.url {
        DatabaseUrl::Sqlite(path) => sqlite::examine::examine(path),
        DatabaseUrl::MySql(address) => {
            mysql::examine::examine(address, opening.connections, largest_event, clock)
        }
    }
}
