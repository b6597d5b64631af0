//! Measures how often the interesting case of a property occurs. If nearly all of a property's
//! cases are trivial, it can hardly fail.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Number of cases. They are the same in each run.
const CASES: u32 = 1000;

/// The percentage of cases for which `holds` is true.
pub(crate) fn percent<S: Strategy>(strategy: S, holds: impl Fn(S::Value) -> bool) -> u32 {
    let mut runner = TestRunner::deterministic();
    let mut case = || {
        let tree = strategy.new_tree(&mut runner).expect("a case");
        tree.current()
    };
    let held = (0..CASES).filter(|_| holds(case())).count();
    u32::try_from(held).expect("few") * 100 / CASES
}
