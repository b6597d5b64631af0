//! Text for a terminal: tables, and texts of strangers in a form that no terminal obeys.

use std::io::{self, Write};

use crate::domain::is_hidden;
use crate::error::{Error, Fault};

/// Makes a stranger's text safe for a terminal. Invisible characters and control characters are
/// escaped as in JSON, so that a JSON body stays valid JSON.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            let units = letter.encode_utf16(&mut [0; 2]).to_vec();
            shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Prints rows in columns, each as wide as its widest cell.
pub(super) fn table<const N: usize>(
    rows: &[[String; N]],
    out: &mut impl Write,
) -> Result<(), Error> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    for row in rows {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        print(out, format_args!("{}", line.trim_end()))?;
    }
    Ok(())
}

/// Prints a line. That the reader closed the pipe is no error.
pub(super) fn print(out: &mut impl Write, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
    match writeln!(out, "{line}") {
        // The reader closed the pipe, as `head` does.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|cause| Fault::new("printing", cause).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_or_hide_is_spelled_out_and_all_else_stays() {
        assert_eq!(visible("录制 é 🎤 \\n"), "录制 é 🎤 \\n");
        assert_eq!(
            visible("a\u{1b}[2Jb\nc\u{7f}\u{9b}31m\u{202e}\u{e0041}"),
            "a\\u001b[2Jb\\u000ac\\u007f\\u009b31m\\u202e\\udb40\\udc41"
        );
    }
}
