//! zaibo: the business server of a live-streaming app.

pub mod domain;
