//! The command line: its arguments, and the tools, one file each.

mod args;
pub mod backup;
pub mod doctor;
pub mod inbox;

pub use args::{Cli, Command, InboxAction, InboxArgs};
