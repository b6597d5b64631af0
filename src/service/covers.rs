//! Covers: where a host may put the picture of their live.

use super::context::Service;
use crate::cloud::{CoverPlace, useless_sign};
use crate::error::Fault;
use crate::sessions::Caller;

impl Service {
    /// A place for one picture of the caller; none if no storage is configured.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn place_cover(&self, caller: &Caller) -> Result<Option<CoverPlace>, Fault> {
        let Some(bucket) = &self.covers else {
            return Ok(None);
        };
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|cause| Fault::new("naming a cover", cause))?;
        Ok(Some(bucket.place(&caller.uid, random, self.clock.unix())))
    }

    /// A signature for a client that has no token and needs one to go on: a good one where the
    /// operator allows it, else one that the storage refuses.
    ///
    /// # Errors
    /// If there is no randomness.
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
