//! The section `[store]`: the database.

use std::path::PathBuf;

use super::section::section;

section! {
    /// The database.
    pub struct Store in "store" {
        /// The database, as `sqlite://path`. It is created if it does not exist, and its schema is
        /// brought up to date at start.
        #[zh = "数据库，写作 `sqlite://路径`；不存在时自动创建，启动时自动升级表结构"]
        pub url: String = "sqlite://zaibo.db".to_owned();

        /// The most writes that share one commit; 1 gives each write a commit of its own.
        #[zh = "最多多少个写操作共用一次提交；1 表示每次单独提交"]
        pub writes_per_commit: usize = 512, in 1..=8192;
    }
}

impl Store {
    /// The database file.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(self.url.strip_prefix("sqlite://").unwrap_or_default())
    }

    /// Refuses an address that is not understood. It may hold a password, so it is not repeated.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.url.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(()),
            Some(("mysql", _)) => {
                Err("store.url: this build has no MySQL; use sqlite://path".to_owned())
            }
            _ => Err(format!(
                "store.url: not understood; it has to be sqlite://path, as {}",
                Self::default().url
            )),
        }
    }
}
