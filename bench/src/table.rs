//! Tables in Markdown, with columns that stand below each other, and the numbers in them.

use std::fmt::Write;

/// Renders a Markdown table with aligned columns. The first row is the head.
pub(crate) fn render(rows: &[Vec<String>], text: &mut String) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (at, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string does not fail.
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if at == 0 {
            for width in &widths {
                let _ = write!(text, "|{}", "-".repeat(width + 2));
            }
            text.push_str("|\n");
        }
    }
}

/// A whole number in groups of three digits.
pub(crate) fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A number with about three digits.
pub(crate) fn rounded(figure: f64) -> String {
    match figure {
        large if large >= 100.0 => format!("{large:.0}"),
        middle if middle >= 10.0 => format!("{middle:.1}"),
        small => format!("{small:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut text = String::new();
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        render(&[row(["a", "µ"]), row(["long", "1"])], &mut text);
        assert_eq!(text, "| a    | µ |\n|------|---|\n| long | 1 |\n");
    }

    #[test]
    fn large_figures_are_grouped() {
        let figures = [0.0, 999.4, 1000.0, 12_345.0, 1_000_000.0];
        assert_eq!(
            figures.map(grouped),
            ["0", "999", "1 000", "12 345", "1 000 000"]
        );
    }
}
