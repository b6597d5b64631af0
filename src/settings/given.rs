//! One source of settings: the file, a variable of the environment, or a flag.

use std::any::TypeId;
use std::collections::HashSet;
use std::ffi::OsString;
use std::net::SocketAddr;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::ops::OpsListen;
use super::section::Section;
use super::{check, retired};
use crate::secret::Secret;

/// What begins the name of every environment variable that is ours.
const PREFIX: &str = "ZAIBO_";

/// The variables of the environment that are ours, each as a source of its own.
pub(super) fn variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    sections: &[Section],
) -> Result<Vec<Given>, String> {
    let mut variables = Vec::new();
    let mut keys = HashSet::new();
    for (name, value) in environment {
        // Variables of others may be no text at all.
        let Some(name) = name.to_str() else {
            continue;
        };
        let Some(key) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let value = value
            .to_str()
            .ok_or_else(|| format!("{name}: its value is not UTF-8"))?;
        let key = key.to_ascii_lowercase().replace("__", ".");
        variables.push(Given::variable(name, &key, value, sections)?);
        keys.insert(key);
    }
    let is_given = |section: &str, key: &str| keys.contains(&format!("{section}.{key}"));
    retired::refuse_both_names(is_given, " (in the environment)")?;
    Ok(variables)
}

/// Whether a setting is a text, even if its value looks like a number.
fn is_text(sections: &[Section], section: &str, field: &str) -> bool {
    let texts = [
        TypeId::of::<String>(),
        TypeId::of::<Secret>(),
        TypeId::of::<SocketAddr>(),
        TypeId::of::<Option<OpsListen>>(),
    ];
    sections
        .iter()
        .filter(|known| known.name == section)
        .flat_map(|known| &known.fields)
        .any(|known| known.name == field && texts.contains(&known.value))
}

/// What a source gives.
pub(super) struct Given {
    metadata: Metadata,
    data: Result<Map<Profile, Dict>, figment::Error>,
}

impl Given {
    pub(super) fn file(file: impl Provider) -> Self {
        Self {
            metadata: file.metadata(),
            data: file.data(),
        }
    }

    /// `ZAIBO_<SECTION>__<KEY>`. Lists, booleans and numbers are written as in the file; whatever
    /// else stands there is a text.
    fn variable(name: &str, key: &str, value: &str, sections: &[Section]) -> Result<Self, String> {
        let Some((section, field)) = key.split_once('.') else {
            return Err(format!(
                "{name}: not a setting; names are {PREFIX}<SECTION>__<KEY>, as {PREFIX}HTTP__LISTEN"
            ));
        };
        let source = format!("environment variable {name}");
        // Digits may be a text, as the biz id, and then every zero counts.
        let parsed = if is_text(sections, section, field) {
            None
        } else {
            value.parse::<Value>().ok()
        };
        Ok(match parsed {
            Some(value) => Self::one(source, key, value),
            None => Self::one(source, key, Value::from(value)),
        })
    }

    pub(super) fn one(source: String, key: &str, value: Value) -> Self {
        let nested = figment::util::nest(key, value);
        let section = nested.into_dict().unwrap_or_default();
        Self {
            metadata: Metadata::named(source),
            data: Ok(Map::from([(Profile::Default, section)])),
        }
    }

    /// Takes the keys of earlier versions as what they mean today.
    pub(super) fn translated(mut self, warnings: &mut Vec<String>) -> Result<Self, String> {
        if let Ok(data) = &mut self.data {
            for sections in data.values_mut() {
                let translated = retired::translate(sections, &check::source(&self.metadata));
                warnings.extend(translated?);
            }
        }
        Ok(self)
    }
}

impl Provider for Given {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        self.data.clone()
    }
}
