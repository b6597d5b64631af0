//! The section `[guests]`: people who watch without an account.

use super::section::section;

section! {
    /// People who watch without an account, by the live API.
    pub struct Guests in "guests" {
        /// Whether there are guests: they list rooms, watch and count as viewers. `--dev` lets them in.
        #[zh = "是否允许游客：可以列出房间、观看，并计入观众；`--dev` 会打开"]
        pub enabled: bool = false;

        /// Guests that one IPv4 address or IPv6 /64 may become in a minute, all of them at once; 0 means
        /// no limit.
        #[zh = "同一 IPv4 地址或 IPv6 /64 每分钟可领取的游客身份，可一次用完；0 表示不限"]
        pub per_minute: u32 = 60, in 0..=60_000;
    }
}
