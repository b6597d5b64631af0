//! What the video cloud wants from us: signatures for its SDK, the names of streams, and what we want
//! from it: that its messaging service signs a user out.

mod ecdsa;
mod im;
mod key;
mod live_url;
mod room_key;
#[cfg(test)]
mod tests;
mod tls_sig;
mod usersig;

pub use im::ImAdmin;
pub use key::{SigningKey, demo_key};
pub use live_url::{PlayUrls, StreamCode};
pub use room_key::{KeyedRoom, RoomKey};
pub use usersig::{SigningApp, UserSigner};
