//! The command line: its words, and the tools, one file each.

mod args;
pub mod inbox;

pub use args::{Cli, Command, InboxAction, InboxArgs};
