//! The section `[compat]`: where published clients contradict each other.

use serde::{Deserialize, Serialize};

use super::section::section;

section! {
    /// Where published clients contradict each other.
    pub struct Compat in "compat" {
        /// What `index` of `recordlist` means: `"offset"` (a row, from 0), `"page"` (a page, from 1) or
        /// `"auto"` (a multiple of `size` is a row, any other number a page).
        #[zh = "`recordlist` 的 `index` 的含义：`\"offset\"` 行号（从 0 起），`\"page\"` 页号（从 1 起），\
                `\"auto\"` 是 `size` 的倍数时为行号，否则为页号"]
        pub recordlist_index: RecordlistIndex = RecordlistIndex::Auto;

        /// How `recordlist` sends `total`: `"number"` (as in the document) or `"text"`. The iOS and
        /// macOS apps of 2018 see the first page only, unless it is a text; all others read both.
        #[zh = "`recordlist` 的 `total` 的形式：`\"number\"` 数字（与文档一致）或 `\"text\"` 文本。\
                2018 年的 iOS、macOS 客户端遇到数字只显示第一页；其他客户端两种都能读"]
        pub recordlist_total: RecordlistTotal = RecordlistTotal::Number;

        /// How `recordlist` sends the address of a recording: `"array"` (as the apps read it) or
        /// `"text"` (as in the document).
        #[zh = "`recordlist` 的播放地址的形式：`\"array\"` 数组（客户端这样读）或 `\"text\"` 文本（与文档一致）"]
        pub playurl: PlayUrl = PlayUrl::Array;

        /// Whether the room keys of `authPrivMap` let viewers send audio and video too. The iOS and
        /// macOS apps of 2018 go on mic with the key they entered with, so they need this if the
        /// cloud's app has advanced permission control on. Anybody may then send in any room.
        #[zh = "`authPrivMap` 的房间密钥是否也允许观众发送音视频。2018 年的 iOS、macOS 客户端用进房时的密钥上麦，\
                腾讯云应用开启高级权限控制时需要打开；打开后任何人都可以在任何房间发送"]
        pub viewer_keys_may_send: bool = false;
    }
}

/// What `index` of `recordlist` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordlistIndex {
    /// A multiple of `size` is a row offset, anything else a page number from 1. That serves the
    /// document and the apps of 2018 alike, as long as no page number reaches the size.
    Auto,
    /// A row offset from 0: the document, and the web build.
    Offset,
    /// A page number from 1, 0 being the same as 1: the apps of 2018.
    Page,
}

/// How `recordlist` sends the number of all recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordlistTotal {
    /// As a number: the document, and all apps but one.
    Number,
    /// As a text: the Apple app of 2018 takes a number for "no more pages".
    Text,
}

/// How `recordlist` sends a recording's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlayUrl {
    /// As an array of one text: the Android app loses the whole list otherwise.
    Array,
    /// As a text: the document.
    Text,
}
