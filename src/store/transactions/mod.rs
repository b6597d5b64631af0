//! Transactions: units of work, each committed as a whole or not at all.
//!
//! The modules for events of the cloud build on each other: [`rebuild`] builds the recording of a
//! file, [`effects`] carries out the effect of an event, [`attach`] lets waiting events take effect
//! in a new room. [`ingest`], [`settle`] and [`lives`] use them.

mod accounts;
mod attach;
mod broadcasts;
mod dismissals;
mod effects;
pub(super) mod ingest;
pub(super) mod lives;
mod open;
mod probe;
mod progress;
mod rebuild;
mod recordings;
pub(super) mod seed;
pub(super) mod sessions;
pub(super) mod settle;
