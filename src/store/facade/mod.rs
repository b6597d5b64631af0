//! The store as the rest of the server sees it. Each method is one transaction, or one read, on the
//! engine that the settings name.

/// Runs a function of [`transactions`](crate::store::sqlite::transactions) on the store's engine:
/// `on_engine!(self.write(accounts::register(&uid, &hash, now)))`. `write` commits, `read` does not.
/// What the arguments borrow is moved along; the function may run more than once.
macro_rules! on_engine {
    ($store:ident . $how:ident ( $module:ident :: $function:ident ( $($argument:expr),* ) )) => {
        match &$store.engine {
            crate::store::facade::Engine::Sqlite(engine) => {
                engine
                    .$how(move |conn| {
                        crate::store::sqlite::transactions::$module::$function(conn, $($argument),*)
                    })
                    .await
            }
            crate::store::facade::Engine::MySql(engine) => {
                engine
                    .$how(move |conn| {
                        crate::store::mysql::transactions::$module::$function(conn, $($argument),*)
                    })
                    .await
            }
        }
    };
}

/// The same for a thread that may block: `read_now` and `write_now`.
macro_rules! on_engine_now {
    ($store:ident . $how:ident ( $module:ident :: $function:ident ( $($argument:expr),* ) )) => {
        match &$store.engine {
            crate::store::facade::Engine::Sqlite(engine) => engine.$how(move |conn| {
                crate::store::sqlite::transactions::$module::$function(conn, $($argument),*)
            }),
            crate::store::facade::Engine::MySql(engine) => engine.$how(move |conn| {
                crate::store::mysql::transactions::$module::$function(conn, $($argument),*)
            }),
        }
    };
}

mod accounts;
mod cloud_events;
mod import;
mod lives;
mod open;
mod probe;
mod recordings;
mod retention;
mod seed;
mod sessions;

use std::sync::Arc;

use crate::store::health::LastLook;
use crate::store::mysql::store::MySqlStore;
use crate::store::sqlite::store::SqliteStore;

/// The durable records. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    pub(in crate::store) engine: Engine,
    last_look: LastLook,
}

/// Where the records are.
#[derive(Clone)]
pub(in crate::store) enum Engine {
    Sqlite(Arc<SqliteStore>),
    MySql(Arc<MySqlStore>),
}
