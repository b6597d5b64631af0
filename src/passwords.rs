//! Passwords: hashed and checked with Argon2id, beside the worker threads and only so many at once.

use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::domain::{Queue, Refusal};
use crate::error::{Error, Fault};
use crate::gate::Gate;

/// Hashes that may wait for their turn; who comes after them is answered "busy".
const IN_LINE: usize = 256;

/// Turns passwords into hashes and checks them.
#[derive(Clone, Debug)]
pub struct Passwords {
    params: Params,
    gate: Gate,
}

impl Passwords {
    /// Hashes cost `memory_kib` KiB and `passes` passes each, and `at_once` may run at once: each
    /// takes a core and the memory for its time.
    ///
    /// # Errors
    /// If Argon2 knows no such cost.
    pub fn new(memory_kib: u32, passes: u32, at_once: usize) -> Result<Self, Fault> {
        let params = Params::new(memory_kib, passes, 1, None)
            .map_err(|cause| Fault::new("setting up the password hash", cause))?;
        Ok(Self {
            params,
            gate: Gate::new(Queue::Passwords, at_once, IN_LINE),
        })
    }

    /// The hash of a password, with a salt of its own, as a PHC string.
    ///
    /// # Errors
    /// [`Busy`](Refusal::Busy) if too many are waiting.
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        let (this, password) = (self.clone(), password.to_owned());
        let hash = self.gate.run(move || this.hash_now(&password)).await?;
        Ok(hash?)
    }

    /// As [`Passwords::hash`], on this thread and at once.
    ///
    /// # Errors
    /// A [`Fault`] if there is no randomness for a salt.
    pub fn hash_now(&self, password: &str) -> Result<String, Fault> {
        let hash = self.hasher().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string())
            .map_err(|cause| Fault::new("hashing a password", cause))
    }

    /// Whether a password is the one of that hash, whatever that hash cost. In constant time.
    ///
    /// `admit` is asked when it is this password's turn and may refuse to have it looked at, and
    /// `failed` is told before the next one's turn if it was wrong.
    ///
    /// # Errors
    /// What `admit` says; [`Busy`](Refusal::Busy) if too many are waiting.
    pub async fn matches(
        &self,
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
        self.gate.run(check).await?
    }

    fn hasher(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn matches(passwords: &Passwords, password: &str, hash: &str) -> bool {
        passwords
            .matches(password, hash.to_owned(), || Ok(()), || {})
            .await
            .expect("checked")
    }

    #[actix::test]
    async fn a_password_matches_its_own_hash_and_no_other() {
        let passwords = Passwords::new(64, 1, 1).expect("valid cost");
        let hash = passwords.hash("a b c").await.expect("hashed");
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
        let hash = cheap.hash("secret").await.expect("hashed");
        assert!(matches(&dear, "secret", &hash).await);
    }

    #[actix::test]
    async fn a_password_that_is_not_admitted_is_not_looked_at() {
        let passwords = Passwords::new(64, 1, 1).expect("valid cost");
        let refuse = || Err(Refusal::TooManyRequests);
        let refused = passwords
            .matches("x", "not even a hash".to_owned(), refuse, || {})
            .await;
        assert!(matches!(
            refused,
            Err(Error::Refused(Refusal::TooManyRequests))
        ));
    }
}
