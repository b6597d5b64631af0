//! Letters that cannot be seen, so that a text with them looks like a text without them.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether the letter is invisible, or changes how the letters around it are shown: a control or format
/// character, a blank that is not the ordinary one, or a character that Unicode does not define.
pub fn is_hidden(letter: char) -> bool {
    let hidden_by_category = matches!(
        letter.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    );
    hidden_by_category || (letter != ' ' && letter.is_whitespace()) || is_blank(letter)
}

/// Letters that are drawn as nothing although Unicode counts them as visible: fillers, joiners of
/// marks, variation selectors, the empty pattern of Braille, the empty note.
fn is_blank(letter: char) -> bool {
    matches!(
        letter,
        '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{1d159}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_show_nothing_are_hidden_and_all_others_are_not() {
        for hidden in [
            '\0',
            '\n',
            '\u{1b}',
            '\u{7f}',
            '\u{9b}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2003}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{ffff}',
            '\u{1d159}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ] {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
        for seen in " aZ09-_.@é用户가ａ中ñ한ابй🎤".chars() {
            assert!(!is_hidden(seen), "{seen:?}");
        }
    }
}
