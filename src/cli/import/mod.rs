//! `zaibo import`: takes over accounts, rooms and recordings from the database of the PHP server; or all
//! of a database of zaibo itself ([`transfer`]).
//!
//! Each row is decided by itself, and what is here already stays. So an import may be stopped anywhere
//! and run again, and a later one takes the difference.

mod accounts;
mod context;
mod findings;
mod hashing;
mod mojibake;
mod password;
mod progress;
mod recordings;
mod report;
mod rooms;
mod transfer;

use std::collections::HashSet;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use crate::cli::ImportArgs;
use crate::cli::terminal::print;
use crate::clock::Clock;
use crate::database_url::{DatabaseUrl, MySqlAddress};
use crate::domain::{RoomNum, Uid};
use crate::error::{Error, Fault};
use crate::settings::Settings;
use crate::store::{
    Imported, ImportedAccount, ImportedRecording, ImportedRoom, PIECE, PhpDatabase, Store, Table,
};
use accounts::{Account, account};
use context::Context;
use findings::What;
use hashing::Hasher;
use progress::Progress;
use recordings::{Addresses, recording};
use report::{Report, Thing};
use rooms::{ON_AIR_S, OnAir, room};

/// Numbers that are left free behind the last one of the PHP server, for rooms that it creates while
/// it still runs.
const FREE_NUMBERS: i64 = 1000;

/// How often, and at which interval, a write is tried while the database is slow or away.
const TRIES: u32 = 60;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Runs the command.
///
/// # Errors
/// The reason, for the operator. What was committed until then stays, and the next run goes on.
pub fn run(args: &ImportArgs, settings: &Settings) -> Result<(), Fault> {
    let clock = Clock::system();
    let refused = |why: String| Fault::new("reading the options", why);
    let from = match args.from.as_str() {
        "-" => {
            let line = io::stdin().lines().next().transpose();
            let line = line.map_err(|cause| Fault::new("reading standard input", cause))?;
            line.unwrap_or_default()
        }
        url => url.to_owned(),
    };
    let from = DatabaseUrl::parse(from.trim()).map_err(|why| refused(format!("--from: {why}")))?;
    let opening = settings.store.opening().map_err(refused)?;
    let address = match from {
        DatabaseUrl::MySql(address) => address,
        DatabaseUrl::Sqlite(path) => {
            let to = transfer::target(args, opening.url).map_err(refused)?;
            let moved = transfer::run(&path, &to, clock, &mut io::stdout().lock());
            return moved.map_err(|error| error.into_fault("moving the database"));
        }
    };
    let costs = match args.hash_memory_kib {
        Some(memory) => settings.accounts.with_hash_memory(memory),
        None => Ok(settings.accounts.clone()),
    };
    let hasher = Hasher::new(&costs.map_err(refused)?, clock)?;
    let source = PhpDatabase::open(&address)?;
    let report = Report::new(args.report.as_deref())?;
    let now = clock.unix();
    let context = Context {
        schema: source.schema().clone(),
        now,
        blanks: args.blanks,
        repair: !args.no_repair,
        keep_tokens: args.keep_tokens,
        findings: Vec::new(),
    };
    let target = if args.dry_run {
        None
    } else {
        Some(Store::open(&opening, clock)?)
    };
    let mut import = Import {
        source,
        target,
        context,
        hasher,
        progress: Progress::new(clock),
        report,
        hosts: HashSet::new(),
        addresses: Addresses::new(),
    };
    import
        .all(&address)
        .map_err(|error| error.into_fault("importing"))
}

/// A running import.
struct Import {
    source: PhpDatabase,
    /// `None` if nothing is to be written.
    target: Option<Store>,
    context: Context,
    hasher: Hasher,
    progress: Progress,
    report: Report,
    /// The users that have an account.
    hosts: HashSet<Uid>,
    /// The addresses of the recordings.
    addresses: Addresses,
}

impl Import {
    fn all(&mut self, from: &MySqlAddress) -> Result<(), Error> {
        self.accounts()?;
        self.rooms()?;
        self.recordings(Table::Videos)?;
        self.recordings(Table::EarlyVideos)?;
        let next = self.reserve_numbers()?;
        self.summarize(from, next, &mut io::stdout().lock())
    }

    fn accounts(&mut self) -> Result<(), Error> {
        let shared = match self.context.keep_tokens {
            true => self.source.shared_tokens()?,
            false => HashSet::new(),
        };
        let rows = self.source.count(Table::Accounts)?;
        self.progress.begin("accounts", rows);
        let mut last: Option<String> = None;
        loop {
            let page = self.source.accounts(last.as_deref(), PIECE)?;
            let read = page.len();
            let Some(end) = page.last() else { break };
            last = Some(end.uid.clone());
            self.report.count(Thing::Accounts).read += read;
            let rows = page.into_iter();
            let taken = rows
                .filter_map(|row| account(row, &mut self.hosts, &shared, &mut self.context))
                .collect();
            self.report.add(&mut self.context.findings)?;
            self.keep_accounts(taken)?;
            self.progress.advance(read);
        }
        self.progress.end();
        Ok(())
    }

    fn keep_accounts(&mut self, accounts: Vec<Account>) -> Result<(), Error> {
        let sessions: Vec<_> = accounts.iter().filter_map(|a| a.session.clone()).collect();
        let Some(store) = &self.target else {
            self.report.count(Thing::Accounts).new += accounts.len();
            if self.context.keep_tokens {
                let count = self.report.count(Thing::Sessions);
                count.read += sessions.len();
                count.new += sessions.len();
            }
            return Ok(());
        };
        let users: Vec<Uid> = accounts.iter().map(|account| account.uid.clone()).collect();
        let known = patiently(|| store.known_accounts(users.clone()))?;
        // Hashing is what takes long, so it is done for new accounts only.
        let is_new = |account: &Account| !known.contains(account.uid.as_str());
        let (new, old): (Vec<_>, Vec<_>) = accounts.into_iter().partition(is_new);
        let count = self.report.count(Thing::Accounts);
        count.new += new.len();
        count.known += old.len();
        let (kept, passwords): (Vec<_>, Vec<_>) = new
            .into_iter()
            .map(|account| ((account.uid, account.created_at), account.password))
            .unzip();
        let hashes = self.hasher.hash(&passwords)?;
        let rows: Vec<_> = kept
            .into_iter()
            .zip(hashes)
            .map(|((uid, created_at), password_hash)| ImportedAccount {
                uid,
                password_hash,
                created_at,
            })
            .collect();
        if !rows.is_empty() {
            patiently(|| store.import_accounts(rows.clone()))?;
        }
        if self.context.keep_tokens {
            let import = || store.import_sessions(users.clone(), sessions.clone());
            let new = patiently(import)?;
            let count = self.report.count(Thing::Sessions);
            count.read += sessions.len();
            count.new += new;
            count.known += sessions.len() - new;
        }
        Ok(())
    }

    fn rooms(&mut self) -> Result<(), Error> {
        let since = self.context.now.as_secs() - ON_AIR_S;
        let lives = self.source.lives(since)?;
        self.report.count(Thing::OnAir).read += lives.len();
        let mut on_air = OnAir::new(lives);
        let rows = self.source.count(Table::Rooms)?;
        self.progress.begin("rooms", rows);
        let mut last = None;
        loop {
            let page = self.source.rooms(last, PIECE)?;
            let read = page.len();
            let Some(end) = page.last() else { break };
            last = Some(end.id);
            self.report.count(Thing::Rooms).read += read;
            let rows = page.into_iter();
            let taken = rows
                .filter_map(|row| room(row, &self.hosts, &mut on_air, &mut self.context))
                .collect();
            self.keep_rooms(taken)?;
            self.report.add(&mut self.context.findings)?;
            self.progress.advance(read);
        }
        on_air.report_rest(&mut self.context);
        self.report.add(&mut self.context.findings)?;
        self.progress.end();
        Ok(())
    }

    fn keep_rooms(&mut self, rooms: Vec<ImportedRoom>) -> Result<(), Error> {
        let outcomes = match &self.target {
            Some(store) => patiently(|| store.import_rooms(rooms.clone()))?,
            None => vec![Imported::New; rooms.len()],
        };
        for (room, outcome) in rooms.iter().zip(outcomes) {
            let things = [
                Some(Thing::Rooms),
                room.live.is_on_air.then_some(Thing::OnAir),
            ];
            for thing in things.into_iter().flatten() {
                let count = self.report.count(thing);
                match outcome {
                    Imported::New => count.new += 1,
                    Imported::Changed => count.changed += 1,
                    Imported::Known => count.known += 1,
                    Imported::Taken => {}
                }
            }
            if outcome == Imported::Taken {
                let key = room.number.to_string();
                self.context.found(Table::Rooms, &key, What::NumberTaken);
            }
        }
        Ok(())
    }

    fn recordings(&mut self, table: Table) -> Result<(), Error> {
        if !self.context.schema.has(table) {
            return Ok(());
        }
        let rows = self.source.count(table)?;
        self.progress.begin("recordings", rows);
        let mut last = None;
        loop {
            let page = self.source.videos(table, last, PIECE)?;
            let read = page.len();
            let Some(end) = page.last() else { break };
            last = Some(end.id);
            self.report.count(Thing::Recordings).read += read;
            let rows = page.into_iter();
            let taken = rows
                .filter_map(|row| recording(table, row, &mut self.addresses, &mut self.context))
                .collect();
            self.keep_recordings(taken)?;
            self.report.add(&mut self.context.findings)?;
            self.progress.advance(read);
        }
        self.progress.end();
        Ok(())
    }

    fn keep_recordings(&mut self, rows: Vec<ImportedRecording>) -> Result<(), Error> {
        let new = match &self.target {
            Some(store) => patiently(|| store.import_recordings(rows.clone()))?,
            None => rows.len(),
        };
        let count = self.report.count(Thing::Recordings);
        count.new += new;
        count.known += rows.len() - new;
        Ok(())
    }

    /// Leaves the numbers of the PHP server to it. Returns the next number for a new room.
    fn reserve_numbers(&mut self) -> Result<i64, Error> {
        let next = self.source.last_room_number()? + FREE_NUMBERS;
        let Some(last) = RoomNum::new(next - 1) else {
            let cause = format!("the last room number there is {}", next - FREE_NUMBERS);
            return Err(Fault::new("reserving the numbers of rooms", cause).into());
        };
        if let Some(store) = &self.target {
            patiently(|| store.reserve_numbers(last))?;
        }
        Ok(next)
    }

    fn summarize(
        &mut self,
        from: &MySqlAddress,
        next: i64,
        out: &mut impl Write,
    ) -> Result<(), Error> {
        let generation = self.context.schema.generation();
        print(
            out,
            format_args!("\nread from {from}, a database of {generation}"),
        )?;
        if self.target.is_none() {
            print(
                out,
                format_args!(
                    "nothing was written: \"new\" is what an import into an empty database would take"
                ),
            )?;
        }
        print(out, format_args!(""))?;
        self.report.finish(out)?;
        print(out, format_args!(""))?;
        if self.hasher.hashed > 0 {
            let (hashed, secs) = (self.hasher.hashed, self.hasher.spent.as_secs_f64());
            print(
                out,
                format_args!("hashing {hashed} passwords took {secs:.1} s"),
            )?;
        }
        print(out, format_args!("new rooms get numbers from {next}"))?;
        self.print_left(out)
    }

    /// Prints what stays behind because zaibo has nothing like it.
    fn print_left(&mut self, out: &mut impl Write) -> Result<(), Error> {
        let members = self.source.count(Table::Members)?;
        let odd = self.source.members_with_other_roles()?;
        let on_air = self.report.count(Thing::OnAir).read as u64;
        let silent = self.source.count(Table::Lives)?.saturating_sub(on_air);
        for (table, rows, why) in [
            (
                Table::Members,
                members,
                format!(
                    "members come back with their next heartbeat ({odd} of them have a role that no client has)"
                ),
            ),
            (
                Table::Lives,
                silent,
                "their hosts are silent, so they are over".to_owned(),
            ),
            (
                Table::EarlyLives,
                self.source.count(Table::EarlyLives)?,
                "of the protocol of 2016-05, which had no accounts".to_owned(),
            ),
            (
                Table::EarlyRooms,
                self.source.count(Table::EarlyRooms)?,
                "of the protocol of 2016-05, which had no accounts".to_owned(),
            ),
        ] {
            if rows > 0 {
                print(
                    out,
                    format_args!("left behind: {rows} rows of {table}: {why}"),
                )?;
            }
        }
        Ok(())
    }
}

/// Does something in the database, and waits while it is slow or away. A write that was answered "busy"
/// may be done all the same; a repetition of it changes nothing.
fn patiently<T>(work: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 1..TRIES {
        match work() {
            Err(Error::Busy(_) | Error::Unavailable { .. }) => thread::sleep(BETWEEN_TRIES),
            done => return done,
        }
    }
    work()
}
