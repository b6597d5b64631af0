//! Privileges: the set of rights that a room key gives its holder in the video room.

/// A set of rights in a video room, with the bits that the cloud gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privileges(u32);

impl Privileges {
    /// Every right: create the room, enter it, and send and receive audio, video and the shared
    /// screen. For the host.
    pub const HOST: Self = Self(255);
    /// Enter the room, receive audio and video. For viewers.
    pub const AUDIENCE: Self = Self(42);
    /// The rights of viewers, and to send audio and video. For members on mic.
    pub const LINKED: Self = Self(62);

    /// The rights with these bits. Bits without a meaning are left out.
    pub fn from_bits(bits: i64) -> Self {
        let known = bits & i64::from(Self::HOST.0);
        Self(u32::try_from(known).unwrap_or_default())
    }

    /// The bits: 1 create the room, 2 enter, 4 send audio, 8 receive audio, 16 send video,
    /// 32 receive video, 64 send the shared screen, 128 receive it.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The rights that are in both sets.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND_AUDIO: i64 = 4;
    const SEND_VIDEO: i64 = 16;

    #[test]
    fn a_linked_member_may_what_a_viewer_may_and_send_audio_and_video() {
        let viewer = i64::from(Privileges::AUDIENCE.bits());
        assert_eq!(
            Privileges::from_bits(viewer | SEND_AUDIO | SEND_VIDEO),
            Privileges::LINKED
        );
    }

    #[test]
    fn bits_beyond_the_known_ones_are_no_rights() {
        for bits in [-1, 255, 0xffff, i64::MAX] {
            assert_eq!(Privileges::from_bits(bits), Privileges::HOST, "{bits}");
        }
        for bits in [0, 256, i64::MIN] {
            assert_eq!(Privileges::from_bits(bits).bits(), 0, "{bits}");
        }
    }

    #[test]
    fn what_two_sets_share_is_in_each_of_them() {
        for asked in 0..=255 {
            let granted = Privileges::from_bits(asked).and(Privileges::LINKED);
            assert_eq!(granted.bits() & !62, 0, "{asked}");
            assert_eq!(i64::from(granted.bits()) & !asked, 0, "{asked}");
        }
    }
}
