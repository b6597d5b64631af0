//! What is counted as long as it lasts: a question, a connection.

use prometheus::IntGauge;

/// Something that lasts. It is counted until this is dropped.
pub struct Ongoing(IntGauge);

impl Ongoing {
    pub(super) fn begin(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.0.dec();
    }
}
