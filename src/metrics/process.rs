//! What the process uses: the names and meanings that Prometheus gives to all processes.

use prometheus::core::{Collector, Desc};
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::{Counter, Gauge, MetricFamily};
use rustix::time::{ClockId, clock_gettime};

const CPU: &str = "process_cpu_seconds_total";
const START: &str = "process_start_time_seconds";

/// The library's figures of the process, but for two. It counts the processor time in whole seconds, in
/// which the rate of a server with little to do is mostly zero. And it reads the time of the start from a
/// file that the service of systemd hides. Both are taken from the system's clock.
pub(super) struct ProcessFigures {
    library: ProcessCollector,
    /// When this was made, in seconds since 1970.
    started: f64,
}

impl ProcessFigures {
    pub(super) fn new() -> Self {
        Self {
            library: ProcessCollector::for_self(),
            started: seconds(ClockId::Realtime),
        }
    }
}

impl Collector for ProcessFigures {
    fn desc(&self) -> Vec<&Desc> {
        self.library.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut families = self.library.collect();
        for family in &mut families {
            match family.name() {
                CPU => {
                    // The processor time of all threads so far.
                    let mut counter = Counter::default();
                    counter.set_value(seconds(ClockId::ProcessCPUTime));
                    family.mut_metric()[0].set_counter(counter);
                }
                START => {
                    let mut gauge = Gauge::default();
                    gauge.set_value(self.started);
                    family.mut_metric()[0].set_gauge(gauge);
                }
                _ => {}
            }
        }
        families
    }
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
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

    #[test]
    fn the_start_was_when_the_figures_were_made() {
        let before = seconds(ClockId::Realtime);
        let figures = ProcessFigures::new();
        let after = seconds(ClockId::Realtime);
        let families = figures.collect();
        let start = families.iter().find(|family| family.name() == START);
        let told = start.expect("the start").get_metric()[0].get_gauge();
        assert!((before..=after).contains(&told.get_value()), "{told:?}");
    }
}
