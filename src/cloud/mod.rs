//! What the video cloud wants from us: signatures for its SDK, and the names of streams.

mod live_url;
mod usersig;

pub use live_url::{PlayUrls, StreamCode};
pub use usersig::{SigningApp, SigningKey, UserSigner, demo_key};
