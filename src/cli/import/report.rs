//! The report of an import: what was read, what became of it, and why. Counts and some examples go to
//! the screen, every row to a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::findings::{Fate, Finding, What};
use crate::cli::terminal::{print, table, visible};
use crate::error::{Error, Fault};
use crate::store::Table;

/// Rows that the screen names for each kind of finding.
const EXAMPLES: usize = 5;

/// What an import takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Accounts,
    Sessions,
    Rooms,
    OnAir,
    Recordings,
}

impl Thing {
    fn of(table: Table) -> Self {
        match table {
            Table::Rooms | Table::Members | Table::EarlyLives | Table::EarlyRooms => Self::Rooms,
            Table::Lives => Self::OnAir,
            Table::Videos | Table::EarlyVideos => Self::Recordings,
            Table::Accounts => Self::Accounts,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Sessions => "sessions",
            Self::Rooms => "rooms",
            Self::OnAir => "lives on air",
            Self::Recordings => "recordings",
        }
    }
}

/// How many of them there are, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) read: usize,
    pub(super) new: usize,
    pub(super) changed: usize,
    pub(super) known: usize,
    merged: usize,
    refused: usize,
}

/// What was found in rows of one kind: how often, and in which rows, for example.
#[derive(Default)]
struct Found {
    rows: usize,
    examples: Vec<String>,
}

/// What an import has done so far.
pub(super) struct Report {
    counts: BTreeMap<Thing, Count>,
    found: BTreeMap<(Fate, What, &'static str), Found>,
    file: Option<BufWriter<File>>,
}

impl Report {
    /// A new report, which is also written into the file if there is one. The file is its owner's alone,
    /// and replaces an earlier one.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub(super) fn new(file: Option<&Path>) -> Result<Self, Fault> {
        let create = |path: &Path| {
            let mut options = File::options();
            options.write(true).create(true).truncate(true).mode(0o600);
            let file = options.open(path);
            file.map_err(|cause| {
                let cause = format!("{}: {cause}", path.display());
                Fault::new("creating the report", cause)
            })
        };
        Ok(Self {
            counts: BTreeMap::new(),
            found: BTreeMap::new(),
            file: file.map(create).transpose()?.map(BufWriter::new),
        })
    }

    /// The count of a thing, to be changed.
    pub(super) fn count(&mut self, thing: Thing) -> &mut Count {
        self.counts.entry(thing).or_default()
    }

    /// Adds what was found in rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn add(&mut self, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        for Finding { table, key, what } in findings.drain(..) {
            let (fate, key) = (what.fate(), visible(&key));
            let thing = Thing::of(table);
            match fate {
                Fate::Refused => self.count(thing).refused += 1,
                Fate::Merged => self.count(thing).merged += 1,
                Fate::Taken => {}
            }
            if let Some(file) = &mut self.file {
                let (fate, what) = (fate.as_str(), what.text());
                writeln!(file, "{fate}\t{table}\t{key}\t{what}").map_err(writing)?;
            }
            let found = self.found.entry((fate, what, thing.as_str())).or_default();
            found.rows += 1;
            if found.examples.len() < EXAMPLES {
                found.examples.push(key);
            }
        }
        Ok(())
    }

    /// Prints the counts and the examples, and writes the file to its end.
    ///
    /// # Errors
    /// If that fails.
    pub(super) fn finish(&mut self, out: &mut impl Write) -> Result<(), Error> {
        let heads = [
            "",
            "read",
            "new",
            "changed",
            "already here",
            "merged",
            "refused",
        ];
        let mut rows = vec![heads.map(str::to_owned)];
        for (thing, count) in &self.counts {
            let figures = [
                count.read,
                count.new,
                count.changed,
                count.known,
                count.merged,
                count.refused,
            ];
            let mut cells = [thing.as_str().to_owned()]
                .into_iter()
                .chain(figures.map(|n| n.to_string()));
            rows.push(std::array::from_fn(|_| cells.next().unwrap_or_default()));
        }
        table(&rows, out)?;
        let mut last = None;
        for ((fate, what, thing), found) in &self.found {
            if last.replace(*fate) != Some(*fate) {
                print(out, format_args!("\n{}:", fate.as_str()))?;
            }
            let rest = match found.rows - found.examples.len() {
                0 => "",
                _ => ", …",
            };
            let (rows, what, examples) = (found.rows, what.text(), found.examples.join(", "));
            print(
                out,
                format_args!("  {thing} ({rows}): {what}: {examples}{rest}"),
            )?;
        }
        if let Some(file) = &mut self.file {
            file.flush().map_err(writing)?;
        }
        Ok(())
    }
}

impl Fate {
    fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Merged => "merged",
            Self::Taken => "taken, but",
        }
    }
}

fn writing(cause: std::io::Error) -> Fault {
    Fault::new("writing the report", cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(table: Table, key: &str, what: What) -> Finding {
        Finding {
            table,
            key: key.to_owned(),
            what,
        }
    }

    #[test]
    fn the_screen_has_counts_and_some_examples_and_the_file_has_every_row() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report");
        let mut report = Report::new(Some(&path)).expect("created");
        report.count(Thing::Accounts).read = 9;
        let ids = (0..7).map(|at| format!("id\n{at}"));
        let mut findings: Vec<_> = ids
            .map(|id| finding(Table::Accounts, &id, What::InvalidId))
            .collect();
        findings.push(finding(Table::EarlyVideos, "3", What::SameAddress));
        findings.push(finding(Table::Rooms, "10001", What::MayBeCut("title")));
        report.add(&mut findings).expect("added");
        assert!(findings.is_empty());
        let mut screen = Vec::new();
        report.finish(&mut screen).expect("printed");
        let screen = String::from_utf8(screen).expect("UTF-8");
        for line in [
            "accounts    9     0    0        0             0       7",
            "recordings  0     0    0        0             1       0",
            "refused:",
            "id\\u000a3, id\\u000a4, …",
            "merged:\n  recordings (1): the same address is listed already: 3",
            "taken, but:\n  rooms (1): title fills its column and may be cut: 10001",
        ] {
            assert!(screen.contains(line), "{line}\n---\n{screen}");
        }
        assert!(!screen.contains("id\\u000a5"), "{screen}");
        let file = std::fs::read_to_string(&path).expect("the report");
        assert_eq!(file.lines().count(), 9);
        assert!(
            file.contains("refused\tt_account\tid\\u000a6\tthe id is empty"),
            "{file}"
        );
        assert!(file.contains("merged\tt_video_record_test\t3\t"), "{file}");
    }
}
