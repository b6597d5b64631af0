//! Signatures with which the SDK of 2016–2018 links a live to one in another room.
//!
//! A signature is a protobuf message with the two lives and an expiry, encrypted with the app's 16-byte
//! "audio-video permission key", in upper-case hex. Message, cipher and key are documented. The way in
//! which blocks are chained is not, and the only published example cannot be reproduced. Tencent uses
//! two ways; this is the later one, as in its messaging and in public descriptions of
//! `symmetry_encrypt`: each block is XORed with the cipher text before it and, after the cipher, with
//! the input of the cipher for the block before it. It could not be tested whether the cloud accepts
//! the result.

use std::fmt;

use prost::Message;

use crate::domain::{AppId, RoomNum, Uid, UnixTime};

/// How long a signature is valid, in seconds: the advice of the cloud's documents.
const LIFE_S: i64 = 300;

/// The number of random bytes in a signature.
pub const LINK_SALT_BYTES: usize = 10;

/// The permission key of an app. `Debug` does not print it.
#[derive(Clone)]
pub struct LinkKey([u8; 16]);

impl LinkKey {
    /// Accepts the 16 letters that the cloud's console shows; their bytes are the key.
    pub fn parse(text: &str) -> Option<Self> {
        text.as_bytes().try_into().ok().map(Self)
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

/// Signs links for the apps that have a permission key.
#[derive(Debug)]
pub struct LinkSigner {
    default: AppId,
    keys: Vec<(AppId, LinkKey)>,
}

/// A live: a room and its host.
#[derive(Clone, Copy, Debug)]
pub struct LinkEnd<'a> {
    /// The room.
    pub room: RoomNum,
    /// Its host.
    pub host: &'a Uid,
}

impl LinkSigner {
    /// A signer with these keys. `default` is the app for requests that name none.
    pub fn new(default: AppId, keys: Vec<(AppId, LinkKey)>) -> Self {
        Self { default, keys }
    }

    /// The key of the app `asked` if it is given, else that of the default app, else the first key.
    /// `None` if there is no such key.
    pub fn key(&self, asked: Option<AppId>) -> Option<&LinkKey> {
        let of = |wanted| self.keys.iter().find(|(app, _)| *app == wanted);
        let found = match asked {
            Some(asked) => of(asked),
            None => of(self.default).or(self.keys.first()),
        };
        found.map(|(_, key)| key)
    }
}

impl LinkKey {
    /// A signature for a link from one live to another.
    pub fn sign(
        &self,
        from: LinkEnd<'_>,
        to: LinkEnd<'_>,
        salt: [u8; LINK_SALT_BYTES],
        now: UnixTime,
    ) -> String {
        let second = |second| u32::try_from(second).unwrap_or(u32::MAX);
        let message = ConnRoomSig {
            groupcode: from.room.get(),
            account: from.host.to_string(),
            conned_groupcode: to.room.get(),
            conned_account: to.host.to_string(),
            create_time: second(now.as_secs()),
            expire_time: second(now.as_secs() + LIFE_S),
        };
        let enciphered = tc_tea::encrypt_with_salt(message.encode_to_vec(), self.0, &salt)
            .expect("a key of 16 bytes is what the cipher takes");
        base16ct::upper::encode_string(&enciphered)
    }
}

/// The message, with the field names of the cloud's documents.
#[derive(Clone, PartialEq, Message)]
struct ConnRoomSig {
    #[prost(uint32, tag = "1")]
    groupcode: u32,
    #[prost(string, tag = "2")]
    account: String,
    #[prost(uint32, tag = "3")]
    conned_groupcode: u32,
    #[prost(string, tag = "4")]
    conned_account: String,
    #[prost(uint32, tag = "5")]
    create_time: u32,
    #[prost(uint32, tag = "6")]
    expire_time: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "3b407fa2d9857f31";

    fn key() -> LinkKey {
        LinkKey::parse(KEY).expect("16 bytes")
    }

    fn app(number: i64) -> AppId {
        AppId::new(number).expect("valid")
    }

    /// A signature for a link from green's room 10017 to ghost's room 10024.
    fn signature(salt: [u8; LINK_SALT_BYTES]) -> String {
        let uid = |id| Uid::parse(id).expect("valid");
        let room = |number| RoomNum::new(number).expect("valid");
        let from = LinkEnd {
            room: room(10017),
            host: &uid("green"),
        };
        let to = LinkEnd {
            room: room(10024),
            host: &uid("ghost"),
        };
        key().sign(from, to, salt, UnixTime::from_secs(1_500_000_000))
    }

    fn decipher(signature: &str) -> Vec<u8> {
        let bytes = base16ct::upper::decode_vec(signature).expect("upper-case hex");
        tc_tea::decrypt(bytes, KEY).expect("the key")
    }

    #[test]
    fn without_salt_the_signature_is_that_of_our_facts() {
        assert_eq!(
            signature([0; LINK_SALT_BYTES]),
            "2ED99F5522ABD08D2E16CC2F59EF041DC47BD6D278A28226ACD3B1BB7FE50F7DD9F016AC9873ED6E0373300B98669FBB"
        );
    }

    #[test]
    fn the_message_says_who_links_to_whom_and_until_when() {
        let message = decipher(&signature([0xa5; LINK_SALT_BYTES]));
        assert_eq!(
            base16ct::lower::encode_string(&message),
            "08a14e1205677265656e18a84e220567686f73742880dea0cb0530ace0a0cb05"
        );
        let message = ConnRoomSig::decode(&*message).expect("a message");
        assert_eq!(message.conned_account, "ghost");
        assert_eq!(message.expire_time - message.create_time, 300);
    }

    #[test]
    fn salt_changes_the_signature_and_not_what_it_says() {
        let (one, two) = (
            signature([1; LINK_SALT_BYTES]),
            signature([2; LINK_SALT_BYTES]),
        );
        assert_ne!(one, two);
        assert_eq!(decipher(&one), decipher(&two));
    }

    #[test]
    fn only_sixteen_bytes_are_a_key_and_it_does_not_show_itself() {
        for text in ["", "3b407fa2d9857f3", "3b407fa2d9857f311"] {
            assert!(LinkKey::parse(text).is_none(), "{text}");
        }
        let signer = LinkSigner::new(app(1), vec![(app(1), key())]);
        assert!(!format!("{signer:?}").contains(KEY));
    }

    #[test]
    fn an_app_without_a_key_is_not_signed_for_and_the_default_one_may_be_another() {
        let other = LinkKey::parse("0000000000000000").expect("16 bytes");
        let signer = LinkSigner::new(app(8), vec![(app(7), key()), (app(8), other)]);
        let first = |asked| signer.key(asked).map(|key| key.0[0]);
        assert_eq!(first(Some(app(7))), Some(b'3'));
        assert_eq!(first(None), Some(b'0'));
        assert_eq!(first(Some(app(9))), None);
        let elsewhere = LinkSigner::new(app(9), signer.keys.clone());
        assert!(elsewhere.key(None).is_some());
        assert!(LinkSigner::new(app(8), Vec::new()).key(None).is_none());
    }
}
