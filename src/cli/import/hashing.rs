//! Hashes of the imported passwords, made on all cores.

use std::thread;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Fault;
use crate::passwords::Passwords;
use crate::settings::Accounts;

/// Makes hashes, and counts what they cost.
pub(super) struct Hasher {
    passwords: Passwords<()>,
    cores: usize,
    /// The hash of a password that nobody knows, for accounts that have none.
    unknown: String,
    clock: Clock,
    /// The number of passwords.
    pub(super) hashed: u64,
    /// The time that it took.
    pub(super) spent: Duration,
}

impl Hasher {
    /// Hashes cost what these settings say.
    ///
    /// # Errors
    /// If Argon2 does not support these costs, or the system has no random bytes.
    pub(super) fn new(settings: &Accounts, clock: Clock) -> Result<Self, Fault> {
        let (memory_kib, passes) = (settings.argon2_memory_kib, settings.argon2_passes);
        let passwords = Passwords::new(memory_kib, passes, 1)?;
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|cause| Fault::new("drawing a password", cause))?;
        let unknown = passwords.hash_now(&base16ct::lower::encode_string(&bits))?;
        Ok(Self {
            passwords,
            cores: thread::available_parallelism().map_or(1, usize::from),
            unknown,
            clock,
            hashed: 0,
            spent: Duration::ZERO,
        })
    }

    /// The hashes of these passwords, in the same order.
    ///
    /// # Errors
    /// If the system has no random bytes for a salt.
    pub(super) fn hash(&mut self, passwords: &[Option<String>]) -> Result<Vec<String>, Fault> {
        let began = self.clock.now();
        let share = passwords.len().div_ceil(self.cores).max(1);
        let hash = |password: &Option<String>| match password {
            Some(password) => self.passwords.hash_now(password),
            None => Ok(self.unknown.clone()),
        };
        let hashes: Result<Vec<String>, Fault> = thread::scope(|scope| {
            let shares: Vec<_> = passwords
                .chunks(share)
                .map(|share| scope.spawn(|| share.iter().map(hash).collect::<Vec<_>>()))
                .collect();
            let done = shares.into_iter().flat_map(|share| {
                let panicked = || Fault::new("hashing passwords", "a thread panicked");
                share.join().unwrap_or_else(|_| vec![Err(panicked())])
            });
            done.collect()
        });
        self.hashed += passwords.iter().flatten().count() as u64;
        self.spent += self.clock.now() - began;
        hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix::test]
    async fn each_password_gets_its_own_hash_and_a_lost_one_a_hash_that_nothing_matches() {
        let cheap = Accounts {
            argon2_memory_kib: 8,
            argon2_passes: 1,
            ..Accounts::default()
        };
        let mut hasher = Hasher::new(&cheap, Clock::system()).expect("valid cost");
        let mut passwords: Vec<_> = (0..9).map(|at| Some(format!("secret-{at}"))).collect();
        passwords.push(None);
        let hashes = hasher.hash(&passwords).expect("hashed");
        assert_eq!((hashes.len(), hasher.hashed), (10, 9));
        let matches = async |password: &str, hash: &str| {
            let passwords = &hasher.passwords;
            let matches = passwords.matches(&(), password, hash.to_owned(), || Ok(()), || {});
            matches.await.expect("checked")
        };
        for (password, hash) in passwords.iter().flatten().zip(&hashes) {
            assert!(matches(password, hash).await, "{password}");
        }
        assert!(!matches("", &hashes[9]).await);
        assert!(hasher.hash(&[]).expect("nothing to do").is_empty());
    }
}
