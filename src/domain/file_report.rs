//! Reports of a recorded file by senders in the cloud, and how several are combined.

use super::UnixTime;

/// The report of one sender about a recorded file. Fields that the sender did not give are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// The cloud's id of the file.
    pub file_id: String,
    /// The older id of the video, which the clients of 2016 got.
    pub video_id: String,
    /// The URL at which it is played.
    pub url: String,
    /// The URL of a picture of it.
    pub cover: String,
    /// When recording began.
    pub started_at: Option<UnixTime>,
    /// When recording ended.
    pub ended_at: Option<UnixTime>,
    /// When the file was made; used if no better time is known.
    pub made_at: Option<UnixTime>,
    /// Length in seconds.
    pub duration_s: Option<i64>,
    /// Size in bytes.
    pub file_bytes: Option<i64>,
}

impl FileReport {
    /// This report, with its missing fields taken from one that is trusted less.
    #[must_use]
    pub fn completed_by(self, other: Self) -> Self {
        let text = |one: String, two: String| if one.is_empty() { two } else { one };
        Self {
            file_id: self.file_id,
            video_id: text(self.video_id, other.video_id),
            url: text(self.url, other.url),
            cover: text(self.cover, other.cover),
            started_at: self.started_at.or(other.started_at),
            ended_at: self.ended_at.or(other.ended_at),
            made_at: self.made_at.or(other.made_at),
            duration_s: self.duration_s.or(other.duration_s),
            file_bytes: self.file_bytes.or(other.file_bytes),
        }
    }

    /// Whether this report replaces an earlier one of the same sender: it has a URL to play, and the
    /// earlier one has none.
    pub fn improves_on(&self, before: &Self) -> bool {
        before.url.is_empty() && !self.url.is_empty()
    }

    /// Limits every time to `latest`, the latest time that is possible.
    pub(super) fn clamp(&mut self, latest: UnixTime) {
        for time in [&mut self.started_at, &mut self.ended_at, &mut self.made_at] {
            *time = time.map(|time| time.min(latest));
        }
    }

    /// When recording ended, as exactly as the fields say. A file is made soon after that.
    pub fn end(&self) -> Option<UnixTime> {
        let from_start = || {
            let (start, length) = (self.started_at?, self.duration_s?);
            Some(UnixTime::from_secs(start.as_secs().saturating_add(length)))
        };
        self.ended_at
            .or_else(from_start)
            .or(self.made_at)
            .or(self.started_at)
    }

    /// Length in seconds, from the fields that are given; 0 if it is not known.
    pub fn length_s(&self) -> i64 {
        let span = self.started_at.zip(self.ended_at);
        let of_span = || span.map(|(start, end)| (end.as_secs() - start.as_secs()).max(0));
        self.duration_s.or_else(of_span).unwrap_or(0)
    }

    /// The middle of the recording. A file begins and ends some seconds before or after its live, and a
    /// host may soon go live again, but the middle is always within the right live.
    pub fn middle(&self) -> Option<UnixTime> {
        let half = self.length_s() / 2;
        let before = |end: UnixTime| end.as_secs().saturating_sub(half);
        let from_start = self
            .started_at
            .map(|start| start.as_secs().saturating_add(half));
        let from_end = self.ended_at.map(before);
        let from_file = self.made_at.map(before);
        let middle = from_end.or(from_start).or(from_file);
        middle.map(UnixTime::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_keeps_what_it_says_and_takes_the_rest_from_the_other() {
        let live = FileReport {
            file_id: "f".to_owned(),
            url: "http://live".to_owned(),
            duration_s: Some(60),
            ..FileReport::default()
        };
        let vod = FileReport {
            file_id: "f".to_owned(),
            url: "http://vod".to_owned(),
            cover: "http://cover".to_owned(),
            ..FileReport::default()
        };
        let both = live.completed_by(vod);
        assert_eq!(both.url, "http://live");
        assert_eq!(both.cover, "http://cover");
        assert_eq!(both.duration_s, Some(60));
    }

    #[test]
    fn the_middle_of_a_recording_is_found_from_whatever_is_said() {
        let at = |secs| Some(UnixTime::from_secs(secs));
        let report = FileReport {
            started_at: at(90),
            ended_at: at(200),
            duration_s: Some(100),
            ..FileReport::default()
        };
        assert_eq!(report.middle(), at(150));
        let unended = FileReport {
            ended_at: None,
            ..report.clone()
        };
        assert_eq!(unended.middle(), at(140));
        let made = FileReport {
            made_at: at(7),
            ..FileReport::default()
        };
        assert_eq!((made.middle(), made.end()), (at(7), at(7)));
        let made_later = FileReport {
            made_at: at(200),
            duration_s: Some(100),
            ..FileReport::default()
        };
        assert_eq!(made_later.middle(), at(150), "a file is made at the end");
        let started = FileReport {
            started_at: at(100),
            ..made_later.clone()
        };
        assert_eq!(started.end(), at(200));
        assert_eq!(FileReport::default().middle(), None);
    }
}
