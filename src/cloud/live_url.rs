//! Names of streams, and the addresses for sending and watching them: those of 2016, and those of an
//! operator's own domain.
//!
//! An address is signed by `txSecret`, the md5 of key, stream name and `txTime`, and is valid until the
//! second in `txTime`. Watching and sending have separate keys.

use md5::{Digest, Md5};

use crate::domain::{RoomNum, StreamName, Uid, UnixTime, VideoType};
use crate::secret::Secret;

/// The id of a stream: `<biz id>_<name>`. Clients compute the same, so every byte counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamCode(String);

impl StreamCode {
    /// The code of the stream that a host sends from a room.
    pub fn new(biz_id: &str, room: RoomNum, host: &Uid, video: VideoType) -> Self {
        Self(format!(
            "{biz_id}_{}",
            StreamName::of_host(room, host, video)
        ))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The addresses at which a stream is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayUrls {
    /// RTMP.
    pub rtmp: String,
    /// FLV over HTTP.
    pub flv: String,
    /// HLS.
    pub hls: String,
    /// WebRTC; `None` for the domains of 2016, which do not have it.
    pub webrtc: Option<String>,
}

/// A domain for streams, and the key that signs its addresses. With an empty key they are not signed.
#[derive(Clone, Debug)]
pub struct LiveDomain {
    /// The host name.
    pub name: String,
    /// The key of the domain in the cloud's console.
    pub key: Secret,
}

/// When an address expires, in seconds since 1970 as upper-case hex. The signature covers this text as
/// it is written.
#[derive(Clone, Debug)]
pub struct TxTime(String);

/// Makes the names and addresses of streams. The parts that all streams share are built once.
#[derive(Clone, Debug)]
pub struct LiveUrls {
    biz_id: String,
    rtmp: String,
    http: String,
    webrtc: Option<String>,
    play_key: Secret,
    push: Option<LiveDomain>,
    life_s: u32,
}

impl LiveUrls {
    /// Addresses as in 2016. Signed addresses are valid for `life_s` seconds.
    pub fn new(biz_id: &str, life_s: u32) -> Self {
        let place = format!("{biz_id}.liveplay.myqcloud.com/live/");
        Self {
            biz_id: biz_id.to_owned(),
            rtmp: format!("rtmp://{place}"),
            http: format!("http://{place}"),
            webrtc: None,
            play_key: Secret::default(),
            push: None,
            life_s,
        }
    }

    /// The same, with streams watched at this domain.
    pub fn watched_at(self, domain: LiveDomain, https: bool) -> Self {
        let place = format!("{}/live/", domain.name);
        let http = if https { "https" } else { "http" };
        Self {
            rtmp: format!("rtmp://{place}"),
            http: format!("{http}://{place}"),
            webrtc: Some(format!("webrtc://{place}")),
            play_key: domain.key,
            ..self
        }
    }

    /// The same, with streams sent to this domain.
    pub fn sent_to(self, domain: LiveDomain) -> Self {
        Self {
            push: Some(domain),
            ..self
        }
    }

    /// The code of the stream that a host sends from a room.
    pub fn code(&self, room: RoomNum, host: &Uid, video: VideoType) -> StreamCode {
        StreamCode::new(&self.biz_id, room, host, video)
    }

    /// The expiry of addresses that are made at `now`.
    pub fn expiry(&self, now: UnixTime) -> TxTime {
        TxTime(format!("{:X}", now.as_secs() + i64::from(self.life_s)))
    }

    /// The addresses at which a stream is watched.
    pub fn play(&self, StreamCode(code): &StreamCode, until: &TxTime) -> PlayUrls {
        let Self { rtmp, http, .. } = self;
        let query = signature(&self.play_key, code, until);
        PlayUrls {
            rtmp: format!("{rtmp}{code}{query}"),
            flv: format!("{http}{code}.flv{query}"),
            hls: format!("{http}{code}.m3u8{query}"),
            webrtc: self
                .webrtc
                .as_ref()
                .map(|webrtc| format!("{webrtc}{code}{query}")),
        }
    }

    /// The address to which a stream is sent, for its host only; `None` if no domain for sending is
    /// set.
    pub fn push(&self, StreamCode(code): &StreamCode, until: &TxTime) -> Option<String> {
        let LiveDomain { name, key } = self.push.as_ref()?;
        let query = signature(key, code, until);
        Some(format!("rtmp://{name}/live/{code}{query}"))
    }
}

/// The query that signs an address. It covers the stream's name without a suffix such as `.flv`.
fn signature(key: &Secret, stream: &str, TxTime(until): &TxTime) -> String {
    if key.is_empty() {
        return String::new();
    }
    let secret = md5_hex(&[key.expose(), stream, until]);
    format!("?txSecret={secret}&txTime={until}")
}

fn md5_hex(parts: &[&str]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part);
    }
    base16ct::lower::encode_string(&md5.finalize())
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
        let urls = LiveUrls::new("8525", 86400);
        let code = urls.code(room, &host, VideoType::Camera);
        let until = urls.expiry(UnixTime::from_secs(1_700_000_000));
        assert_eq!(urls.push(&code, &until), None);
        let urls = urls.play(&code, &until);
        assert_eq!(urls.webrtc, None);
        let place = "8525.liveplay.myqcloud.com/live/8525_d56edc856a4e12c67f14e8037008f945";
        assert_eq!(urls.rtmp, format!("rtmp://{place}"));
        assert_eq!(urls.flv, format!("http://{place}.flv"));
        assert_eq!(urls.hls, format!("http://{place}.m3u8"));
    }

    const PUSH_KEY: &str = "e12c46f2612d5106e2034781ab261ca3";
    const PLAY_KEY: &str = "9d1f0c2b7a6e4d3f8c5b0a1e2d3c4b5a";

    fn domain(name: &str, key: &str) -> LiveDomain {
        LiveDomain {
            name: name.to_owned(),
            key: Secret::from(key.to_owned()),
        }
    }

    /// The expiry of addresses that are valid until that second.
    fn expiring(urls: &LiveUrls, second: i64) -> TxTime {
        urls.expiry(UnixTime::from_secs(second - i64::from(urls.life_s)))
    }

    #[test]
    fn signatures_are_those_of_the_cloud_documents() {
        for (key, stream, until, secret) in [
            (
                PUSH_KEY,
                "test",
                1_546_064_025,
                "txSecret=f85a2ab363fe4deaffef9754d79da6fe&txTime=5C271099",
            ),
            (
                PUSH_KEY,
                "8888_test001",
                1_469_848_425,
                "txSecret=7dd08cdd16d44b553e6bd967e9e58143&txTime=579C1B69",
            ),
            (
                PUSH_KEY,
                "room10017_main",
                1_751_849_472,
                "txSecret=44ce58965861a5170d8913340f3c62e6&txTime=686B1A00",
            ),
            (
                PLAY_KEY,
                "room10017_main",
                1_751_849_472,
                "txSecret=844d9e7099ea00ba04719651683feeb6&txTime=686B1A00",
            ),
        ] {
            let until = expiring(&LiveUrls::new("8888", 60), until);
            let key = Secret::from(key.to_owned());
            assert_eq!(signature(&key, stream, &until), format!("?{secret}"));
        }
    }

    #[test]
    fn the_time_is_signed_as_it_is_written() {
        let lower = TxTime("686b1a00".to_owned());
        assert_eq!(
            signature(&Secret::from(PUSH_KEY.to_owned()), "room10017_main", &lower),
            "?txSecret=cdf3fc53c3a435dcc3cdb770c7c2c73a&txTime=686b1a00"
        );
    }

    #[test]
    fn a_signed_domain_has_four_addresses_to_watch_and_one_to_send_to() {
        let urls = LiveUrls::new("8888", 86400)
            .watched_at(domain("play.example.com", PLAY_KEY), true)
            .sent_to(domain("push.example.com", PUSH_KEY));
        let until = expiring(&urls, 1_751_849_472);
        let code = StreamCode("room10017_main".to_owned());
        let signed = "?txSecret=844d9e7099ea00ba04719651683feeb6&txTime=686B1A00";
        let place = "play.example.com/live/room10017_main";
        assert_eq!(
            urls.play(&code, &until),
            PlayUrls {
                rtmp: format!("rtmp://{place}{signed}"),
                flv: format!("https://{place}.flv{signed}"),
                hls: format!("https://{place}.m3u8{signed}"),
                webrtc: Some(format!("webrtc://{place}{signed}")),
            }
        );
        assert_eq!(
            urls.push(&code, &until).as_deref(),
            Some(
                "rtmp://push.example.com/live/room10017_main?txSecret=44ce58965861a5170d8913340f3c62e6&txTime=686B1A00"
            )
        );
    }

    #[test]
    fn without_keys_addresses_are_bare() {
        let urls = LiveUrls::new("8888", 86400)
            .watched_at(domain("play.example.com", ""), false)
            .sent_to(domain("push.example.com", ""));
        let until = expiring(&urls, 1_751_849_472);
        let code = StreamCode("8888_a".to_owned());
        assert_eq!(
            urls.play(&code, &until).flv,
            "http://play.example.com/live/8888_a.flv"
        );
        assert_eq!(
            urls.push(&code, &until).as_deref(),
            Some("rtmp://push.example.com/live/8888_a")
        );
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let urls = LiveUrls::new("8888", 60)
            .watched_at(domain("a", PLAY_KEY), true)
            .sent_to(domain("b", PUSH_KEY));
        let shown = format!("{urls:?}");
        assert!(
            !shown.contains(PLAY_KEY) && !shown.contains(PUSH_KEY),
            "{shown}"
        );
    }
}
