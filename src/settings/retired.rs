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

/// A key that has another name today. The earlier name is taken for one version.
struct Renamed {
    section: &'static str,
    earlier: &'static str,
    today: &'static str,
}

const RENAMED: [Renamed; 2] = [
    Renamed {
        section: "rooms",
        earlier: "doubted_member_timeout_s",
        today: "suspect_member_timeout_s",
    },
    Renamed {
        section: "rooms",
        earlier: "doubted_host_timeout_s",
        today: "suspect_host_timeout_s",
    },
];

/// Takes the keys of earlier versions out of what a source gives, puts those that were renamed in
/// by their name of today, and says so for the log.
///
/// # Errors
/// If such a key asks for what is not done any more, or stands beside its name of today.
pub(super) fn translate(sections: &mut Dict, source: &str) -> Result<Vec<String>, String> {
    refuse_both_names(
        |section, key| match sections.get(section) {
            Some(Value::Dict(_, keys)) => keys.contains_key(key),
            _ => false,
        },
        source,
    )?;
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
    for Renamed {
        section,
        earlier,
        today,
    } in RENAMED
    {
        let Some(Value::Dict(_, keys)) = sections.get_mut(section) else {
            continue;
        };
        if let Some(value) = keys.remove(earlier) {
            keys.insert(today.to_owned(), value);
            warnings.push(format!(
                "{section}.{earlier}{source} is taken as {section}.{today}: write it so, the next version does not know the earlier name"
            ));
        }
    }
    Ok(warnings)
}

/// Refuses a source that gives a setting by its earlier name and by that of today: which of the two
/// was meant is not known.
pub(super) fn refuse_both_names(
    is_given: impl Fn(&str, &str) -> bool,
    source: &str,
) -> Result<(), String> {
    for Renamed {
        section,
        earlier,
        today,
    } in RENAMED
    {
        if is_given(section, earlier) && is_given(section, today) {
            return Err(format!(
                "{section}.{earlier}{source}: is the earlier name of {section}.{today}, which is given there too; take {section}.{earlier} out"
            ));
        }
    }
    Ok(())
}
