//! The product in one process: real handlers, actors and database. Time is paused, so that a story
//! of days takes milliseconds and no test waits for a clock.

mod accounts;
mod addresses;
mod allocations;
mod at_size;
mod callbacks;
mod covers;
mod defects;
mod described_commands;
#[path = "../support/engine_sqlite.rs"]
mod engine;
mod fields;
mod golden;
#[path = "../support/im.rs"]
mod im;
mod kickout;
mod links;
mod lives;
mod mic;
mod overload;
mod passwords;
mod presence;
mod properties;
mod recordings;
mod renewal;
mod restart;
mod signatures;
mod signed_requests;
mod sqlite;
mod v2;
mod world;
