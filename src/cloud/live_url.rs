//! Stream codes of 2016 and where such a stream is watched.

use std::fmt::Write;

use md5::{Digest, Md5};

use crate::domain::{RoomNum, Uid, VideoType};

/// The name of a stream: `<biz id>_<md5>`, the md5 over `<room>_<host>_main`, or `_aux` for a
/// shared screen. Clients compute the same code, so every byte counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamCode {
    biz_id: String,
    code: String,
}

/// Where a stream is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayUrls {
    /// RTMP.
    pub rtmp: String,
    /// FLV over HTTP.
    pub flv: String,
    /// HLS.
    pub hls: String,
}

impl StreamCode {
    /// The code of what a host sends from a room.
    pub fn new(biz_id: &str, room: RoomNum, host: &Uid, video: VideoType) -> Self {
        let kind = match video {
            VideoType::Camera => "main",
            VideoType::Screen => "aux",
        };
        let mut code = format!("{biz_id}_");
        for byte in Md5::digest(format!("{room}_{host}_{kind}")) {
            // Writing to a text does not fail.
            let _ = write!(code, "{byte:02x}");
        }
        Self {
            biz_id: biz_id.to_owned(),
            code,
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.code
    }

    /// Where the stream is watched.
    pub fn play_urls(&self) -> PlayUrls {
        let Self { biz_id, code } = self;
        let place = format!("{biz_id}.liveplay.myqcloud.com/live/{code}");
        PlayUrls {
            rtmp: format!("rtmp://{place}"),
            flv: format!("http://{place}.flv"),
            hls: format!("http://{place}.m3u8"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(room: i64, host: &str, video: VideoType) -> String {
        let room = RoomNum::new(room).expect("valid");
        let host = Uid::parse(host).expect("valid");
        StreamCode::new("8888", room, &host, video)
            .as_str()
            .to_owned()
    }

    #[test]
    fn codes_are_those_of_the_original_and_of_the_cloud_documents() {
        for (room, host, video, md5) in [
            (
                10001,
                "user001",
                VideoType::Camera,
                "d56edc856a4e12c67f14e8037008f945",
            ),
            (
                10001,
                "user001",
                VideoType::Screen,
                "41e92de0cb58b7608bd9ae78a8d65121",
            ),
            (
                293_710,
                "14y2l2c",
                VideoType::Camera,
                "81265058829fd2e50c8ec2ac78d55127",
            ),
            (
                12345,
                "userA",
                VideoType::Camera,
                "8d0261436c375bb0dea901d86d7d70e8",
            ),
            (
                10017,
                "green",
                VideoType::Camera,
                "c3b462e999e0ca6c66d4d8e907e086c7",
            ),
            (
                10017,
                "green",
                VideoType::Screen,
                "d5da2fe3d7cab16b58d7d3c15e06a278",
            ),
        ] {
            assert_eq!(code(room, host, video), format!("8888_{md5}"));
        }
    }

    #[test]
    fn play_urls_are_byte_for_byte_those_of_the_original() {
        let room = RoomNum::new(10001).expect("valid");
        let host = Uid::parse("user001").expect("valid");
        let urls = StreamCode::new("8525", room, &host, VideoType::Camera).play_urls();
        let place = "8525.liveplay.myqcloud.com/live/8525_d56edc856a4e12c67f14e8037008f945";
        assert_eq!(urls.rtmp, format!("rtmp://{place}"));
        assert_eq!(urls.flv, format!("http://{place}.flv"));
        assert_eq!(urls.hls, format!("http://{place}.m3u8"));
    }
}
