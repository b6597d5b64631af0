//! What the video cloud wants from us, and how it shows that it is the cloud: signatures for its
//! SDK and of its callbacks, the names of streams.

mod callback_sign;
mod live_url;
mod usersig;

pub use callback_sign::{is_im_sign, is_live_sign, is_same_secret, is_trtc_sign};
pub use live_url::{PlayUrls, StreamCode};
pub use usersig::{SigningApp, SigningKey, UserSigner, demo_key};
