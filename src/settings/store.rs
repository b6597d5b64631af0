//! The section `[store]`: the database.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::section::section;
use crate::database_url::{self, DatabaseUrl, Opening};
use crate::secret::Secret;

section! {
    /// The database.
    pub struct Store in "store" {
        /// The database: `sqlite://path`, a file that is created if it does not exist, or
        /// `mysql://user:password@host:port/db`, an existing database of MySQL 5.7.8, MariaDB 10.3 or
        /// later, with `?ssl=required` (and `&ca=FILE`) for an encrypted connection. Its schema is
        /// brought up to date at start. Best set by the environment where it holds a password.
        #[zh = "数据库：`sqlite://路径`（文件，不存在时自动创建），或 `mysql://用户:密码@主机:端口/库名`（已建好的库，MySQL 5.7.8、MariaDB 10.3 或更新版本；加 `?ssl=required`（可再加 `&ca=文件`）则加密连接）。启动时自动升级表结构。含密码时最好用环境变量设置"]
        pub url: StoreUrl = StoreUrl::from("sqlite://zaibo.db".to_owned());

        /// On MySQL: a file with the password, which `url` then leaves out, as the secret of a container.
        /// A line end behind the password does not count.
        #[zh = "MySQL：存放密码的文件（例如容器的 secret），此时 `url` 里不写密码；密码后面的换行不算在内"]
        pub password_file: String = String::new();

        /// On SQLite: the most writes that share one commit; 1 gives each write a commit of its own.
        #[zh = "SQLite：最多多少个写操作共用一次提交；1 表示每次单独提交"]
        pub writes_per_commit: usize = 512, in 1..=8192;

        /// On SQLite: who copies the journal back into the database file: `"own"` (zaibo), or
        /// `"external"` (another program that has to see the journal first, as Litestream does). If none
        /// runs, the journal grows without limit.
        #[zh = "SQLite：谁把日志写回数据库文件：`\"own\"`（zaibo 自己），或 `\"external\"`（需要先读日志的其他程序，如 Litestream；它没有运行时日志会无限增长）"]
        pub checkpoints: Checkpoints = Checkpoints::Own;

        /// On MySQL: the connections that write at once. Eight more read.
        #[zh = "MySQL：同时写入的连接数；另有八个连接用于读取"]
        pub connections: u16 = 16, in 1..=64;

        /// Days after which an event of the cloud that took effect, or has none here, is forgotten. The
        /// recording that it reported is kept.
        #[zh = "腾讯云的事件生效（或与本机无关）之后保留多少天；它报告的录制一直保留"]
        pub keep_events_days: u32 = 30, in 7..=36500;

        /// Days after which an event is forgotten that still waits, for a room that does not exist or
        /// for a playable address of a recording.
        #[zh = "仍在等待（等房间出现，或等录制的播放地址）的事件保留多少天"]
        pub keep_unmatched_days: u32 = 90, in 7..=36500;
    }
}

/// Who copies the journal of an SQLite database back into its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Checkpoints {
    /// zaibo.
    Own,
    /// Another program.
    External,
}

/// The address of the database as it was written. It may hold a password, so `Debug` does not print
/// it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct StoreUrl(String);

impl From<String> for StoreUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DatabaseUrl::parse(&self.0) {
            Ok(url) => write!(f, "{url}"),
            Err(_) => f.write_str("StoreUrl(…)"),
        }
    }
}

impl Store {
    /// How the database is opened.
    ///
    /// # Errors
    /// If its address is not understood, or the file of its password cannot be read. The address may
    /// hold a password, so it is not repeated.
    pub fn opening(&self) -> Result<Opening, String> {
        let mut url = DatabaseUrl::parse(&self.url.0).map_err(|why| format!("store.url: {why}"))?;
        // A tool may be led to a file of SQLite by its flag, and then there is no password.
        if let DatabaseUrl::MySql(address) = &mut url
            && !self.password_file.is_empty()
        {
            if !address.password.is_empty() {
                return Err(
                    "store.password_file: store.url holds a password too; leave it out there"
                        .to_owned(),
                );
            }
            address.password = self.password()?;
        }
        Ok(Opening {
            url,
            writes_per_commit: self.writes_per_commit,
            checkpoints: match self.checkpoints {
                Checkpoints::Own => database_url::Checkpoints::Own,
                Checkpoints::External => database_url::Checkpoints::External,
            },
            connections: self.connections,
        })
    }

    /// The password in its file.
    fn password(&self) -> Result<Secret, String> {
        let file = &self.password_file;
        let refused = |why: &dyn fmt::Display| format!("store.password_file: {file}: {why}");
        let text = std::fs::read_to_string(file).map_err(|cause| refused(&cause))?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(refused(&"is empty"));
        }
        Ok(Secret::from(password.to_owned()))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.opening().map(|_| ())
    }
}
