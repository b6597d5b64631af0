//! What clients literally say and hear: the only place that knows their spellings and quirks.
//!
//! Requests are parsed into domain values here and trusted from then on; answers are rendered
//! here. [`json`] says what a body may be, [`fields`] what a field may be, [`envelope`] how an answer
//! looks. The rest is one file for each family of commands.

pub mod account;
pub mod envelope;
mod fields;
pub mod json;
pub mod link;
pub mod member;
pub mod play;
pub mod recording;
pub mod room;
pub mod room_key;
pub mod upload;

pub use json::Fields;
