//! The certificate with which the server proves its name: its files, its dates, and the one in use.

mod certificate;
mod in_use;
#[cfg(test)]
mod tests;

pub use certificate::{Certificate, others_can_read};
pub use in_use::CertificateInUse;
