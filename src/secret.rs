//! Secret texts that are never printed: keys, on their way from the settings to the code that uses
//! them.

use std::fmt;

/// A secret text. Log lines and errors do not show it; code that needs it calls [`Secret::expose`].
///
/// Equality is for settings and tests. Secrets that clients send are compared in constant time.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
