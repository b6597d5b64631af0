//! Covers: where hosts upload the pictures of their lives.

use super::context::Service;
use crate::cloud::{CoverPlace, useless_sign};
use crate::error::Fault;
use crate::sessions::Caller;

impl Service {
    /// A place where the caller may upload one picture. `None` if no storage is configured.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn place_cover(&self, caller: &Caller) -> Result<Option<CoverPlace>, Fault> {
        let Some(bucket) = &self.covers else {
            return Ok(None);
        };
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|cause| Fault::new("naming a cover", cause))?;
        Ok(Some(bucket.place(&caller.uid, random, self.clock.unix())))
    }

    /// A signature for old clients that send no token but stop if they get none. It is valid if the
    /// operator allows that; otherwise the storage refuses it.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn sign_cover_for_anybody(&self) -> Result<String, Fault> {
        let mut random = [0; 20];
        getrandom::fill(&mut random).map_err(|cause| Fault::new("signing for a cover", cause))?;
        let now = self.clock.unix();
        let [a, b, c, d, ..] = random;
        let bucket = self.covers.as_ref();
        let good = bucket.and_then(|bucket| bucket.anonymous_sign([a, b, c, d], now));
        Ok(good.unwrap_or_else(|| useless_sign(random, now)))
    }
}
