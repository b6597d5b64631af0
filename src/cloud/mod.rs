//! The video cloud: signatures that its SDK expects and that its callbacks carry, names and addresses
//! of streams, links between rooms, uploads of covers, and signing users out of its messaging service.

mod callback_sign;
mod cos;
mod ecdsa;
mod im;
mod key;
mod link_sig;
mod live_url;
mod room_key;
#[cfg(test)]
mod tests;
mod tls_sig;
mod usersig;

pub use callback_sign::{is_im_sign, is_live_sign, is_same_secret, is_trtc_sign};
pub use cos::{CoverBucket, CoverPlace, useless_sign};
pub use im::ImAdmin;
pub use key::{SigningKey, kept_key, new_key};
pub use link_sig::{LINK_SALT_BYTES, LinkEnd, LinkKey, LinkSigner};
pub use live_url::{LiveDomain, LiveUrls, PlayUrls, StreamCode, TxTime};
pub use room_key::{KeyedRoom, RoomKey};
pub use usersig::{SigningApp, UserSigner};
