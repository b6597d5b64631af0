//! What the video cloud wants from us: signatures for its SDK, and the names and addresses of
//! streams.

mod live_url;
mod usersig;

pub use live_url::{LiveDomain, LiveUrls, PlayUrls, StreamCode, TxTime};
pub use usersig::{SigningApp, SigningKey, UserSigner, demo_key};
