//! Passwords: hashed and checked with Argon2id, outside the worker threads and few at a time.

mod lines;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::task::spawn_blocking;

use crate::domain::Refusal;
use crate::error::{Error, Fault, Queue};
pub use lines::Client;
use lines::{Lines, Work};

/// Requests that may wait in each line. A request that finds its line full is answered "busy",
/// unless another client has more requests in the line.
const IN_LINE: usize = 256;

/// Hashes and checks passwords. `K` identifies the client of a request.
#[derive(Clone)]
pub struct Passwords<K: Client> {
    params: Params,
    lines: Lines<K>,
}

impl<K: Client> Passwords<K> {
    /// A hash costs `memory_kib` KiB of memory and `passes` passes. At most `at_once` run at the
    /// same time, because each occupies a core and its memory.
    ///
    /// # Errors
    /// If Argon2 does not support these costs.
    pub fn new(memory_kib: u32, passes: u32, at_once: usize) -> Result<Self, Fault> {
        let params = Params::new(memory_kib, passes, 1, None)
            .map_err(|cause| Fault::new("setting up the password hash", cause))?;
        Ok(Self {
            params,
            lines: Lines::new(at_once, IN_LINE),
        })
    }

    /// The hash of a password with a salt of its own, as a PHC string. The request waits for its
    /// turn among all registrations. If it is dropped while it waits, it costs nothing.
    ///
    /// `admit` is called when it is this request's turn, and may refuse it.
    ///
    /// # Errors
    /// The refusal of `admit`; [`Busy`](Error::Busy) if too many requests wait.
    pub async fn hash(
        &self,
        client: &K,
        password: &str,
        admit: impl FnOnce() -> Result<(), Refusal> + Send + 'static,
    ) -> Result<String, Error> {
        let (this, password) = (self.clone(), password.to_owned());
        let hash = move || {
            admit()?;
            Ok(this.hash_now(&password)?)
        };
        self.run(Work::Hash, client, hash).await?
    }

    /// Like [`Passwords::hash`], but on this thread and without waiting.
    ///
    /// # Errors
    /// A [`Fault`] if the system has no random bytes for a salt.
    pub fn hash_now(&self, password: &str) -> Result<String, Fault> {
        let hash = self.hasher().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string())
            .map_err(|cause| Fault::new("hashing a password", cause))
    }

    /// Whether a hash was made at a lower cost than new ones are, so that it should be renewed.
    pub fn is_below_cost(&self, hash: &str) -> bool {
        let made_at = PasswordHash::new(hash).map(|hash| Params::try_from(&hash));
        let Ok(Ok(made_at)) = made_at else {
            return false;
        };
        made_at.m_cost() < self.params.m_cost() || made_at.t_cost() < self.params.t_cost()
    }

    /// Whether a password belongs to a hash, at whatever cost the hash was made. In constant time.
    /// The request waits for its turn among all logins. If it is dropped while it waits, it costs
    /// nothing.
    ///
    /// `admit` is called when it is this request's turn, and may refuse it. `failed` is called
    /// after a wrong password, before the next request's turn. Both are kept until the check is
    /// over, even if the caller is gone by then.
    ///
    /// # Errors
    /// The refusal of `admit`; [`Busy`](Error::Busy) if too many requests wait.
    pub async fn matches(
        &self,
        client: &K,
        password: &str,
        hash: String,
        admit: impl FnOnce() -> Result<(), Refusal> + Send + 'static,
        failed: impl FnOnce() + Send + 'static,
    ) -> Result<bool, Error> {
        let hasher = self.hasher();
        let password = password.to_owned();
        let check = move || {
            admit()?;
            match hasher.verify_password(password.as_bytes(), hash.as_str()) {
                Ok(()) => Ok(true),
                Err(HashError::PasswordInvalid) => {
                    failed();
                    Ok(false)
                }
                Err(cause) => Err(Fault::new("checking a password", cause).into()),
            }
        };
        self.run(Work::Check, client, check).await?
    }

    /// Runs a job on a blocking thread when it is its turn. A job that has begun is finished and
    /// keeps its permit, even if its caller is gone.
    async fn run<T, F>(&self, work: Work, client: &K, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let permit = self.lines.permit(work, client).await;
        let permit = permit.map_err(|_| Error::Busy(Queue::Passwords))?;
        let done = spawn_blocking(move || {
            let _held = permit;
            job()
        });
        done.await
            .map_err(|panic| Fault::new("running a password job", panic).into())
    }

    fn hasher(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;
    use crate::domain::{Budget, Spent};

    async fn matches(passwords: &Passwords<u8>, password: &str, hash: &str) -> bool {
        passwords
            .matches(&1, password, hash.to_owned(), || Ok(()), || {})
            .await
            .expect("checked")
    }

    #[actix::test]
    async fn a_password_matches_its_own_hash_and_no_other() {
        let passwords = Passwords::new(64, 1, 1).expect("valid cost");
        let hash = passwords
            .hash(&1, "a b c", || Ok(()))
            .await
            .expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(matches(&passwords, "a b c", &hash).await);
        for other in ["abc", "a b c ", "A b c", ""] {
            assert!(!matches(&passwords, other, &hash).await, "{other:?}");
        }
    }

    #[actix::test]
    async fn a_hash_made_at_another_cost_still_matches() {
        let cheap = Passwords::new(64, 1, 1).expect("valid cost");
        let dear = Passwords::new(256, 2, 1).expect("valid cost");
        let hash = cheap.hash(&1, "secret", || Ok(())).await.expect("hashed");
        assert!(matches(&dear, "secret", &hash).await);
    }

    #[actix::test]
    async fn a_hash_is_below_cost_if_it_took_less_memory_or_fewer_passes() {
        let passwords = Passwords::<u8>::new(64, 2, 1).expect("valid cost");
        let is_below = |memory_kib, passes| {
            let made = Passwords::<u8>::new(memory_kib, passes, 1).expect("valid cost");
            passwords.is_below_cost(&made.hash_now("secret").expect("hashed"))
        };
        assert!(is_below(32, 2) && is_below(64, 1) && is_below(128, 1));
        assert!(!is_below(64, 2) && !is_below(128, 3));
        assert!(!passwords.is_below_cost("not a hash"));
    }

    #[actix::test]
    async fn a_password_that_is_not_admitted_is_not_looked_at() {
        let passwords = Passwords::new(64, 1, 1).expect("valid cost");
        let spent = Spent::for_another(Budget::LoginPair, Duration::from_secs(1));
        let refuse = move || Err(Refusal::TooManyRequests(spent));
        let refused = passwords
            .matches(&1, "x", "not even a hash".to_owned(), refuse, || {})
            .await;
        assert!(matches!(
            refused,
            Err(Error::Refused(Refusal::TooManyRequests(of))) if of == spent
        ));
    }

    #[actix::test]
    async fn who_is_told_that_the_line_is_full_or_does_not_wait_was_not_asked_for_anything() {
        let passwords = Passwords::new(64, 1, 1).expect("valid cost");
        let admitted = Arc::new(AtomicUsize::new(0));
        let hash = || {
            let admitted = Arc::clone(&admitted);
            let admit = move || {
                admitted.fetch_add(1, Ordering::Relaxed);
                Ok(())
            };
            let passwords = passwords.clone();
            Box::pin(async move { passwords.hash(&1, "x", admit).await })
        };
        let held = passwords.lines.permit(Work::Check, &1).await;
        let mut waiting: Vec<_> = (0..IN_LINE).map(|_| hash()).collect();
        for request in &mut waiting {
            assert!(request.now_or_never().is_none());
        }
        let refused = hash().await;
        assert!(matches!(refused, Err(Error::Busy(Queue::Passwords))));
        let last = waiting.pop().expect("one that waits");
        drop(waiting);
        drop(held);
        last.await.expect("hashed");
        assert_eq!(admitted.load(Ordering::Relaxed), 1);
    }
}
