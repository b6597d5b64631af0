//! The address of a database, parsed once, where it is given, and how the database is opened.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::secret::Secret;

/// The port of MySQL and MariaDB.
const PORT: u16 = 3306;

/// Where the data is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum DatabaseUrl {
    /// `sqlite://path`: a file, embedded in this process.
    Sqlite(PathBuf),
    /// `mysql://user:password@host:port/db`: a MySQL or MariaDB server.
    MySql(MySqlAddress),
}

/// A database on a MySQL or MariaDB server. It prints without its password.
#[derive(Clone, Debug, PartialEq)]
pub struct MySqlAddress {
    /// A host name or an IP address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The user on that server.
    pub user: String,
    /// Their password. It may be empty.
    pub password: Secret,
    /// The name of the database.
    pub database: String,
    /// How the connection is encrypted; `None` if it is not.
    pub tls: Option<Tls>,
}

/// An encrypted connection. The server has to prove its name with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The file with the certificate authorities to trust; `None` means those that browsers trust.
    pub authorities: Option<PathBuf>,
}

/// Who copies the journal of an SQLite database back into its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checkpoints {
    /// This process.
    #[default]
    Own,
    /// Another program that reads the journal first, as Litestream does.
    External,
}

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The database.
    pub url: DatabaseUrl,
    /// On SQLite: the writes that share a commit at the most, so that no commit grows without bound.
    pub writes_per_commit: usize,
    /// On SQLite: who copies the journal back.
    pub checkpoints: Checkpoints,
    /// On MySQL: the connections that write at once.
    pub connections: u16,
}

impl Opening {
    /// The usual way to open a database.
    pub fn usual(url: DatabaseUrl) -> Self {
        Self {
            url,
            writes_per_commit: 512,
            checkpoints: Checkpoints::Own,
            connections: 16,
        }
    }
}

impl DatabaseUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// The reason, without the address, because it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("mysql", _)) => MySqlAddress::parse(text).map(Self::MySql),
            _ => Err("not understood; it has to be sqlite://path, as sqlite://zaibo.db, or mysql://user:password@host:port/db".to_owned()),
        }
    }
}

impl MySqlAddress {
    fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "it has to be mysql://user:password@host:port/db, with %-escapes for letters that mean something in an address";
        let url = Url::parse(text).map_err(|cause| format!("{cause}; {FORM}"))?;
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(String::from)
                .map_err(|_| format!("an escape is not UTF-8; {FORM}"))
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(format!("it names no host; {FORM}")),
        };
        let database = decoded(url.path().trim_start_matches('/'))?;
        if database.is_empty() || database.contains('/') {
            return Err(format!("it names no database; {FORM}"));
        }
        let user = decoded(url.username())?;
        if user.is_empty() {
            return Err(format!("it names no user; {FORM}"));
        }
        Ok(Self {
            host,
            port: url.port().unwrap_or(PORT),
            user,
            password: Secret::from(decoded(url.password().unwrap_or_default())?),
            database,
            tls: tls(&url)?,
        })
    }
}

/// What the query of an address says about encryption.
fn tls(url: &Url) -> Result<Option<Tls>, String> {
    let (mut required, mut authorities) = (false, None);
    for (name, value) in url.query_pairs() {
        match (&*name, &*value) {
            ("ssl", "required") => required = true,
            ("ssl", "off") => required = false,
            ("ssl", _) => return Err("ssl has to be required or off".to_owned()),
            ("ca", "") => return Err("ca has to name a file".to_owned()),
            ("ca", file) => authorities = Some(PathBuf::from(file)),
            (other, _) => {
                return Err(format!(
                    "there is no parameter {other:?}; known are ssl and ca"
                ));
            }
        }
    }
    match (required, authorities) {
        (true, authorities) => Ok(Some(Tls { authorities })),
        (false, None) => Ok(None),
        (false, Some(_)) => Err("ca has no meaning without ssl=required".to_owned()),
    }
}

/// The address without the password, for people.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                write!(f, "{}", path.display())
            }
            Self::MySql(address) => address.fmt(f),
        }
    }
}

impl fmt::Display for MySqlAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            port,
            user,
            database,
            ..
        } = self;
        if host.contains(':') {
            write!(f, "mysql://{user}@[{host}]:{port}/{database}")
        } else {
            write!(f, "mysql://{user}@{host}:{port}/{database}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mysql(text: &str) -> MySqlAddress {
        match DatabaseUrl::parse(text) {
            Ok(DatabaseUrl::MySql(address)) => address,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn an_address_is_taken_apart() {
        let file = DatabaseUrl::parse("sqlite://a b/直播.db").expect("an address");
        assert_eq!(file, DatabaseUrl::Sqlite(PathBuf::from("a b/直播.db")));
        let full =
            mysql("mysql://za%40ibo:p%3Aw%2F@db.example.com:3307/live?ssl=required&ca=/ca.pem");
        let (host, port) = (full.host.as_str(), full.port);
        assert_eq!((host, port), ("db.example.com", 3307));
        assert_eq!(
            (full.user.as_str(), full.password.expose()),
            ("za@ibo", "p:w/")
        );
        assert_eq!(full.database, "live");
        let authorities = Some(PathBuf::from("/ca.pem"));
        assert_eq!(full.tls, Some(Tls { authorities }));
        let short = mysql("mysql://u@[::1]/d");
        let expected = ("::1", 3306, "", None);
        let (password, tls) = (short.password.expose(), short.tls.clone());
        assert_eq!((short.host.as_str(), short.port, password, tls), expected);
        assert_eq!(short.to_string(), "mysql://u@[::1]:3306/d");
    }

    #[test]
    fn what_is_wrong_is_said_and_the_password_is_not() {
        for (text, why) in [
            ("", "not understood"),
            ("zaibo.db", "not understood"),
            ("sqlite://", "not understood"),
            ("postgres://u:geheim@h/d", "not understood"),
            ("mysql://u:geheim@h", "no database"),
            ("mysql://u:geheim@h/a/b", "no database"),
            ("mysql://:geheim@h/d", "no user"),
            ("mysql://u:geheim@/d", "host"),
            ("mysql://u:geheim@h:99999/d", "port"),
            ("mysql://u:geheim@h/d?ssl=maybe", "ssl has to be"),
            ("mysql://u:geheim@h/d?ca=/x", "ssl=required"),
            ("mysql://u:geheim@h/d?ssl=required&ca=", "ca has to name"),
            ("mysql://u:geheim@h/d?timeout=3", "no parameter \"timeout\""),
        ] {
            let refused = DatabaseUrl::parse(text).expect_err(text);
            assert!(refused.contains(why), "{text}: {refused}");
            assert!(!refused.contains("geheim"), "{refused}");
        }
        let address = mysql("mysql://u:geheim@h/d");
        assert!(!format!("{address:?} {address}").contains("geheim"));
    }
}
