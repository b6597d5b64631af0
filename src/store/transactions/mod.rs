//! Transactions: units of work, each committed as a whole or not at all. They are written once and
//! compiled for each engine.
//!
//! The modules for events of the cloud build on each other: [`rebuild`] builds the recording of a
//! file, [`effects`] carries out the effect of an event, [`attach`] lets waiting events take effect
//! in a new room. [`ingest`], [`settle`] and [`lives`] use them.
//!
//! On MySQL several run at once. What a transaction reads and then changes is locked first, with
//! `engine::lock`, or decided by a unique key.

pub(crate) mod accounts;
mod attach;
pub(crate) mod broadcasts;
pub(crate) mod dismissals;
mod effects;
pub(crate) mod import;
pub(crate) mod inbox_tool;
pub(crate) mod ingest;
pub(crate) mod lives;
pub(crate) mod passwords;
mod rebuild;
pub(crate) mod recordings;
pub(crate) mod retention;
pub(crate) mod seed;
pub(crate) mod sessions;
pub(crate) mod settle;
