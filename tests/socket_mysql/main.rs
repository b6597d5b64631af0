//! The product on MariaDB as its clients see it: the stories of `tests/socket` that reach the database,
//! and what only a server as the database can do to it.

#![allow(dead_code, reason = "it runs a part of what tests/socket runs")]

#[path = "../socket/alike.rs"]
mod alike;
#[path = "../socket/at_once.rs"]
mod at_once;
#[path = "../socket/bad_input.rs"]
mod bad_input;
#[path = "../socket/bodies.rs"]
mod bodies;
#[path = "../socket/callbacks/mod.rs"]
mod callbacks;
#[path = "../socket/client.rs"]
mod client;
#[path = "../socket/defects/mod.rs"]
mod defects;
#[path = "../support/engine_mysql.rs"]
mod engine;
mod faults;
#[path = "../socket/fields.rs"]
mod fields;
#[path = "../socket/fixtures.rs"]
mod fixtures;
#[path = "../socket/hostile/mod.rs"]
mod hostile;
#[path = "../support/im.rs"]
mod im;
#[path = "../socket/json.rs"]
mod json;
#[path = "../socket/kickout.rs"]
mod kickout;
mod kills;
#[path = "../socket/lives.rs"]
mod lives;
mod load;
#[path = "../support/mariadb.rs"]
mod mariadb;
mod migrations;
mod outages;
mod place;
#[path = "../socket/raw.rs"]
mod raw;
#[path = "../socket/reads.rs"]
mod reads;
mod refused;
#[path = "../socket/restart.rs"]
mod restart;
#[path = "../socket/rooms.rs"]
mod rooms;
#[path = "../socket/samples.rs"]
mod samples;
#[path = "../socket/server.rs"]
mod server;
#[path = "../socket/signatures.rs"]
mod signatures;
#[path = "../support/slow_proxy.rs"]
mod slow_proxy;
#[path = "../socket/transport.rs"]
mod transport;
mod two_servers;
