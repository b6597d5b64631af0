//! What every rule of an import needs: the choices of whoever runs it, the time, and a place for what
//! it finds.

use super::findings::{Finding, What};
use super::mojibake::repaired;
use crate::cli::Blanks;
use crate::domain::{Uid, UnixTime};
use crate::store::{PhpSchema, Table};

/// Characters of a name that zaibo keeps, as of a title that a client reports.
const NAME_CHARS: usize = 128;
/// Bytes of an id that zaibo keeps.
const ID_BYTES: usize = 128;
/// Bytes of an address that zaibo keeps.
const ADDRESS_BYTES: usize = 1024;

/// The choices for an import, and what it found so far.
pub(super) struct Context {
    pub(super) schema: PhpSchema,
    pub(super) now: UnixTime,
    pub(super) blanks: Blanks,
    pub(super) repair: bool,
    pub(super) keep_tokens: bool,
    /// To be emptied by who reports it.
    pub(super) findings: Vec<Finding>,
}

impl Context {
    pub(super) fn found(&mut self, table: Table, key: &str, what: What) {
        self.findings.push(Finding {
            table,
            key: key.to_owned(),
            what,
        });
    }

    /// The text of a column, repaired. The findings go under `key`.
    pub(super) fn text(
        &mut self,
        table: Table,
        key: &str,
        column: &'static str,
        text: Option<String>,
    ) -> String {
        let text = text.unwrap_or_default();
        let width = self.schema.width(table, column);
        if width > 0 && text.chars().count() >= width {
            self.found(table, key, What::MayBeCut(column));
        }
        match repaired(&text).filter(|_| self.repair) {
            Some(repaired) => {
                self.found(table, key, What::Repaired(column));
                repaired
            }
            None => text,
        }
    }

    /// A title or a name, which is no longer than a title that a client may report.
    pub(super) fn name(
        &mut self,
        table: Table,
        key: &str,
        column: &'static str,
        name: Option<String>,
    ) -> String {
        let mut name = self.text(table, key, column, name);
        if let Some((end, _)) = name.char_indices().nth(NAME_CHARS) {
            name.truncate(end);
            self.found(table, key, What::Shortened(column));
        }
        name
    }

    /// An id of the cloud or a word of the protocol, which has a limit in bytes.
    pub(super) fn id(
        &mut self,
        table: Table,
        key: &str,
        column: &'static str,
        id: Option<String>,
    ) -> String {
        let mut id = self.text(table, key, column, id);
        if id.len() > ID_BYTES {
            id.truncate(id.floor_char_boundary(ID_BYTES));
            self.found(table, key, What::Shortened(column));
        }
        id
    }

    /// An address; none if it is longer than zaibo keeps, because a part of it leads nowhere.
    pub(super) fn address(
        &mut self,
        table: Table,
        key: &str,
        column: &'static str,
        address: Option<String>,
    ) -> String {
        let address = self.text(table, key, column, address);
        if address.len() <= ADDRESS_BYTES {
            return address;
        }
        self.found(table, key, What::Dropped(column));
        String::new()
    }

    /// A user's id, repaired; `None` if it can be no user's. Whether it was repaired is a finding of its
    /// account only.
    pub(super) fn uid(&self, text: &str) -> Option<Uid> {
        let repaired = repaired(text).filter(|_| self.repair);
        Uid::parse(repaired.as_deref().unwrap_or(text))
    }

    /// A time of the PHP server, which writes 0 for none. Nothing is dated ahead.
    pub(super) fn time(&self, secs: i64) -> Option<UnixTime> {
        (secs > 0).then(|| UnixTime::from_secs(secs).min(self.now))
    }

    /// The first of these that is a time, else the earliest of the others, else now.
    pub(super) fn time_or_earliest(&self, secs: i64, others: &[i64]) -> UnixTime {
        let earliest = || others.iter().filter_map(|secs| self.time(*secs)).min();
        self.time(secs).or_else(earliest).unwrap_or(self.now)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The time of the import in tests.
    pub(in super::super) const NOW: i64 = 1_540_000_000;

    /// A context with the columns of 2018-03, 50 or 128 characters wide.
    pub(in super::super) fn context() -> Context {
        let narrow = "t_account.uid t_account.pwd t_account.token t_av_room.id t_av_room.uid \
            t_av_room.device t_video_record.video_id";
        let wide = "t_av_room.title t_av_room.cover t_video_record.play_url t_video_record.title \
            t_video_record.cover t_new_live_record.title t_new_live_record.cover";
        let columns = |names: &'static str, width| {
            names.split_whitespace().map(move |column| {
                let (table, column) = column.split_once('.').expect("a column");
                (table.to_owned(), column.to_owned(), Some(width))
            })
        };
        let columns = columns(narrow, 50).chain(columns(wide, 128)).collect();
        Context {
            schema: PhpSchema::of(columns).expect("a schema"),
            now: UnixTime::from_secs(NOW),
            blanks: Blanks::Strip,
            repair: true,
            keep_tokens: false,
            findings: Vec::new(),
        }
    }

    /// What was found since the last call, in order.
    pub(in super::super) fn found(context: &mut Context) -> Vec<What> {
        let findings = std::mem::take(&mut context.findings);
        findings.into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_text_that_fills_its_column_may_be_cut_and_one_that_is_too_long_is() {
        let mut context = context();
        let mut title =
            |length| context.name(Table::Rooms, "1", "title", Some("播".repeat(length)));
        assert_eq!(title(127).chars().count(), 127);
        assert_eq!(title(128).chars().count(), 128);
        assert_eq!(title(129).chars().count(), 128);
        let cut = What::MayBeCut("title");
        assert_eq!(found(&mut context), [cut, cut, What::Shortened("title")]);
        assert_eq!(context.name(Table::Rooms, "1", "title", None), "");
        let long = format!("http://{}", "x".repeat(1024));
        assert_eq!(context.address(Table::Rooms, "1", "cover", Some(long)), "");
        assert_eq!(
            found(&mut context),
            [What::MayBeCut("cover"), What::Dropped("cover")]
        );
        let id = context.id(Table::Videos, "1", "file_id", Some("播".repeat(43)));
        assert_eq!(
            (id.len(), found(&mut context)),
            (126, vec![What::Shortened("file_id")])
        );
    }

    #[test]
    fn a_repaired_text_is_counted_and_stays_as_it_is_if_one_asks() {
        let (mut context, mojibake) = (context(), "\u{e4}\u{b8}\u{ad}");
        let title = context.name(Table::Rooms, "1", "title", Some(mojibake.to_owned()));
        assert_eq!(title, "中");
        assert_eq!(found(&mut context), [What::Repaired("title")]);
        assert_eq!(context.uid(mojibake), Uid::parse("中"));
        context.repair = false;
        let title = context.name(Table::Rooms, "1", "title", Some(mojibake.to_owned()));
        assert_eq!(title, mojibake);
        assert_eq!(found(&mut context), []);
        assert_eq!(context.uid(mojibake), Uid::parse(mojibake));
    }

    #[test]
    fn a_time_of_zero_is_the_earliest_other_one_or_now_and_none_is_ahead() {
        let context = context();
        let time = |secs, others: &[i64]| context.time_or_earliest(secs, others).as_secs();
        assert_eq!(time(100, &[50]), 100);
        assert_eq!(time(0, &[300, 0, 200]), 200);
        assert_eq!(time(-1, &[0, -5]), NOW);
        assert_eq!(time(NOW + 9999, &[]), NOW);
    }
}
