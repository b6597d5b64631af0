//! The rights of zaibo's user on the server, checked before anything is changed.

use mysql::Conn;
use mysql::prelude::Queryable;

use crate::error::Fault;
use crate::store::mysql::errors::fault;

/// The rights that a server needs on its database.
const NEEDED: [&str; 9] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "ALTER",
    "DROP",
    "INDEX",
    "REFERENCES",
];

/// Checks that the user has every right that is needed.
///
/// # Errors
/// A [`Fault`] that names the missing rights and the statement that gives them.
pub(crate) fn check(driver: &mut Conn, database: &str) -> Result<(), Fault> {
    let grants: Vec<String> = driver
        .query("SHOW GRANTS FOR CURRENT_USER()")
        .map_err(fault("reading the rights of the database's user"))?;
    let missing = missing(&grants, database);
    if missing.is_empty() {
        return Ok(());
    }
    let user: Option<String> = driver
        .query_first("SELECT CURRENT_USER()")
        .unwrap_or_default();
    let cause = format!(
        "{} lacks {} on it; an administrator gives them: GRANT ALL PRIVILEGES ON `{database}`.* TO {}",
        user.as_deref().unwrap_or("the user"),
        missing.join(", "),
        quoted(user.as_deref().unwrap_or_default()),
    );
    Err(Fault::new("opening the database", cause))
}

/// `user@host` as SQL writes it.
fn quoted(user: &str) -> String {
    let (user, host) = user.rsplit_once('@').unwrap_or((user, "%"));
    format!("'{user}'@'{host}'")
}

/// The needed rights that no grant gives. Roles give rights that are not listed, so with a role none
/// is missing as far as can be seen.
fn missing(grants: &[String], database: &str) -> Vec<&'static str> {
    let has_role = grants.iter().any(|grant| !grant.contains(" ON "));
    let of_database = grants.iter().filter_map(|grant| {
        let (rights, rest) = grant.strip_prefix("GRANT ")?.split_once(" ON ")?;
        let (object, _) = rest.split_once(" TO ")?;
        covers(object, database).then_some(rights)
    });
    let given: Vec<&str> = of_database
        .flat_map(|rights| rights.split(','))
        .map(str::trim)
        .collect();
    let is_missing = |right: &&str| !given.contains(right) && !given.contains(&"ALL PRIVILEGES");
    let missing = NEEDED.into_iter().filter(is_missing);
    missing.filter(|_| !has_role).collect()
}

/// Whether a grant on that object, such as `` `live`.* ``, is one on the database. In its name `%`
/// and `_` are wildcards, unless they are escaped.
fn covers(object: &str, database: &str) -> bool {
    let Some(name) = object.strip_suffix(".*") else {
        return false;
    };
    let name = name.trim_matches('`').replace("``", "`");
    name == "*" || is_like(&name, database)
}

/// SQL's `LIKE`.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = letters.as_str();
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| is_like(rest, &text[at..]))
        }
        Some(letter) => {
            let (wanted, any) = match letter {
                '\\' => (letters.next(), false),
                '_' => (None, true),
                letter => (Some(letter), false),
            };
            let mut rest = text.chars();
            let next = rest.next();
            next.is_some() && (any || next == wanted) && is_like(letters.as_str(), rest.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(grants: &[&str], database: &str) -> Vec<&'static str> {
        let grants: Vec<String> = grants.iter().map(ToString::to_string).collect();
        missing(&grants, database)
    }

    #[test]
    fn rights_are_read_from_the_grants_of_the_server() {
        let usage = "GRANT USAGE ON *.* TO `zaibo`@`%` IDENTIFIED BY PASSWORD '*1'";
        let all = "GRANT ALL PRIVILEGES ON `live`.* TO `zaibo`@`%`";
        assert!(lacks(&[usage, all], "live").is_empty());
        assert_eq!(lacks(&[usage, all], "alive"), NEEDED);
        assert_eq!(lacks(&[usage], "live"), NEEDED);
        let everywhere = "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION";
        assert!(lacks(&[everywhere], "live").is_empty());
        let some =
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON `li\\_e%`.* TO `zaibo`@`%`";
        assert_eq!(
            lacks(&[usage, some], "li_e2"),
            ["ALTER", "INDEX", "REFERENCES"]
        );
        assert_eq!(lacks(&[usage, some], "live"), NEEDED);
        let table = "GRANT SELECT ON `live`.`accounts` TO `zaibo`@`%`";
        assert_eq!(lacks(&[table], "live"), NEEDED);
        let role = "GRANT `app`@`%` TO `zaibo`@`%`";
        assert!(lacks(&[usage, role], "live").is_empty());
    }
}
