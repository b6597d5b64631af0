//! The command line: its words, and the tools, one file each.

mod args;
pub mod inbox;

#[cfg(target_os = "linux")]
pub use args::{BenchArgs, BenchPart};
pub use args::{Cli, Command, InboxAction, InboxArgs};
