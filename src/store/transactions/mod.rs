//! Whole units of work: each is committed together or not at all.
//!
//! What the cloud tells is carried out by these, each above the one before: [`rebuild`] builds the
//! recording of a file, [`effects`] carries out what an event does, [`attach`] gives a new room the
//! events that waited for it. [`ingest`], [`settle`] and [`lives`] stand above them.

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
