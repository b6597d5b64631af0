//! What the video cloud wants from us: signatures for its SDK, and the names of streams.

mod ecdsa;
mod key;
mod live_url;
mod room_key;
#[cfg(test)]
mod tests;
mod tls_sig;
mod usersig;

pub use key::{SigningKey, demo_key};
pub use live_url::{PlayUrls, StreamCode};
pub use room_key::{KeyedRoom, RoomKey};
pub use usersig::{SigningApp, UserSigner};
