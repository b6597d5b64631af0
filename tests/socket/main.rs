//! The product as its clients see it: the real binary, real sockets, real kills. The tests do not
//! look inside the server; their assertions come from the wire contract.

mod alike;
mod at_once;
mod at_size;
mod backups;
mod bad_input;
#[path = "../support/bench.rs"]
mod bench;
mod board;
mod bodies;
mod callbacks;
mod client;
mod composed;
mod contract;
mod crowds;
mod database_paths;
mod database_tools;
mod defects;
mod doctor;
mod earlier_builds;
#[path = "../support/engine_sqlite.rs"]
mod engine;
mod fields;
mod fixtures;
mod fuzz;
mod heads;
mod health;
mod hostile;
#[path = "../support/im.rs"]
mod im;
mod import;
mod json;
mod kickout;
mod live_api;
mod lives;
#[path = "../support/mariadb.rs"]
mod mariadb;
mod ops;
mod overload;
mod programs;
mod proxies;
mod push;
mod raw;
mod reads;
mod request_ids;
mod restart;
mod rooms;
mod samples;
mod sdk;
mod server;
mod shown;
mod signatures;
#[path = "../support/slow_proxy.rs"]
mod slow_proxy;
mod start;
mod stop;
mod storage;
mod tls;
mod transport;
mod user_tool;
