//! `zaibo inbox`: lists and shows the events of the video cloud, and replays one.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use chrono::DateTime;

use super::args::{InboxAction, InboxArgs};
use super::terminal::{print, table, visible};
use crate::clock::Clock;
use crate::database_url::DatabaseUrl;
use crate::domain::{InboxState, RoomNum};
use crate::error::{Error, Fault};
use crate::http::callbacks;
use crate::store::{InboxEntry, InboxFilter, InboxView};

/// How often, and at which interval, a replay checks whether a running server has settled the
/// event.
const LOOKS: u32 = 100;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Runs the command on a database.
///
/// # Errors
/// The reason, for the operator.
pub fn run(args: &InboxArgs, url: &DatabaseUrl) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    let done = InboxView::open(url)
        .map_err(Error::from)
        .and_then(|mut inbox| match &args.action {
            None => list(&mut inbox, args, &mut out),
            Some(InboxAction::Show { id }) => show(&mut inbox, *id, &mut out),
            Some(InboxAction::Replay { id, room }) => replay(&mut inbox, *id, *room, &mut out),
        });
    done.map_err(|error| error.into_fault("reading the inbox"))
}

fn list(inbox: &mut InboxView, args: &InboxArgs, out: &mut impl Write) -> Result<(), Error> {
    let filter = InboxFilter {
        state: args.state,
        sender: args.sender,
    };
    let counts = inbox.counts()?;
    let events = inbox.newest(filter, args.limit)?;
    let count =
        |(sender, state, count): &(String, String, i64)| format!("{sender} {state} {count}");
    let counts: Vec<_> = counts.iter().map(count).collect();
    let summary = match counts.len() {
        0 => "the inbox is empty".to_owned(),
        _ => counts.join(", "),
    };
    print(out, format_args!("{summary}"))?;
    if counts.is_empty() {
        return Ok(());
    }
    print(out, format_args!(""))?;
    if events.is_empty() {
        return print(out, format_args!("no event is like that"));
    }
    let heads = [
        "id",
        "received (UTC)",
        "sender",
        "event",
        "state",
        "room",
        "about",
    ];
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(events.iter().map(row));
    table(&rows, out)
}

fn row(event: &InboxEntry) -> [String; 7] {
    [
        event.id.to_string(),
        calendar(event.received_at),
        event.sender.clone(),
        event.event.clone(),
        event.state.clone(),
        event
            .roomnum
            .map(|room| room.to_string())
            .unwrap_or_default(),
        about(event),
    ]
    .map(|cell| visible(&cell))
}

fn show(inbox: &mut InboxView, id: i64, out: &mut impl Write) -> Result<(), Error> {
    let event = inbox.entry(id)?.ok_or_else(|| no_such_event(id))?;
    let happened = event.happened_at.map(calendar);
    for (name, value) in [
        ("sender", Some(event.sender.clone())),
        ("event", Some(event.event.clone())),
        ("means", Some(event.fact.clone())),
        ("state", Some(event.state.clone())),
        ("room", event.roomnum.map(|room| room.to_string())),
        ("stream", event.stream.clone()),
        ("file", event.file_id.clone()),
        ("happened", happened),
        ("received", Some(calendar(event.received_at))),
    ] {
        if let Some(value) = value {
            print(out, format_args!("{name:9} {}", visible(&value)))?;
        }
    }
    print(out, format_args!(""))?;
    for line in callbacks::for_people(&event.body).lines() {
        print(out, format_args!("{}", visible(line)))?;
    }
    Ok(())
}

fn replay(
    inbox: &mut InboxView,
    id: i64,
    room: Option<u32>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let room = match room {
        None => None,
        Some(number) => Some(RoomNum::new(number.into()).ok_or_else(|| {
            Fault::new(
                "replaying an event",
                format!("no room can have the number {number}"),
            )
        })?),
    };
    let before = inbox.entry(id)?.ok_or_else(|| no_such_event(id))?;
    if !inbox.make_due(id, room)? {
        return print(
            out,
            format_args!(
                "event {id} is {}: there is nothing to try again",
                before.state
            ),
        );
    }
    if !inbox.settle_without_server(Clock::system())? {
        for _ in 0..LOOKS {
            let now = inbox.entry(id)?;
            if now.is_some_and(|event| event.state != InboxState::Due.as_str()) {
                break;
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }
    let after = inbox.entry(id)?.ok_or_else(|| no_such_event(id))?;
    let room = after.roomnum.map(|room| format!(" (room {room})"));
    let hint = if after.state == InboxState::Unmatched.as_str() {
        ": no room it names exists; --room NUMBER says which one it belongs to"
    } else {
        ""
    };
    print(
        out,
        format_args!(
            "event {id} is {}{}{hint}",
            after.state,
            room.unwrap_or_default()
        ),
    )
}

fn no_such_event(id: i64) -> Fault {
    Fault::new("reading the inbox", format!("there is no event {id}"))
}

fn about(event: &InboxEntry) -> String {
    let file = event.file_id.as_ref().map(|file| format!("file {file}"));
    let stream = event
        .stream
        .as_ref()
        .map(|stream| format!("stream {stream}"));
    file.or(stream).unwrap_or_default()
}

fn calendar(secs: i64) -> String {
    let time = DateTime::from_timestamp(secs, 0);
    time.map_or_else(|| secs.to_string(), |time| time.format("%F %T").to_string())
}
