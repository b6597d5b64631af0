//! The stories of `tests/api` once more, on MariaDB. Left out is what never reaches the database.

#[path = "../api/accounts.rs"]
mod accounts;
#[path = "../api/at_size.rs"]
mod at_size;
#[path = "../api/callbacks/mod.rs"]
mod callbacks;
#[path = "../api/defects.rs"]
mod defects;
#[path = "../support/engine_mysql.rs"]
mod engine;
#[path = "../support/im.rs"]
mod im;
#[path = "../api/kickout.rs"]
mod kickout;
#[path = "../api/lives.rs"]
mod lives;
#[path = "../support/mariadb.rs"]
mod mariadb;
#[path = "../api/mic.rs"]
mod mic;
#[path = "../api/passwords.rs"]
mod passwords;
#[path = "../api/presence.rs"]
mod presence;
#[path = "../api/properties.rs"]
mod properties;
#[path = "../api/recordings.rs"]
mod recordings;
#[path = "../api/renewal.rs"]
mod renewal;
#[path = "../api/restart.rs"]
mod restart;
mod schemas;
#[path = "../api/signatures.rs"]
mod signatures;
#[path = "../api/v2/mod.rs"]
mod v2;
#[path = "../api/world.rs"]
mod world;
