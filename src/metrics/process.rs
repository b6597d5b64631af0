//! What the process uses: the names and meanings that Prometheus gives to all processes.

use prometheus::core::{Collector, Desc};
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::{Counter, MetricFamily};
use rustix::time::{ClockId, clock_gettime};

const CPU: &str = "process_cpu_seconds_total";

/// The library's figures of the process. It counts the processor time in whole seconds, in which the rate
/// of a server with little to do is mostly zero, so that figure is taken from the system's clock.
pub(super) struct ProcessFigures(ProcessCollector);

impl ProcessFigures {
    pub(super) fn new() -> Self {
        Self(ProcessCollector::for_self())
    }
}

impl Collector for ProcessFigures {
    fn desc(&self) -> Vec<&Desc> {
        self.0.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut families = self.0.collect();
        for family in families.iter_mut().filter(|family| family.name() == CPU) {
            for metric in family.mut_metric() {
                let mut counter = Counter::default();
                counter.set_value(cpu_seconds());
                metric.set_counter(counter);
            }
        }
        families
    }
}

/// The processor time of all threads so far.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_time_has_fractions_of_a_second() {
        let figures = ProcessFigures::new();
        let families = figures.collect();
        let cpu = families.iter().find(|family| family.name() == CPU);
        let told = cpu.expect("the processor time").get_metric()[0].get_counter();
        // A whole number would be a chance of one in a billion.
        assert_ne!(told.get_value().fract(), 0.0);
    }
}
