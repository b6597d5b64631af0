//! Keys of earlier versions: what may stand in a file that was written for one of them, and what has
//! to be written instead.

use figment::value::{Dict, Value};

/// A key that does nothing any more.
struct Retired {
    section: &'static str,
    key: &'static str,
    /// Whether the server does what that value asked for, also without the key.
    is_harmless: fn(&Value) -> bool,
    why: &'static str,
    instead: &'static str,
}

const RETIRED: [Retired; 1] = [Retired {
    section: "http",
    key: "trust_forwarded_for",
    is_harmless: |value| value.to_bool() == Some(false),
    why: "it believed whoever sent X-Forwarded-For",
    instead: "http.trusted_proxies = [\"127.0.0.1\"], with the addresses of your proxies",
}];

/// Takes the keys that do nothing any more out of what a source gives, and says so for the log.
///
/// # Errors
/// If such a key asks for what is not done any more.
pub(super) fn take_out(sections: &mut Dict, source: &str) -> Result<Vec<String>, String> {
    let mut warnings = Vec::new();
    for Retired {
        section,
        key,
        is_harmless,
        why,
        instead,
    } in RETIRED
    {
        let Some(Value::Dict(_, keys)) = sections.get_mut(section) else {
            continue;
        };
        match keys.remove(key) {
            None => {}
            Some(value) if is_harmless(&value) => {
                warnings.push(format!(
                    "{section}.{key}{source} is ignored: there is no such setting any more, take it out"
                ));
            }
            Some(_) => {
                return Err(format!(
                    "{section}.{key}{source}: is not taken any more, because {why}; write {instead}, instead"
                ));
            }
        }
    }
    Ok(warnings)
}
