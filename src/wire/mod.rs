//! What clients literally say and hear: the only place that knows their spellings and quirks.
//!
//! Requests are parsed into domain values here and trusted from then on; answers are rendered
//! here. [`json`] says what a body may be, [`fields`] what a field may be, [`code`] which number
//! a refusal has, [`envelope`] how an answer looks. The rest is one file per family of commands.

pub mod account;
pub mod callback;
pub mod code;
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
