//! What the video cloud wants from us: signatures for its SDK, names and addresses of streams,
//! places for covers.

mod cos;
mod live_url;
mod usersig;

pub use cos::{CoverBucket, CoverPlace};
pub use live_url::{LiveDomain, LiveUrls, PlayUrls, StreamCode, TxTime};
pub use usersig::{SigningApp, SigningKey, UserSigner, demo_key};
