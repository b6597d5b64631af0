//! The forms of requests and answers on the wire: the only place with the spellings and quirks of
//! clients.
//!
//! Requests are parsed into domain values here, and later code trusts these values; answers are
//! rendered here. [`json`] defines which bodies are accepted, [`fields`] which fields, and
//! [`envelope`] the form of an answer. The rest is one file for each family of commands.

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
