//! The command line: its arguments, and the tools, one file each.

mod args;
pub mod backup;
pub mod doctor;
pub mod health;
pub mod import;
pub mod inbox;
pub mod key;
mod own_address;
mod terminal;
pub mod user;

pub use args::{Blanks, Cli, Command, ImportArgs, InboxAction, InboxArgs, KeyAction, UserAction};
pub use own_address::own_address;
