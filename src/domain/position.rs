//! A position in the feed of a room's events: how clients say what they have seen.

use std::fmt;
use std::str::FromStr;

use super::LiveId;

/// One count of a room's events. Whenever the count begins anew (a restart, a room that is reopened
/// after a crash, a new live), the incarnation is another one, so that no position is trusted by mistake.
///
/// Clients compare it for equality only. As text: `<live>.<epoch>`, the epoch in base 36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Incarnation {
    /// The live.
    pub live: LiveId,
    /// When the count began, in milliseconds since 1970; within one process always larger than that of
    /// each earlier count of this live.
    pub epoch: u64,
}

/// What a client has seen of a room: all events up to this one. As text: `<incarnation>:<seq>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The count in which `seq` means something.
    pub incarnation: Incarnation,
    /// The number of the latest event, 0 before the first.
    pub seq: u64,
}

impl Position {
    /// A position that no feed has: no live has number 0.
    pub const UNKNOWN: Self = Self {
        incarnation: Incarnation {
            live: LiveId::new(0),
            epoch: 0,
        },
        seq: 0,
    };
}

const BASE: u64 = 36;

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.live)?;
        // The largest number has thirteen digits.
        let (mut digits, mut rest, mut at) = ([b'0'; 13], self.epoch, 13);
        loop {
            at -= 1;
            digits[at] = b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % BASE) as usize];
            rest /= BASE;
            if rest == 0 {
                break;
            }
        }
        f.write_str(std::str::from_utf8(&digits[at..]).unwrap_or_default())
    }
}

/// The text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPosition;

impl FromStr for Incarnation {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (live, epoch) = text.split_once('.').ok_or(NotAPosition)?;
        let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain(live) || !is_plain(epoch) {
            return Err(NotAPosition);
        }
        let live = live.parse().map_err(|_| NotAPosition)?;
        let epoch = u64::from_str_radix(epoch, 36).map_err(|_| NotAPosition)?;
        let live = LiveId::new(live);
        Ok(Self { live, epoch })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.incarnation, self.seq)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (incarnation, seq) = text.split_once(':').ok_or(NotAPosition)?;
        if !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAPosition);
        }
        Ok(Self {
            incarnation: incarnation.parse()?,
            seq: seq.parse().map_err(|_| NotAPosition)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_position_is_read_as_it_was_written(live in 0..i64::MAX, epoch: u64, seq: u64) {
            let incarnation = Incarnation { live: LiveId::new(live), epoch };
            let position = Position { incarnation, seq };
            prop_assert_eq!(position.to_string().parse(), Ok(position));
        }
    }

    #[test]
    fn what_is_no_position_is_refused() {
        for text in [
            "",
            ":",
            "1",
            "1.a",
            "1.a:",
            "1.a:-1",
            "1.a:+1",
            "1.:1",
            ".a:1",
            "-1.a:1",
            "1.-a:1",
            "1.a:1:1",
            "1.a:1 ",
            "1.zzzzzzzzzzzzzzz:1",
            "1.a:99999999999999999999",
            "1.ä:1",
        ] {
            assert_eq!(text.parse::<Position>(), Err(NotAPosition), "{text:?}");
        }
        let position: Position = "418.k3f9:1024".parse().expect("a position");
        assert_eq!(position.to_string(), "418.k3f9:1024");
    }
}
