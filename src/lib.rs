//! zaibo: the business server of a live-streaming app.

pub mod clock;
pub mod domain;
pub mod error;
pub mod gate;
pub mod rooms;
pub mod store;
