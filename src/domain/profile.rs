//! The profile of a live: what its host announces, what their app keeps with it, and how often that changed.

use std::sync::Arc;

use super::{AppId, Device, Incarnation, LiveInfo, Refusal, UnixTime, VideoType};

/// What a host says of a live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The announcement. Until the host goes live, it is what they prepared.
    pub info: LiveInfo,
    /// What the host's app keeps with the live.
    pub metadata: Metadata,
    /// Rises with each change, and when the host goes live.
    pub version: u32,
    /// When the host went live; `None` until then.
    pub live_at: Option<UnixTime>,
}

/// A JSON object as text, for the host's app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata(Arc<str>);

/// What a host changes in a profile. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The title.
    pub title: Option<String>,
    /// The address of the cover picture.
    pub cover: Option<String>,
    /// The room type.
    pub kind: Option<String>,
    /// The app, or that there is none.
    pub app: Option<Option<AppId>>,
    /// The device.
    pub device: Option<Device>,
    /// The picture.
    pub video: Option<VideoType>,
    /// What the app keeps.
    pub metadata: Option<Metadata>,
}

/// A state of a profile, as a client has seen it: changes can be made for this one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The count of the room's events in which it was seen.
    pub incarnation: Incarnation,
    /// The version.
    pub version: u32,
}

impl Metadata {
    /// The longest text, in bytes.
    pub const MAX_BYTES: usize = 4096;
    /// How deep objects and lists may be nested, the outermost one included.
    pub const MAX_DEPTH: usize = 4;

    /// The text of an object. `None` if it is too long. That it is one is the caller's knowledge.
    pub fn new(json: &str) -> Option<Self> {
        (json.len() <= Self::MAX_BYTES).then(|| Self(json.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self("{}".into())
    }
}

/// The profile of a live of which nothing was said yet.
impl Default for Profile {
    fn default() -> Self {
        Self {
            info: LiveInfo::default(),
            metadata: Metadata::default(),
            version: 1,
            live_at: None,
        }
    }
}

impl Profile {
    /// The announcement, once the host has gone live.
    pub fn announced(&self) -> Option<&LiveInfo> {
        self.live_at.map(|_| &self.info)
    }

    /// The profile after a change.
    #[must_use]
    pub fn changed(&self, change: ProfileChange) -> Self {
        let before = self.info.clone();
        self.followed_by(Self {
            info: LiveInfo {
                title: change.title.unwrap_or(before.title),
                cover: change.cover.unwrap_or(before.cover),
                kind: change.kind.unwrap_or(before.kind),
                app: change.app.unwrap_or(before.app),
                device: change.device.unwrap_or(before.device),
                video: change.video.unwrap_or(before.video),
            },
            metadata: change.metadata.unwrap_or_else(|| self.metadata.clone()),
            ..*self
        })
    }

    /// The profile after its host goes live with a change, or reports it again.
    ///
    /// # Errors
    /// [`Refusal::TitleMissing`] if a host who goes live has never given a title.
    pub fn on_air(&self, change: ProfileChange, now: UnixTime) -> Result<Self, Refusal> {
        let is_first = self.live_at.is_none();
        if is_first && change.title.is_none() && self.info.title.is_empty() {
            return Err(Refusal::TitleMissing);
        }
        let live_at = self.live_at.or(Some(now));
        let changed = self.changed(change);
        Ok(self.followed_by(Self { live_at, ..changed }))
    }

    /// Gives the profile that follows this one its version.
    fn followed_by(&self, mut next: Self) -> Self {
        next.version = self.version;
        if next != *self {
            next.version = self.version.saturating_add(1);
        }
        next
    }
}

/// All that old clients say of a live at once.
impl From<LiveInfo> for ProfileChange {
    fn from(info: LiveInfo) -> Self {
        Self {
            title: Some(info.title),
            cover: Some(info.cover),
            kind: Some(info.kind),
            app: Some(info.app),
            device: Some(info.device),
            video: Some(info.video),
            metadata: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    fn titled(title: &str) -> ProfileChange {
        ProfileChange {
            title: Some(title.to_owned()),
            ..ProfileChange::default()
        }
    }

    #[test]
    fn the_version_rises_with_what_changes_and_with_nothing_else() {
        let new = Profile::default();
        assert_eq!(new.changed(ProfileChange::default()), new);
        let titled_once = new.changed(titled("One"));
        assert_eq!(titled_once.version, 2);
        assert_eq!(titled_once.changed(titled("One")), titled_once);
        let live = titled_once.on_air(ProfileChange::default(), NOW);
        let live = live.expect("it has a title");
        assert_eq!((live.version, live.live_at), (3, Some(NOW)));
        let later = UnixTime::from_secs(NOW.as_secs() + 60);
        assert_eq!(live.on_air(titled("One"), later), Ok(live.clone()));
        let both = ProfileChange {
            metadata: Metadata::new(r#"{"a":1}"#),
            ..titled("Two")
        };
        let changed = live.on_air(both, later).expect("a title");
        assert_eq!((changed.version, changed.live_at), (4, Some(NOW)));
        assert_eq!(changed.metadata.as_str(), r#"{"a":1}"#);
    }

    #[test]
    fn what_was_prepared_is_announced_unless_the_host_says_otherwise() {
        let prepared = Profile::default().changed(ProfileChange {
            cover: Some("c".to_owned()),
            app: Some(AppId::new(7)),
            ..titled("Prepared")
        });
        assert_eq!(prepared.announced(), None);
        let live = prepared.on_air(titled("Live"), NOW).expect("a title");
        let info = live.announced().expect("live");
        assert_eq!((info.title.as_str(), info.cover.as_str()), ("Live", "c"));
        assert_eq!((info.app, info.kind.as_str()), (AppId::new(7), "live"));
    }

    #[test]
    fn nobody_goes_live_without_a_title_but_it_may_be_empty() {
        let refused = Profile::default().on_air(ProfileChange::default(), NOW);
        assert_eq!(refused, Err(Refusal::TitleMissing));
        let live = Profile::default().on_air(titled(""), NOW).expect("said");
        assert!(live.on_air(ProfileChange::default(), NOW).is_ok());
    }

    #[test]
    fn metadata_has_a_limit() {
        assert_eq!(Metadata::default().as_str(), "{}");
        assert!(Metadata::new(&"x".repeat(4096)).is_some());
        assert!(Metadata::new(&"x".repeat(4097)).is_none());
    }
}
