//! zaibo (在播) keeps the truth about live rooms: who hosts, who watches, who is on mic, who is
//! gone, what was recorded, what the video cloud tells. This page is the map; each module's first line says its purpose.
//!
//! # The floors
//!
//! Imports go down only, and `tests/house` proves it for each file.
//!
//! | floor | holds | may use |
//! |---|---|---|
//! | [`app`] | from the start to the graceful stop, with the composition root; beside it [`background`], [`cli`], [`settings`] and the tool [`inbox_tool`] | everything |
//! | [`http`] | who answers the door: route table, handlers, the cloud's doors, health | everything below |
//! | [`sessions`] | from a token to its caller, out of a cache | `store clock error domain` |
//! | [`rooms`] | who keeps a room alive: actors, registry, presence, listing | `clock metrics error domain` |
//! | [`store`] | what survives a restart: all of diesel | `blocking_pool error domain` |
//! | [`passwords`] | Argon2id beside the workers, with a fair share for everybody | `error domain` |
//! | [`wire`] | what clients literally say and hear, with every quirk | `domain` |
//! | [`cloud`] | what the video cloud wants: UserSig, stream names and addresses; the signs of its callbacks; its messaging service | `blocking_pool secret error domain` |
//! | [`blocking_pool`] | a bounded way into blocking work | `error domain` |
//! | [`clock`], [`error`] | the time; the two ways to fail | `domain` |
//! | [`log`] | where lines go, and which are counted instead | `settings` |
//! | [`metrics`] | what is counted | nothing |
//! | [`secret`] | texts that do not show themselves | nothing |
//! | [`domain`] | what is true about rooms, as plain values | nothing |
//!
//! # What holds everywhere
//!
//! - One room's state is touched by one actor.
//! - Nobody outside `rooms` sees an actor's address, a mailbox error or a guard of a shared map.
//! - Nobody outside `store` writes diesel. Nobody outside `wire` derives serde for a client.
//! - Every queue is bounded, and what happens when it is full stands where it is sent to. Who comes
//!   to a full one is refused at once, by that [`Queue`](domain::Queue)'s name in [`metrics`].
//! - Nobody spoils it for others: each network has its share of what is dear (`http::budgets`,
//!   `http::login_guard`, [`passwords`]) and of the connections, and whoever does not read their answers
//!   is hung up on (`http::connections`).
//! - A [`Fault`](error::Fault) never reaches a client as text; a [`Refusal`](domain::Refusal) is
//!   never logged as an error. The numbers of refusals stand in one exhaustive match, in
//!   [`wire::code`].
//! - `now` is an argument of every transition. Only [`clock`] asks the machine.
//! - An answer of 0 to a durable request means "committed". Handlers commit first and tell the
//!   rooms second; a run of a room that is told late is known by its smaller
//!   [`LiveId`](domain::LiveId). Writes that come together share a commit, in the store's writer; a
//!   write may run twice there and counts once.
//! - The database file is opened by SQLite and by nothing else: closing any other descriptor of it
//!   would drop the locks that keep its journal.
//! - What is fast is kept so: `tests/api/allocations.rs` counts what a beat and a page allocate,
//!   `benches/` measures the transitions of a room, and `zaibo-bench` the whole against a bare server.
//!
//! # Three walks
//!
//! **A heartbeat.** `http::door` reads the body, `http::route` finds the command in the query,
//! [`wire::json`] parses the fields. [`sessions`] knows the caller from its cache, [`wire::member`]
//! checks the rest, and [`rooms::Rooms::beat`] looks up the caller's [`Seat`](domain::Seat). If the
//! beat says nothing new it is stamped there and answered: no message, no SQL. If it claims a role,
//! is a host's with other likes than the room shows, or its sender is nowhere, it is one message to
//! the room's actor. The actor looks at the stamp when the member's silence would be too long, and it
//! alone decides who is gone. Rooms look by turns, so many members in a millisecond: when a network
//! fails and a million fall silent, those who speak do not wait for it.
//!
//! **A live.** `create` commits a room and its first run ([`store`]), then has the supervisor in
//! [`rooms`] open an actor for it, with the host as first member. `reportroom` commits the
//! announcement and lists the room. Viewers enter through the actor, which seats them in the
//! presence, the arbiter of "one membership per user". When the host leaves, the end is committed
//! with the figures and the supervisor closes the room; when they fall silent, or do not speak after a
//! dismissal in the cloud, the actor tells the supervisor, and [`background`] puts the end on record.
//! After a crash, every run that has no end on record is opened again from its row, and members come
//! back with their beats. An actor that panics is opened again from its summary in the same way.
//!
//! **A callback.** A sender of the cloud comes to its door in `http::callbacks`. `http::trust` says
//! whether it is believed, [`wire::callback`] makes a [`CloudEvent`](domain::CloudEvent) of its body, and
//! [`store`] keeps that under its dedupe key together with its effect, in one transaction: a
//! repetition ends there. What open rooms have to know is a [`RoomUpdate`](domain::RoomUpdate);
//! they are told, and the sender gets its acknowledgement. What names no room waits in the inbox
//! until the room is created or found by [`background`], or somebody says by [`inbox_tool`] which
//! one it is. Effects are drawn from all that is on record, so the order of events does not show. What
//! ends or shortens something has to say when it happened: a later sign of life of its member refutes it.

pub mod app;
pub mod blocking_pool;
pub mod cli;
pub mod clock;
pub mod cloud;
pub mod domain;
pub mod error;
pub mod http;
pub mod log;
pub mod metrics;
pub mod passwords;
pub mod rooms;
#[cfg(test)]
#[path = "../tests/support/sampling.rs"]
mod sampling;
pub mod secret;
pub mod service;
pub mod sessions;
pub mod settings;
pub mod store;
