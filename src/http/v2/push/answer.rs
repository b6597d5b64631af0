//! The answers to what a client asked by WebSocket.

use serde::Serialize;
use serde_json::Value;

use super::super::problem::{Body, Problem};
use super::frame::text;
use crate::http::request_id::RequestId;

#[derive(Serialize)]
struct Done {
    t: &'static str,
    id: Value,
}

#[derive(Serialize)]
struct Refused {
    t: &'static str,
    id: Value,
    problem: Body,
}

/// A ping was heard.
pub(super) fn pong(id: Value) -> String {
    text(&Done { t: "pong", id })
}

/// It was done.
pub(super) fn done(id: Value) -> String {
    text(&Done { t: "ok", id })
}

/// It was not done.
pub(super) fn refused(id: Value, problem: &Problem) -> String {
    let problem = problem.body(&RequestId::make());
    text(&Refused {
        t: "err",
        id,
        problem,
    })
}
