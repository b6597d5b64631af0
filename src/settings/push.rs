//! The section `[push]`: what clients are told of by themselves.

use super::section::section;

section! {
    /// Events of rooms that clients are told of by themselves: WebSockets, SSE and long polls of `/v2`.
    pub struct Push in "push" {
        /// WebSockets at once. They do not count in `http.max_connections`. The system has to allow as
        /// many open files; see `ulimit -n`.
        #[zh = "同时打开的 WebSocket 数上限，不计入 `http.max_connections`；系统须允许同样多的打开文件，见 `ulimit -n`"]
        pub max_sockets: usize = 40_000, in 0..=1_000_000;

        /// SSE streams and long polls at once. They count in `http.max_connections` too.
        #[zh = "同时打开的 SSE 与长轮询数上限，同时计入 `http.max_connections`"]
        pub max_streams: usize = 5_000, in 0..=1_000_000;

        /// WebSockets that may be opened in a second. As many more wait for their turn, further ones are refused
        /// with 503.
        #[zh = "每秒可新开的 WebSocket 数；再多同样数量的稍候，更多的以 503 拒绝"]
        pub opens_per_s: u32 = 2_000, in 1..=100_000;

        /// Deliveries in a second that the server is meant for: with more of them, rooms collect events
        /// for longer before they tell them.
        #[zh = "服务器每秒的推送量预算；超出时各房间合并更久再推送"]
        pub deliveries_per_s: u64 = 50_000, in 1_000..=10_000_000;

        /// Members from which on viewers who come and go are only counted, and not told one by one.
        #[zh = "成员达到多少后，观众进出只报人数，不再逐个推送"]
        pub detail_members: u32 = 500, in 10..=10_000;

        /// Frames of a room that are kept for clients who come back, at the most.
        #[zh = "每个房间为断线重连的客户端保留的帧数上限"]
        pub history_events: usize = 256, in 16..=65_536;

        /// Bytes of a room that are kept for clients who come back, at the most.
        #[zh = "每个房间为断线重连的客户端保留的字节数上限"]
        pub history_bytes: usize = 262_144, in 16_384..=67_108_864;

        /// Seconds for which they are kept after the last reader went.
        #[zh = "最后一个读者离开后保留多少秒"]
        pub history_keep_s: u64 = 60, in 1..=3600;

        /// Seconds after which a client that takes nothing is cut off.
        #[zh = "客户端多少秒不收取数据就断开"]
        pub stall_s: u64 = 20, in 5..=120;
    }
}
