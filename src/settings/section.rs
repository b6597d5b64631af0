//! How a section of the settings is declared: `section!` takes each field with its meaning, its
//! default and its range, so that none of them stands anywhere else.

use std::any::TypeId;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Declares a section: `pub field: Type = default, in range;`. The range may be left out. The
/// comment of a field is its meaning in English, `#[zh = "…"]` is the same in Chinese.
///
/// From that come the struct, its `Default`, its `check_ranges`, and its `section`, of which
/// `zaibo.example.toml` and the tables of both READMEs are written (`settings/tests/documents.rs`).
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $Section:ident in $name:literal {
            $(
                $(#[doc = $en:literal])+
                #[zh = $zh:literal]
                $(#[serde($($serde:tt)+)])?
                pub $field:ident: $Type:ty = $default:expr $(, in $range:expr)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $Section {
            $(
                $(#[doc = $en])+
                $(#[serde($($serde)+)])?
                pub $field: $Type,
            )+
        }

        impl Default for $Section {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }

        impl $Section {
            /// The first field that is out of its range.
            pub(super) fn check_ranges(&self) -> Result<(), String> {
                $($(
                    super::section::within(concat!($name, ".", stringify!($field)), self.$field, $range)?;
                )?)+
                Ok(())
            }

            /// What can be set in it.
            pub(super) fn section() -> super::section::Section {
                super::section::Section {
                    name: $name,
                    #[cfg(test)]
                    about: &[$($about),+],
                    fields: vec![$(
                        super::section::Field {
                            name: stringify!($field),
                            value: std::any::TypeId::of::<$Type>(),
                            #[cfg(test)]
                            en: &[$($en),+],
                            #[cfg(test)]
                            zh: $zh,
                            #[cfg(test)]
                            range: [$(super::section::ends::<$Type>($range))?].into_iter().next(),
                        }
                    ),+],
                }
            }
        }
    };
}

pub(super) use section;

/// A section, as the documents and the environment know it.
pub(super) struct Section {
    pub(super) name: &'static str,
    /// The lines of its comment.
    #[cfg(test)]
    pub(super) about: &'static [&'static str],
    /// In the order of the source.
    pub(super) fields: Vec<Field>,
}

/// One setting.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// The type of its value.
    pub(super) value: TypeId,
    /// The lines of its comment.
    #[cfg(test)]
    pub(super) en: &'static [&'static str],
    /// The same in Chinese.
    #[cfg(test)]
    pub(super) zh: &'static str,
    /// The least and the greatest value.
    #[cfg(test)]
    pub(super) range: Option<(String, String)>,
}

/// The ends of a range.
#[cfg(test)]
pub(super) fn ends<T: Display>(range: RangeInclusive<T>) -> (String, String) {
    (range.start().to_string(), range.end().to_string())
}

/// Refuses a value that is out of its range.
pub(super) fn within<T: PartialOrd + Display>(
    key: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, greatest) = (range.start(), range.end());
    Err(format!("{key}: {value} is not from {least} to {greatest}"))
}
