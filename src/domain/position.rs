//! A position in a stream of events, of a room or of one user: how clients say what they have seen.

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

/// What a client has seen of their own stream: all events up to this one. As text: `you.<epoch>:<seq>`, the
/// epoch in base 36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnPosition {
    /// When the count began, in milliseconds since 1970; no two counts of a process begin alike.
    pub epoch: u64,
    /// The number of the latest event, 0 before the first.
    pub seq: u64,
}

impl OwnPosition {
    /// A position that no stream has.
    pub const UNKNOWN: Self = Self { epoch: 0, seq: 0 };

    /// The count, as clients compare it.
    pub fn incarnation(self) -> String {
        format!("{OWN}.{}", Base36(self.epoch))
    }
}

/// What a count of an own stream begins with, where that of a room has its live.
const OWN: &str = "you";

/// Why a reader cannot just read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They have just begun.
    First,
    /// What they say they have seen is unknown here, or too long ago.
    Gap,
    /// They read too slowly.
    Lagged,
    /// The count began anew: the server or the room was restarted.
    Restarted,
    /// The room is no crowd any more: members are told one by one again.
    Detail,
}

impl Why {
    /// The word for clients.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Gap => "gap",
            Self::Lagged => "lagged",
            Self::Restarted => "restarted",
            Self::Detail => "detail",
        }
    }
}

const BASE: u64 = 36;

/// A number with the digits 0 to 9 and a to z.
struct Base36(u64);

impl fmt::Display for Base36 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The largest number has thirteen digits.
        let (mut digits, mut rest, mut at) = ([b'0'; 13], self.0, 13);
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

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.live, Base36(self.epoch))
    }
}

/// The text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPosition;

impl FromStr for Incarnation {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (live, epoch) = text.split_once('.').ok_or(NotAPosition)?;
        let live = LiveId::new(number(live, 10)?.try_into().map_err(|_| NotAPosition)?);
        let epoch = number(epoch, 36)?;
        Ok(Self { live, epoch })
    }
}

/// A number without a sign.
fn number(digits: &str, base: u32) -> Result<u64, NotAPosition> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let number = u64::from_str_radix(digits, base).ok();
    number.filter(|_| is_plain).ok_or(NotAPosition)
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
        Ok(Self {
            incarnation: incarnation.parse()?,
            seq: number(seq, 10)?,
        })
    }
}

impl fmt::Display for OwnPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OWN}.{}:{}", Base36(self.epoch), self.seq)
    }
}

impl FromStr for OwnPosition {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let rest = text
            .strip_prefix(OWN)
            .and_then(|rest| rest.strip_prefix('.'));
        let (epoch, seq) = rest
            .and_then(|rest| rest.split_once(':'))
            .ok_or(NotAPosition)?;
        Ok(Self {
            epoch: number(epoch, 36)?,
            seq: number(seq, 10)?,
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
            let position = OwnPosition { epoch, seq };
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
            let own = text.replacen('1', "you", 1);
            assert_eq!(own.parse::<OwnPosition>(), Err(NotAPosition), "{own:?}");
        }
        let position: Position = "418.k3f9:1024".parse().expect("a position");
        assert_eq!(position.to_string(), "418.k3f9:1024");
    }
}
