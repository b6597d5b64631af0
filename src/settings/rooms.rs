//! The section `[rooms]`: the rules for every room.

use super::section::section;
use crate::domain::MicPolicy;

section! {
    /// The rules for every room.
    pub struct Rooms in "rooms" {
        /// Seconds of silence after which a viewer or linked member is dropped. Clients send a
        /// heartbeat every 5 or 10 s.
        #[zh = "观众或连麦成员静默多少秒后离开房间；客户端每 5 或 10 秒发一次心跳"]
        pub member_timeout_s: u64 = 35, in 1..=3600;

        /// Seconds of silence of the host after which their live ends.
        #[zh = "主播静默多少秒后直播结束"]
        pub host_timeout_s: u64 = 90, in 1..=86400;

        /// A member who left according to the cloud is dropped after this many seconds, unless they
        /// give a sign of life here.
        #[zh = "云端报告成员已离开后，多少秒内没有动静就视为离开房间"]
        pub suspect_member_timeout_s: u64 = 15, in 1..=3600;

        /// The live of a host who left according to the cloud ends after this many seconds, unless
        /// they give a sign of life here.
        #[zh = "云端报告主播已离开后，多少秒内没有动静就结束直播"]
        pub suspect_host_timeout_s: u64 = 45, in 1..=86400;

        /// Seconds within which the host of a room that the cloud dismissed (TRTC event 102, a group
        /// destroyed) can keep the live going: by a heartbeat, by `reportroom` or by entering.
        #[zh = "云端解散房间（TRTC 事件 102、群组解散）后，主播在多少秒内有心跳、`reportroom` 或进房，直播就继续"]
        pub dismissal_grace_s: u64 = 15, in 0..=600;

        /// Seconds after a stream stopped until its room shows it as `off`.
        #[zh = "断流多少秒后房间显示 `off`"]
        pub stream_grace_s: u64 = 60, in 0..=3600;

        /// Which members may go on mic: `"open"` (all, as long as there is a free seat) or
        /// `"approve"` (those whom the host approved).
        #[zh = "谁可以上麦：`\"open\"` 有空位即可，`\"approve\"` 需主播同意"]
        #[serde(with = "mic_policy")]
        pub mic_policy: MicPolicy = MicPolicy::Open;

        /// How many members may be on mic at once, beside the host.
        #[zh = "除主播外，可同时上麦的人数"]
        pub mic_seats: usize = 3, in 1..=64;

        /// How many guests (`guests.enabled`) may be in one room at once; users are never refused.
        #[zh = "一个房间里最多有多少游客（`guests.enabled`）；用户不受此限"]
        pub max_guests: usize = 10_000, in 0..=1_000_000;

        /// Rooms that one user may create in a minute, all of them at once if they like; 0 means no
        /// limit.
        #[zh = "每个用户每分钟可创建的房间数，可一次用完；0 表示不限"]
        pub creates_per_minute: u32 = 60, in 0..=60_000;
    }
}

/// How the settings write a policy, which itself knows nothing of settings.
mod mic_policy {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::MicPolicy;

    const OPEN: &str = "open";
    const APPROVE: &str = "approve";

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(value: D) -> Result<MicPolicy, D::Error> {
        let text = String::deserialize(value)?;
        match text.as_str() {
            OPEN => Ok(MicPolicy::Open),
            APPROVE => Ok(MicPolicy::Approve),
            other => Err(D::Error::unknown_variant(other, &[OPEN, APPROVE])),
        }
    }

    pub(super) fn serialize<S: Serializer>(policy: &MicPolicy, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match policy {
            MicPolicy::Open => OPEN,
            MicPolicy::Approve => APPROVE,
        })
    }
}
