//! A recorded file: the combined reports of all senders, and the recording that they make.

use super::{Announcement, FileReport, InboxState, Place, Recording, RoomNum, Sender, UnixTime};

/// The senders, in the order in which their reports about a file take precedence.
const PRECEDENCE: [Sender; 4] = [Sender::Live, Sender::Trtc, Sender::Im, Sender::Vod];

/// The report of one sender about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderReport {
    /// The sender.
    pub sender: Sender,
    /// The room that the sender named with it.
    pub place: Place,
    /// The report.
    pub report: FileReport,
    /// When it arrived.
    pub received_at: UnixTime,
}

/// A file as it is known from all its reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFile {
    is_deleted: bool,
    places: Vec<Place>,
    /// The most trusted report, completed by the others.
    report: FileReport,
    /// When the first report arrived.
    heard_at: UnixTime,
}

/// The recorded state of the room in which a file was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRoom {
    /// Its number.
    pub number: RoomNum,
    /// Id of the user who created it.
    pub host: String,
    /// The live that ran at the [middle](RecordedFile::middle) of the file.
    pub live: LiveDescription,
    /// The latest announcement that was made before the [end](RecordedFile::end) of the file.
    pub announcement: Option<Announcement>,
}

/// A host's description of a live; empty if the host gave none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveDescription {
    /// Title, perhaps empty.
    pub title: String,
    /// Address of the cover picture, perhaps empty.
    pub cover: String,
}

/// The result for a file in the list of recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOutcome {
    /// It was deleted, so it is not listed, even if later reports arrive.
    Deleted,
    /// No report names a room that exists.
    Unmatched,
    /// No report has a URL to play yet.
    Unplayable,
    /// It is a recording of that room.
    Listed(RoomNum, Recording),
}

impl FileOutcome {
    /// The state of the events that reported the file.
    pub fn state(&self) -> InboxState {
        match self {
            Self::Deleted | Self::Listed(..) => InboxState::Done,
            Self::Unmatched => InboxState::Unmatched,
            Self::Unplayable => InboxState::Unplayable,
        }
    }
}

impl RecordedFile {
    /// The file with these reports, each from a different sender. A file without reports has no place,
    /// so it belongs to no room.
    pub fn new(mut reports: Vec<SenderReport>, is_deleted: bool) -> Self {
        reports.sort_by_key(|told| PRECEDENCE.iter().position(|sender| *sender == told.sender));
        let first = reports.iter().map(|told| told.received_at).min();
        let heard_at = first.unwrap_or(UnixTime::from_secs(0));
        let places = reports.iter().map(|told| told.place.clone()).collect();
        let told = reports.into_iter().map(|told| told.report);
        let mut report = told.reduce(FileReport::completed_by).unwrap_or_default();
        // A file is reported soon after it was made.
        report.made_at = report.made_at.or(Some(heard_at));
        Self {
            is_deleted,
            places,
            report,
            heard_at,
        }
    }

    /// The places that its reports name, the most trusted first. The file belongs to the first of them
    /// that is a room here.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The middle of the recording. The recorded live is the one that ran then.
    pub fn middle(&self) -> UnixTime {
        self.report.middle().unwrap_or(self.heard_at)
    }

    /// When recording ended, which counts as the time at which the recording was made. An announcement
    /// counts if it was made before.
    pub fn end(&self) -> UnixTime {
        self.report.end().unwrap_or(self.heard_at)
    }

    /// The result for the file. `room` is the recorded state of its room; `None` if no room is known.
    pub fn outcome(self, room: Option<RecordedRoom>) -> FileOutcome {
        if self.is_deleted {
            return FileOutcome::Deleted;
        }
        let Some(room) = room else {
            return FileOutcome::Unmatched;
        };
        if self.report.url.is_empty() {
            return FileOutcome::Unplayable;
        }
        FileOutcome::Listed(room.number, self.recording(room))
    }

    fn recording(self, room: RecordedRoom) -> Recording {
        let (created_at, duration_s) = (self.end(), self.report.length_s());
        let LiveDescription { title, cover } = room.live;
        let (name, kind, announced_cover) = match room.announcement {
            Some(announced) => (announced.name, Some(announced.kind), announced.cover),
            None => (title.clone(), None, String::new()),
        };
        let report = self.report;
        Recording {
            uid: room.host,
            name,
            title,
            cover: first_given([announced_cover, cover, report.cover]),
            kind,
            video_id: first_given([report.video_id, report.file_id]),
            play_url: report.url,
            created_at,
            file_bytes: report.file_bytes.unwrap_or(0),
            duration_s,
        }
    }
}

/// The first text that is not empty.
fn first_given<const N: usize>(texts: [String; N]) -> String {
    let mut given = texts.into_iter().filter(|text| !text.is_empty());
    given.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_secs(secs)
    }

    fn number(number: i64) -> RoomNum {
        RoomNum::new(number).expect("valid")
    }

    /// A report that arrived at second 500 and names a room.
    fn report(sender: Sender, room: i64, report: FileReport) -> SenderReport {
        SenderReport {
            sender,
            place: Place {
                room: Some(number(room)),
                ..Place::default()
            },
            report: FileReport {
                file_id: "f-1".to_owned(),
                ..report
            },
            received_at: at(500),
        }
    }

    fn playable(url: &str) -> FileReport {
        FileReport {
            url: url.to_owned(),
            ..FileReport::default()
        }
    }

    fn room() -> RecordedRoom {
        RecordedRoom {
            number: number(10001),
            host: "anna".to_owned(),
            live: LiveDescription {
                title: "Cooking".to_owned(),
                cover: "http://live/cover".to_owned(),
            },
            announcement: None,
        }
    }

    fn announced(cover: &str) -> Option<Announcement> {
        Some(Announcement {
            number: number(10001),
            uid: "anna".to_owned(),
            name: "Soup".to_owned(),
            kind: 0,
            cover: cover.to_owned(),
        })
    }

    fn recording(reports: Vec<SenderReport>, room: RecordedRoom) -> Recording {
        match RecordedFile::new(reports, false).outcome(Some(room)) {
            FileOutcome::Listed(number, recording) => {
                assert_eq!(number.get(), 10001);
                recording
            }
            other => panic!("not listed: {other:?}"),
        }
    }

    #[test]
    fn live_streaming_is_believed_before_all_others_whoever_told_first() {
        let vod = report(Sender::Vod, 10004, playable("http://vod"));
        let im = report(Sender::Im, 10003, playable("http://im"));
        let trtc = report(Sender::Trtc, 10002, playable("http://trtc"));
        let live = report(Sender::Live, 10001, playable("http://live"));
        let mut reports = vec![vod, im, trtc, live];
        for (url, first) in [
            ("http://live", 10001),
            ("http://trtc", 10002),
            ("http://im", 10003),
            ("http://vod", 10004),
        ] {
            let file = RecordedFile::new(reports.clone(), false);
            assert_eq!(file.places()[0].room, Some(number(first)));
            assert_eq!(recording(reports.clone(), room()).play_url, url);
            reports.pop();
        }
    }

    #[test]
    fn a_recording_that_nobody_announced_has_the_title_of_its_live_and_no_kind() {
        let told = FileReport {
            started_at: Some(at(100)),
            ended_at: Some(at(160)),
            file_bytes: Some(77),
            cover: "http://file/cover".to_owned(),
            ..playable("http://play")
        };
        let recording = recording(vec![report(Sender::Live, 10001, told)], room());
        let built = Recording {
            uid: "anna".to_owned(),
            name: "Cooking".to_owned(),
            title: "Cooking".to_owned(),
            cover: "http://live/cover".to_owned(),
            kind: None,
            video_id: "f-1".to_owned(),
            play_url: "http://play".to_owned(),
            created_at: at(160),
            file_bytes: 77,
            duration_s: 60,
        };
        assert_eq!(recording, built);
    }

    #[test]
    fn an_announcement_gives_the_name_and_the_kind_and_its_cover_wins() {
        let told = || {
            let told = FileReport {
                cover: "http://file/cover".to_owned(),
                video_id: "v-1".to_owned(),
                ..playable("http://play")
            };
            vec![report(Sender::Live, 10001, told)]
        };
        let of_room = |announcement, live_cover: &str| {
            let mut room = room();
            room.live.cover = live_cover.to_owned();
            recording(
                told(),
                RecordedRoom {
                    announcement,
                    ..room
                },
            )
        };
        let soup = of_room(announced("http://announced"), "http://live/cover");
        assert_eq!((&*soup.name, soup.kind), ("Soup", Some(0)));
        assert_eq!((&*soup.title, &*soup.video_id), ("Cooking", "v-1"));
        assert_eq!(soup.cover, "http://announced");
        let bare = of_room(announced(""), "http://live/cover");
        assert_eq!(bare.cover, "http://live/cover");
        assert_eq!(of_room(announced(""), "").cover, "http://file/cover");
    }

    #[test]
    fn a_file_that_says_no_time_was_made_when_it_was_first_told_of() {
        let mut late = report(Sender::Live, 10001, playable("http://play"));
        late.received_at = at(900);
        let early = report(Sender::Vod, 10001, playable(""));
        let file = RecordedFile::new(vec![late, early], false);
        assert_eq!((file.middle(), file.end()), (at(500), at(500)));
        let length = FileReport {
            duration_s: Some(100),
            ..playable("http://play")
        };
        let file = RecordedFile::new(vec![report(Sender::Vod, 10001, length)], false);
        assert_eq!((file.middle(), file.end()), (at(450), at(500)));
    }

    #[test]
    fn what_is_deleted_has_no_room_or_can_not_be_played_is_not_listed() {
        let outcome = |url: &str, is_deleted, room| {
            let reports = vec![report(Sender::Live, 10001, playable(url))];
            RecordedFile::new(reports, is_deleted).outcome(room)
        };
        let deleted = outcome("http://play", true, Some(room()));
        assert_eq!(deleted, FileOutcome::Deleted);
        assert_eq!(deleted.state(), InboxState::Done);
        let elsewhere = outcome("http://play", false, None);
        assert_eq!(elsewhere, FileOutcome::Unmatched);
        assert_eq!(elsewhere.state(), InboxState::Unmatched);
        let unplayable = outcome("", false, Some(room()));
        assert_eq!(unplayable, FileOutcome::Unplayable);
        assert_eq!(unplayable.state(), InboxState::Unplayable);
        let listed = outcome("http://play", false, Some(room()));
        assert_eq!(listed.state(), InboxState::Done);
        let unreported = RecordedFile::new(Vec::new(), false);
        assert!(unreported.places().is_empty());
        assert_eq!(unreported.outcome(None), FileOutcome::Unmatched);
    }
}
