//! One source of settings: the file, a variable of the environment, or a flag.

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::{SettingsError, check, retired};

/// What begins the name of every environment variable that is ours.
pub(super) const PREFIX: &str = "ZAIBO_";

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
    pub(super) fn variable(name: &str, key: &str, value: &str) -> Result<Self, SettingsError> {
        let key = key.to_ascii_lowercase().replace("__", ".");
        if !key.contains('.') {
            return Err(SettingsError(format!(
                "{name}: not a setting; names are {PREFIX}<SECTION>__<KEY>, as {PREFIX}HTTP__LISTEN"
            )));
        }
        let source = format!("environment variable {name}");
        // Digits may be a text, as the biz id, and then every zero counts.
        let is_text = check::TEXTS.contains(&key.as_str());
        let parsed = if is_text {
            None
        } else {
            value.parse::<Value>().ok()
        };
        Ok(match parsed {
            Some(value) => Self::one(source, &key, value),
            None => Self::text(source, &key, value),
        })
    }

    pub(super) fn text(source: String, key: &str, value: &str) -> Self {
        Self::one(source, key, Value::from(value))
    }

    fn one(source: String, key: &str, value: Value) -> Self {
        let nested = figment::util::nest(key, value);
        let section = nested.into_dict().unwrap_or_default();
        Self {
            metadata: Metadata::named(source),
            data: Ok(Map::from([(Profile::Default, section)])),
        }
    }

    /// Takes out the keys of earlier versions that do nothing any more.
    pub(super) fn without_retired(
        mut self,
        warnings: &mut Vec<String>,
    ) -> Result<Self, SettingsError> {
        if let Ok(data) = &mut self.data {
            for sections in data.values_mut() {
                let retired = retired::take_out(sections, &check::source(&self.metadata));
                warnings.extend(retired.map_err(SettingsError)?);
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
