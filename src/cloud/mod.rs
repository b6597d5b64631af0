//! What the video cloud wants from us: signatures for its SDK, names and addresses of streams,
//! links between rooms, places for covers.

mod cos;
mod link_sig;
mod live_url;
mod usersig;

pub use cos::{CoverBucket, CoverPlace};
pub use link_sig::{LINK_SALT_BYTES, LinkEnd, LinkKey, LinkSigner};
pub use live_url::{LiveDomain, LiveUrls, PlayUrls, StreamCode, TxTime};
pub use usersig::{SigningApp, SigningKey, UserSigner, demo_key};
