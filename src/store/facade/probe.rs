//! Probes of the store: it is the one that was opened, it can read, and it can commit.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::clock::Clock;
use crate::domain::Moment;
use crate::error::Error;
use crate::log_throttle::APART;
use crate::metrics::StoreMetrics;
use crate::store::facade::{Engine, Store};
use crate::store::health::{Health, Look, Trouble};

/// How long the result of a probe is reused. Each probe costs a commit, and any client may ask.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// What a probe found wrong.
pub struct NotReady {
    trouble: Trouble,
    /// The cause, unless the log has it already.
    cause: Option<String>,
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.cause.as_deref();
        f.write_str(cause.unwrap_or(self.trouble.as_str()))
    }
}

impl From<Trouble> for NotReady {
    fn from(trouble: Trouble) -> Self {
        let cause = None;
        Self { trouble, cause }
    }
}

impl Store {
    /// How often the database became unusable or usable again; an odd number while it is unusable. A
    /// file is never noted as unusable.
    pub fn turns_of_outages(&self) -> u64 {
        match &self.engine {
            Engine::Sqlite(_) => 0,
            Engine::MySql(store) => store.server.turns(),
        }
    }

    /// Counts the commits from now on.
    pub fn count_in(&self, metrics: StoreMetrics) {
        match &self.engine {
            Engine::Sqlite(store) => store.writer.commits.count_in(metrics),
            Engine::MySql(store) => store.writer.commits.count_in(metrics),
        }
    }

    /// Writes and reads that run or wait for their turn.
    pub fn waiting(&self) -> (usize, usize) {
        match &self.engine {
            Engine::Sqlite(store) => (store.writer.len(), store.blocking_pool.occupied()),
            Engine::MySql(store) => (store.writer.len(), store.readers.occupied()),
        }
    }

    /// Whether the store can work. The answer is at most a second old, or that of a probe which ended
    /// while this waited: a probe of a database that is held takes seconds, and those who ask meanwhile
    /// must not wait for one after the other.
    ///
    /// # Errors
    /// The problem. Its cause is in the log.
    pub async fn health(&self, clock: Clock) -> Health {
        let came = clock.now();
        let mut look = self.last_look.lock().await;
        if let Some(health) = known(&look, came) {
            return health;
        }
        let found = self.probe().await;
        let now = clock.now();
        note(&mut look, &found, now);
        let health = found.map_err(|found| found.trouble);
        look.found = Some((now, health));
        health
    }

    /// Probes the store: it can read, and it can commit, into the database that was opened.
    ///
    /// # Errors
    /// The problem.
    pub async fn probe(&self) -> Result<(), NotReady> {
        if let Engine::MySql(store) = &self.engine
            && store.lease.is_taken_over()
        {
            return Err(Trouble::TakenOver.into());
        }
        let read = match &self.engine {
            Engine::Sqlite(store) => {
                let database = Arc::clone(&store.database);
                store.read(move |conn| database.is_intact(conn)).await
            }
            Engine::MySql(store) => store.read(|conn| conn.is_alive()).await,
        };
        match read {
            Ok(true) => {}
            Ok(false) => {
                let trouble = Trouble::FilesGone;
                let cause = Some(trouble.as_str().to_owned());
                return Err(NotReady { trouble, cause });
            }
            Err(error) => return Err(self.trouble(error, Trouble::Unreadable)),
        }
        // A write that changes nothing is a full commit all the same.
        let written = match &self.engine {
            Engine::Sqlite(store) => store.write(commits).await,
            Engine::MySql(store) => store.write(|_| Ok(())).await,
        };
        written.map_err(|error| self.trouble(error, Trouble::Unwritable))
    }

    fn trouble(&self, error: Error, otherwise: Trouble) -> NotReady {
        match error {
            Error::Refused(_) | Error::Busy(_) => Trouble::Busy.into(),
            // The engine has logged it when it began.
            Error::Unavailable { .. } => match &self.engine {
                Engine::MySql(store) => store.server.trouble().unwrap_or(Trouble::Busy).into(),
                Engine::Sqlite(_) => Trouble::Busy.into(),
            },
            Error::Fault(cause) => NotReady {
                trouble: otherwise,
                cause: Some(cause.to_string()),
            },
        }
    }
}

/// The result of the last probe, if it is good for somebody who came at that moment.
fn known(look: &Look, came: Moment) -> Option<Health> {
    let (ended, health) = look.found?;
    (came < ended + GOOD_FOR).then_some(health)
}

/// Logs a problem when it begins, once a minute while somebody asks, and when it is over. A probe may
/// ask every second.
fn note(look: &mut Look, found: &Result<(), NotReady>, now: Moment) {
    match found {
        Ok(()) if look.logged.take().is_some() => {
            tracing::info!("/readyz is answered 200 again: the database works");
        }
        Err(NotReady {
            trouble,
            cause: Some(cause),
        }) if look
            .logged
            .is_none_or(|(at, known)| known != *trouble || at + APART <= now) =>
        {
            look.logged = Some((now, *trouble));
            tracing::error!(
                cause,
                "/readyz is answered 503: the database does not work, and requests that need it fail"
            );
        }
        _ => {}
    }
}

/// Writes the value that is already there.
fn commits(conn: &mut SqliteConnection) -> Result<(), Error> {
    Ok(conn.batch_execute("PRAGMA user_version = 0")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_came_during_a_probe_or_just_after_it_makes_no_other_one() {
        let at = |second: u64| Moment::from_millis(1000 * second);
        let held = Err(Trouble::Busy);
        let look = Look {
            found: Some((at(4), held)),
            logged: None,
        };
        for (came, good) in [(0, true), (1, true), (3, true), (4, true), (5, false)] {
            assert_eq!(known(&look, at(came)), good.then_some(held), "{came}");
        }
        assert_eq!(known(&Look::default(), at(0)), None);
    }

    #[test]
    fn a_problem_is_logged_when_it_begins_and_once_a_minute_and_another_one_at_once() {
        let mut look = Look::default();
        let at = |second: u64| Moment::from_millis(1000 * second);
        let mut logged_at = |second, trouble| {
            let cause = Some("a cause".to_owned());
            note(&mut look, &Err(NotReady { trouble, cause }), at(second));
            look.logged.map(|(since, _)| since)
        };
        for second in 0..60 {
            assert_eq!(logged_at(second, Trouble::Unwritable), Some(at(0)));
        }
        assert_eq!(logged_at(60, Trouble::Unwritable), Some(at(60)));
        assert_eq!(logged_at(61, Trouble::FilesGone), Some(at(61)));
        note(&mut look, &Err(Trouble::Busy.into()), at(62));
        assert!(look.logged.is_some(), "busy is no end of it");
        note(&mut look, &Ok(()), at(63));
        assert_eq!(look.logged, None);
    }
}
