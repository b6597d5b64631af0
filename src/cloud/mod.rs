//! What the video cloud wants from us, and how it shows that it is the cloud: signatures for its
//! SDK and of its callbacks, the names of streams.

mod callback_sign;
mod ecdsa;
mod key;
mod live_url;
mod room_key;
#[cfg(test)]
mod tests;
mod tls_sig;
mod usersig;

pub use callback_sign::{is_im_sign, is_live_sign, is_same_secret, is_trtc_sign};
pub use key::{SigningKey, demo_key};
pub use live_url::{PlayUrls, StreamCode};
pub use room_key::{KeyedRoom, RoomKey};
pub use usersig::{SigningApp, UserSigner};
