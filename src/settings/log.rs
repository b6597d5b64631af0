//! The section `[log]`: the log.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::section::section;

section! {
    /// The log.
    pub struct Log in "log" {
        /// Lines for people (`"text"`) or for machines (`"json"`, one object a line). The log goes to
        /// standard error; lines that nobody reads are dropped and counted.
        #[zh = "日志的形式：`\"text\"` 供人阅读，`\"json\"` 供程序读取（每行一个对象）。\
                日志输出到标准错误；无人读取时丢弃多余的行并计数"]
        pub format: LogFormat = LogFormat::Text;

        /// What is logged, as `"info"` or `"info,zaibo::rooms=debug"`.
        #[zh = "记录哪些内容，如 `\"info\"` 或 `\"info,zaibo::rooms=debug\"`"]
        pub filter: String = "info,actix_server=warn".to_owned();
    }
}

/// Lines for people or for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Log {
    /// Refuses a filter that is not understood.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.filter.parse::<EnvFilter>() {
            Ok(_) => Ok(()),
            Err(cause) => Err(format!("log.filter: {cause}")),
        }
    }
}
