//! zaibo (在播) keeps the truth about live rooms: who hosts, who watches, who is on mic, who left, what
//! was recorded, what the video cloud reported. This page is the map; the first line of each module
//! says what it is for, and `docs/architecture.md` says the same for readers who do not read Rust.
//!
//! # The floors
//!
//! Imports go down only, and no two files import each other in a circle: `tests/house` proves both for
//! each file.
//!
//! | floor | what stands there | may use |
//! |---|---|---|
//! | [`app`] | putting the server together, running it, background work, the graceful stop | everything |
//! | [`cli`] | the command line and its tools | all below |
//! | [`http`] | who answers: a folder for each protocol ([`http::legacy`], [`http::v2`], [`http::callbacks`]), which do not know each other, what they share, and `http::docs`, the page on which people read and try both APIs | `service rooms sessions store cloud metrics settings secret clock log_throttle error domain` |
//! | [`service`] | **what the product does**: the use cases that every protocol calls. No HTTP, no JSON, no SQL | `rooms sessions own_streams passwords store cloud metrics clock error domain` |
//! | [`rooms`] | who keeps a room alive: actors, their supervisor, registry, presence, listing | `own_streams bell blocking_pool clock metrics error domain` |
//! | [`sessions`] | from a token to its caller, by a cache | `own_streams store clock error domain` |
//! | [`store`] | what survives a restart, on SQLite or MySQL: all of diesel | `database_url blocking_pool metrics clock log_throttle error domain` |
//! | [`own_streams`] | what is told to one user alone, on all their devices | `bell clock domain` |
//! | [`passwords`] | Argon2id beside the worker threads, with a fair share for everybody | `error domain` |
//! | [`cloud`] | what the video cloud wants: UserSig, names and addresses of streams, signatures, its messaging service | `blocking_pool secret clock error domain` |
//! | [`tls`] | the certificate of the server: read, judged by its dates, read again | `settings error domain` |
//! | [`settings`], [`log`] | what the operator sets; where log lines go | `database_url secret domain`; `settings` |
//! | [`bell`] | what wakes many readers at once | nothing |
//! | [`blocking_pool`], [`clock`], [`error`], `log_throttle` | bounded blocking work; the time; the ways to fail; lines that do not flood the log | `error domain`; `domain`; `domain`; `domain` |
//! | [`database_url`] | where the data is kept, parsed once | `secret` |
//! | [`metrics`], [`secret`] | what is counted; texts that do not show themselves | nothing |
//! | [`domain`] | **what is true** about rooms and recordings, as plain values and pure functions | nothing |
//!
//! # Where to find
//!
//! | question | answer |
//! |---|---|
//! | Where is a heartbeat answered? | [`http::legacy`], `members::heartbeat`; then [`RoomsHandle::beat`](rooms::RoomsHandle::beat) |
//! | Who decides that a viewer is gone? | [`Room::sweep`](domain::Room::sweep), for the room's actor |
//! | Where does "room not found" get its number? | `http::code`, the one match of all numbers |
//! | What happens when the cloud reports a recording? | `http::callbacks::door`; [`Service::ingest`](service::Service::ingest); `domain::Effect::of`; `store::facade::cloud_events` |
//! | Where does the page `/docs` come from? | `http::docs`, which carries Swagger UI; what it shows is the description in `http::openapi` |
//! | How is an event pushed? | the actor gives it to `rooms::feed`, which wakes the readers; `http::v2::push` writes the frame to each; what concerns one user goes by [`own_streams`] |
//! | Where is an operation of the live API? | [`http::v2`]: its table of operations, then who calls, the body, one call of [`service`], its shape |
//!
//! # What holds everywhere
//!
//! - One room's state is touched by one actor. A transition of [`domain::Room`] is a function of its
//!   arguments, `now` included, and answers with numbered [events](domain::RoomEvent).
//! - Nobody outside `rooms` sees an actor's address, a mailbox error or a guard of a shared map.
//! - Nobody outside `store` writes diesel. Nobody outside `http` renders for a client. What an event of
//!   the cloud does, and what a recording is, is decided in `domain`; the store reads and writes rows.
//! - An answer of 0 to a durable request means "committed". Commit first, tell second, and both to the
//!   end: `service::commit`. Two lives of one room are told apart by their
//!   [`LiveId`](domain::LiveId): the later one has the larger id. A write may run twice and counts
//!   once. On SQLite there is one writer, and writes that come together share a commit. On MySQL
//!   several run at once, and a lost commit is asked about (`store::mysql::writer`).
//! - Every queue, map and history is bounded, and its full case is handled where something is added. A
//!   caller who comes to a full [`Queue`](error::Queue) is refused at once, and that is counted.
//! - Each network has its share of what is expensive (`service::budgets`, `service::login_guard`,
//!   [`passwords`]) and of the connections, and a client that does not read its answers is
//!   disconnected (`http::server`).
//! - A [`Fault`](error::Fault) never reaches a client as text; it is logged where it is handled, with the
//!   request's id, user and room, and of many of one kind one in a minute (`http::fault_lines`). A
//!   [`Refusal`](domain::Refusal) is never logged as an error. The numbers of all failures stand in one
//!   exhaustive match, in `http::code`.
//! - Only [`clock`] asks the machine for the time.
//! - The database file is opened by SQLite and by nothing else: closing any other descriptor of it
//!   would drop the locks that keep its journal.
//! - What is fast stays fast: `tests/api/allocations.rs` counts what a beat and a page allocate,
//!   `benches/` measures the transitions of a room, and `bench/` the whole server beside a bare one.
//!
//! # Three walks
//!
//! **A heartbeat.** `http::site` finds the command in the query, `http::legacy::dispatch` reads the body,
//! and the wire forms parse its fields. [`sessions`] knows the caller from its cache, and
//! [`RoomsHandle::beat`](rooms::RoomsHandle::beat) finds the caller's [`Seat`](domain::Seat). If the beat
//! changes nothing, it is stamped on the seat and answered: no message, no SQL. If it claims another
//! role, reports another number of likes, or its sender is in no room, it is one message to the room's
//! actor. The actor reads the stamp when a member's deadline has come, and it alone decides who is gone.
//! Rooms sweep within a budget of time, so that a million members who fall silent at once do not delay
//! the beats of the others.
//!
//! **A live.** `create` commits a room and its first live ([`store`]), then the supervisor in [`rooms`]
//! opens an actor for it, with the host as the first member. `reportroom` commits the announcement and
//! lists the room. Viewers enter through the actor, which seats them in the presence map, the arbiter of
//! "one membership per user". When the host leaves, the end is committed with the room's figures and
//! the supervisor closes the room. When the host falls silent, or gives no sign of life after a
//! dismissal in the cloud, the actor notifies the supervisor, and the background work of [`app`] records
//! the end. After a crash, every live without a recorded end is opened again from its row, and members
//! come back with their beats. An actor that panics is opened again from its summary in the same way.
//!
//! **A callback.** A sender of the cloud posts to its address, `http::callbacks::door`. `auth` checks the
//! signature, and the parser of that sender makes a [`CloudEvent`](domain::CloudEvent) of the body.
//! [`Service::ingest`](service::Service::ingest) has the store keep it under its deduplication key,
//! together with its [`Effect`](domain::Effect), in one transaction: a repetition ends there. Open rooms
//! get a [`RoomUpdate`](domain::RoomUpdate), and the sender gets its acknowledgement. An event that names
//! no known room waits in the inbox until the room exists, or until an operator assigns one
//! (`zaibo inbox replay`). Effects are computed from all recorded events, so their order does not
//! matter. An event that ends or shortens something has to say when it happened: a later sign of life
//! of its member refutes it.

pub mod app;
pub mod bell;
pub mod blocking_pool;
pub mod cli;
pub mod clock;
pub mod cloud;
pub mod database_url;
pub mod domain;
pub mod error;
pub mod http;
pub mod log;
mod log_throttle;
pub mod metrics;
pub mod own_streams;
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
pub mod tls;
