//! The rules for rooms, their streams and their lives.

use std::collections::{HashMap, HashSet};

use super::context::Context;
use super::findings::What;
use crate::domain::{AppId, Device, LiveInfo, RoomNum, StreamName, Uid, VideoType};
use crate::store::{ImportedLive, ImportedRoom, PhpLive, PhpRoom, Table};

/// Seconds of silence after which the PHP server took a live off the list.
pub(super) const ON_AIR_S: i64 = 90;

/// The room type that every published client reports. Rooms of the past have no other.
const KIND: &str = "live";

/// The lives that are on air, by the number of their room.
pub(super) struct OnAir(HashMap<i64, Vec<PhpLive>>);

impl OnAir {
    pub(super) fn new(lives: Vec<PhpLive>) -> Self {
        let mut by_room: HashMap<_, Vec<_>> = HashMap::new();
        for live in lives {
            by_room.entry(live.av_room_id).or_default().push(live);
        }
        Self(by_room)
    }

    /// The live of a room's own host.
    fn take(&mut self, room: &PhpRoom) -> Option<PhpLive> {
        let lives = self.0.get_mut(&room.id)?;
        let own = lives.iter().position(|live| live.host_uid == room.uid)?;
        Some(lives.swap_remove(own))
    }

    /// Those that no room has taken: anybody could report a live in a room of another, or in none.
    pub(super) fn report_rest(self, context: &mut Context) {
        for live in self.0.into_values().flatten() {
            context.found(Table::Lives, &live.id.to_string(), What::NotTheirRoom);
        }
    }
}

/// The room of a row; `None` if it stays behind. `hosts` are the users that have an account.
pub(super) fn room(
    row: PhpRoom,
    hosts: &HashSet<Uid>,
    on_air: &mut OnAir,
    context: &mut Context,
) -> Option<ImportedRoom> {
    let (table, key) = (Table::Rooms, row.id.to_string());
    let Some(number) = RoomNum::new(row.id) else {
        context.found(table, &key, What::InvalidNumber);
        return None;
    };
    let host = context.uid(&row.uid).filter(|uid| hosts.contains(uid));
    let Some(host) = host else {
        context.found(table, &key, What::NoSuchHost);
        return None;
    };
    let live = on_air.take(&row);
    let sign_of_life = live.as_ref().map_or(0, |live| live.modify_time);
    let others = [row.finish_time, row.last_update_time, sign_of_life];
    let created_at = context.time_or_earliest(row.create_time, &others);
    let last_seen = others
        .into_iter()
        .filter_map(|secs| context.time(secs))
        .max();
    let streams = streams(&row, number, &host);
    let (info, likes) = match &live {
        Some(live) => (Some(info_on_air(live, context)), live.admire_count),
        None => (info(&row, &key, context), 0),
    };
    Some(ImportedRoom {
        number,
        created_at,
        streams,
        live: ImportedLive {
            opened_at: created_at,
            last_seen_at: last_seen.unwrap_or(created_at).max(created_at),
            is_on_air: live.is_some(),
            info,
            likes: u32::try_from(likes.max(0)).unwrap_or(u32::MAX),
        },
        host,
    })
}

/// The streams of a room that zaibo would not know by itself. Before 2017-01-03 their names were
/// hashes of a text with a newline.
fn streams(row: &PhpRoom, number: RoomNum, host: &Uid) -> Vec<StreamName> {
    let told = [&row.main_md5, &row.aux_md5].into_iter().flatten();
    let named = told.filter_map(|name| StreamName::from_id(name));
    let computed = [VideoType::Camera, VideoType::Screen]
        .map(|video| StreamName::of_host(number, host, video));
    named
        .filter(|name| name.is_hash() && !computed.contains(name))
        .collect()
}

/// How the host described a live that is over; `None` if they never went live.
fn info(row: &PhpRoom, key: &str, context: &mut Context) -> Option<LiveInfo> {
    if row.title.is_none() && row.cover.is_none() {
        return None;
    }
    let table = Table::Rooms;
    Some(LiveInfo {
        title: context.name(table, key, "title", row.title.clone()),
        cover: context.address(table, key, "cover", row.cover.clone()),
        kind: KIND.to_owned(),
        app: None,
        device: Device::from_number(row.device).unwrap_or(Device::Ios),
        video: VideoType::Camera,
    })
}

/// How the host described a live that is on air.
fn info_on_air(live: &PhpLive, context: &mut Context) -> LiveInfo {
    let (table, key) = (Table::Lives, live.id.to_string());
    LiveInfo {
        title: context.name(table, &key, "title", live.title.clone()),
        cover: context.address(table, &key, "cover", live.cover.clone()),
        kind: context.id(table, &key, "room_type", live.room_type.clone()),
        app: AppId::new(live.appid),
        device: Device::from_number(live.device).unwrap_or(Device::Ios),
        video: VideoType::from_number(live.video_type).unwrap_or(VideoType::Camera),
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::tests::{NOW, context, found};
    use super::*;

    fn row(id: i64, uid: &str) -> PhpRoom {
        PhpRoom {
            id,
            uid: uid.to_owned(),
            title: Some("Cooking".to_owned()),
            create_time: 1_500_000_000,
            finish_time: 1_500_003_600,
            last_update_time: 1_500_003_500,
            ..PhpRoom::default()
        }
    }

    fn hosts() -> HashSet<Uid> {
        ["anna", "中"].into_iter().filter_map(Uid::parse).collect()
    }

    fn none_on_air() -> OnAir {
        OnAir::new(Vec::new())
    }

    fn on_air(av_room_id: i64, host_uid: &str) -> PhpLive {
        PhpLive {
            id: 7,
            av_room_id,
            host_uid: host_uid.to_owned(),
            title: Some("Now".to_owned()),
            room_type: Some("live".to_owned()),
            appid: 1_400_000_000,
            device: 1,
            video_type: 1,
            admire_count: 12,
            modify_time: NOW - 5,
            ..PhpLive::default()
        }
    }

    fn taken(row: PhpRoom, context: &mut Context) -> Option<ImportedRoom> {
        room(row, &hosts(), &mut none_on_air(), context)
    }

    #[test]
    fn a_room_keeps_its_number_its_host_and_the_live_that_was_in_it() {
        let mut context = context();
        let room = taken(row(10001, "anna"), &mut context).expect("taken");
        assert_eq!((room.number.get(), room.host.as_str()), (10001, "anna"));
        assert_eq!(room.created_at.as_secs(), 1_500_000_000);
        assert_eq!(room.live.opened_at, room.created_at);
        assert_eq!(room.live.last_seen_at.as_secs(), 1_500_003_600);
        assert!(!room.live.is_on_air);
        let info = room.live.info.expect("described");
        assert_eq!((info.title.as_str(), info.cover.as_str()), ("Cooking", ""));
        assert_eq!(info.kind, "live");
        assert_eq!(found(&mut context), []);
    }

    #[test]
    fn the_host_of_a_misread_id_is_found() {
        let mut context = context();
        let room = taken(row(10001, "\u{e4}\u{b8}\u{ad}"), &mut context).expect("taken");
        assert_eq!(room.host.as_str(), "中");
    }

    #[test]
    fn a_number_out_of_range_and_a_host_without_an_account_are_refused() {
        let mut context = context();
        for id in [0, -1, i64::from(i32::MAX) + 1] {
            assert!(taken(row(id, "anna"), &mut context).is_none());
            assert_eq!(found(&mut context), [What::InvalidNumber]);
        }
        for uid in ["otto", "Anna", ""] {
            assert!(taken(row(10001, uid), &mut context).is_none());
            assert_eq!(found(&mut context), [What::NoSuchHost]);
        }
    }

    #[test]
    fn times_of_zero_come_from_the_others() {
        let mut context = context();
        let mut live = |create_time, finish_time, last_update_time| {
            let row = PhpRoom {
                create_time,
                finish_time,
                last_update_time,
                ..row(10001, "anna")
            };
            let live = taken(row, &mut context).expect("taken").live;
            (live.opened_at.as_secs(), live.last_seen_at.as_secs())
        };
        assert_eq!(live(100, 300, 400), (100, 400), "the larger one is the end");
        assert_eq!(live(0, 300, 200), (200, 300));
        assert_eq!(live(100, 0, 0), (100, 100), "it never had a sign of life");
        assert_eq!(
            live(500, 300, 0),
            (500, 500),
            "no live ends before it begins"
        );
        assert_eq!(live(0, 0, 0), (NOW, NOW));
    }

    #[test]
    fn a_room_that_was_never_described_was_never_on_air() {
        let mut context = context();
        let bare = PhpRoom {
            title: None,
            ..row(10001, "anna")
        };
        assert_eq!(taken(bare, &mut context).expect("taken").live.info, None);
        let odd = PhpRoom {
            cover: Some(String::new()),
            title: None,
            device: 9,
            ..row(10001, "anna")
        };
        let info = taken(odd, &mut context).expect("taken").live.info;
        assert_eq!(info.expect("described").device, Device::Ios);
    }

    #[test]
    fn streams_are_kept_where_their_names_are_not_the_computed_ones() {
        let mut context = context();
        let mut streams = |main: &str, aux: &str| {
            let row = PhpRoom {
                main_md5: Some(main.to_owned()),
                aux_md5: Some(aux.to_owned()),
                ..row(10001, "anna")
            };
            taken(row, &mut context).expect("taken").streams
        };
        let (room, anna) = (RoomNum::new(10001), Uid::parse("anna"));
        let (room, anna) = room.zip(anna).expect("valid");
        let computed = StreamName::of_host(room, &anna, VideoType::Camera);
        assert_eq!(streams(computed.as_str(), ""), []);
        assert_eq!(streams(&computed.as_str().to_uppercase(), "x"), []);
        // As `echo 10001_anna_main | md5sum` names it.
        let with_newline = "2A9C6D5B8F2F4E63A3A1B36C5BDD7C01";
        let kept = streams(with_newline, "");
        let names: Vec<_> = kept.iter().map(StreamName::as_str).collect();
        assert_eq!(names, [with_newline.to_lowercase()]);
    }

    #[test]
    fn the_live_of_the_rooms_own_host_is_on_air() {
        let mut context = context();
        let mut lives = OnAir::new(vec![on_air(10001, "otto"), on_air(10001, "anna")]);
        let taken = room(row(10001, "anna"), &hosts(), &mut lives, &mut context);
        let live = taken.expect("taken").live;
        assert!(live.is_on_air);
        assert_eq!(live.likes, 12);
        assert_eq!(live.last_seen_at.as_secs(), NOW - 5);
        let info = live.info.expect("described");
        assert_eq!((info.title.as_str(), info.device.number()), ("Now", 1));
        assert_eq!(info.video, VideoType::Screen);
        assert_eq!(info.app, AppId::new(1_400_000_000));
        // Otto only claimed to be live in Anna's room.
        lives.report_rest(&mut context);
        assert_eq!(found(&mut context), [What::NotTheirRoom]);
    }

    #[test]
    fn figures_out_of_range_are_read_as_none() {
        let mut context = context();
        let live = PhpLive {
            device: 3,
            video_type: -1,
            admire_count: -4,
            appid: 0,
            title: None,
            cover: None,
            room_type: None,
            ..on_air(10001, "anna")
        };
        let mut lives = OnAir::new(vec![live]);
        let taken = room(row(10001, "anna"), &hosts(), &mut lives, &mut context);
        let live = taken.expect("taken").live;
        let info = live.info.expect("described");
        let figures = (info.device, info.video, info.app, live.likes);
        assert_eq!(figures, (Device::Ios, VideoType::Camera, None, 0));
        assert_eq!((info.title, info.cover, info.kind), Default::default());
    }
}
