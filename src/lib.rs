//! zaibo: the business server of a live-streaming app.

pub mod clock;
pub mod cloud;
pub mod domain;
pub mod error;
pub mod gate;
pub mod http;
pub mod passwords;
pub mod rooms;
pub mod sessions;
pub mod store;
pub mod wire;
