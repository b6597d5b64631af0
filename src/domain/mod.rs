//! The domain: what rooms, lives and recordings are, as plain values and pure transitions.
//!
//! Transitions get `now` as an argument. Nothing here is async, reads a clock, serialises, or does IO.
//! Start with [`room::Room`].

mod cloud_dismissal;
mod cloud_event;
mod effect;
mod file_report;
mod ids;
mod inbox_state;
mod letters;
mod live;
mod live_info;
mod own_event;
mod position;
mod privileges;
mod profile;
mod recorded_file;
mod recording;
mod refusal;
mod retention;
mod role;
mod room;
mod rules;
mod server_key;
mod stream;
#[cfg(test)]
mod tests;
mod time;

pub use cloud_dismissal::{CloudDismissal, OpenLive};
pub use cloud_event::{CloudEvent, EventKind, MatchedRoom, Place, RoomUpdate, Sender};
pub use effect::{Effect, StreamChange, StreamNews, WaitingEvent};
pub use file_report::FileReport;
pub use ids::{AppId, LiveId, RoomNum, Uid};
pub use inbox_state::InboxState;
pub use letters::is_hidden;
pub use live::{EndReason, Likes, Live, LiveEnd, LiveSummary, Progress, RoomStats};
pub use live_info::{Device, LiveInfo, VideoType};
pub use own_event::OwnEvent;
pub use position::{Incarnation, NotAPosition, OwnPosition, Position, Why};
pub use privileges::Privileges;
pub use profile::{Metadata, Profile, ProfileChange, Revision};
pub use recorded_file::{FileOutcome, LiveDescription, RecordedFile, RecordedRoom, SenderReport};
pub use recording::{Announcement, Recording, RecordingFilter, RecordingPlace};
pub use refusal::{Budget, Feature, ImTrouble, Refusal, Spent};
pub use retention::{Retention, RetentionLimits};
pub use role::{Role, RoleClaim};
pub use room::{
    Batch, ByUid, Change, Crowd, Dismissal, LeaveReason, MemberPlace, MemberRow, MicOffReason,
    Numbered, Room, RoomEvent, RoomEventKind, Seat, Sweep, Tick, Told,
};
pub use rules::{MicPolicy, Rules};
pub use server_key::KeyRight;
pub use stream::{Broadcast, Push, Signal, StreamName, StreamShown};
pub use time::{Moment, UnixTime};
