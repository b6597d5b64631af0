//! The answers to what a client asked by WebSocket. Requests run one after the other, and few may wait.

use std::collections::VecDeque;

use actix_web::web::Data;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::Value;

use super::super::problem::Problem;
use super::bye::Bye;
use super::command::{Command, Role};
use super::frame::text;
use super::subscription::Subscription;
use crate::domain::{RoleClaim, RoomNum};
use crate::http::request_id::RequestId;
use crate::http::v2::state::V2;
use crate::service::Watcher;

/// Requests that may wait for their answers.
const WAITING: usize = 16;

/// A request that runs. It has no answer if the client gave it no id and nothing went wrong.
type Running = LocalBoxFuture<'static, Option<String>>;

/// What a client asked, in order.
pub(super) struct Answers {
    v2: Data<V2>,
    watcher: Watcher,
    room: RoomNum,
    running: VecDeque<Running>,
}

#[derive(Serialize)]
struct Done {
    t: &'static str,
    id: Value,
}

#[derive(Serialize)]
struct Refused {
    t: &'static str,
    id: Value,
    problem: super::super::problem::Body,
}

impl Answers {
    /// Nothing was asked yet.
    pub(super) fn new(v2: &Data<V2>, subscription: &Subscription) -> Self {
        Self {
            v2: Data::clone(v2),
            watcher: subscription.watcher().clone(),
            room: subscription.room(),
            running: VecDeque::new(),
        }
    }

    /// The next answer. While nothing was asked, it does not come.
    pub(super) async fn next(&mut self) -> Option<String> {
        match self.running.front_mut() {
            None => std::future::pending().await,
            Some(running) => {
                let answer = running.await;
                self.running.pop_front();
                answer
            }
        }
    }

    /// A frame of no known kind, or with a wrong field.
    pub(super) fn unknown(&self) -> String {
        refused(
            Value::Null,
            &Problem::field("/t".to_owned(), "expected a known frame"),
        )
    }

    /// Takes a command. Returns its answer if it is there at once.
    ///
    /// # Errors
    /// If too many wait already.
    pub(super) fn take(&mut self, command: Command) -> Result<Option<String>, Bye> {
        match command {
            Command::Ping { id } => Ok(Some(text(&Done { t: "pong", id }))),
            Command::Beat { id, role, likes } => self.beat(id, role, likes),
            Command::Auth { .. } | Command::Resync => Ok(None),
        }
    }

    fn beat(
        &mut self,
        id: Value,
        role: Option<Role>,
        likes: Option<u32>,
    ) -> Result<Option<String>, Bye> {
        let claim = match role {
            None => RoleClaim::Keep,
            Some(Role::Viewer) => RoleClaim::OffMic,
            Some(Role::Linked) => RoleClaim::OnMic,
        };
        let (v2, watcher, room) = (Data::clone(&self.v2), self.watcher.clone(), self.room);
        let beat = async move {
            let beaten = v2.service().beat(&watcher, Some(room), claim, likes).await;
            match beaten {
                Ok(()) if id.is_null() => None,
                Ok(()) => Some(text(&Done { t: "ok", id })),
                Err(error) => Some(refused(id, &Problem::from(error))),
            }
        };
        self.run(beat.boxed_local())
    }

    fn run(&mut self, running: Running) -> Result<Option<String>, Bye> {
        if self.running.len() == WAITING {
            return Err(Bye::TooMany);
        }
        self.running.push_back(running);
        Ok(None)
    }
}

fn refused(id: Value, problem: &Problem) -> String {
    let problem = problem.body(&RequestId::make());
    text(&Refused {
        t: "err",
        id,
        problem,
    })
}
