//! How properties are run and what they count.

use std::cell::Cell;
use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// What a checker says of what it was shown.
pub(crate) type Verdict = Result<(), String>;

/// A complaint unless `holds`.
pub(crate) fn ensure(holds: bool, complaint: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(complaint()) }
}

/// Runs `property` over `cases` draws of `strategy`, the same in every run.
///
/// # Panics
/// When a case fails; the message holds the smallest such case.
pub(crate) fn always<S>(cases: u32, strategy: &S, property: impl Fn(S::Value) -> Verdict)
where
    S: Strategy,
    S::Value: Debug,
{
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        rng_seed: RngSeed::Fixed(0x5eed),
        ..Config::default()
    };
    let run =
        TestRunner::new(config).run(strategy, |case| property(case).map_err(TestCaseError::fail));
    if let Err(error) = run {
        panic!("{error}");
    }
}

/// Counts how often something happened over all cases of a property.
#[derive(Debug, Default)]
pub(crate) struct Sometimes(Cell<u64>);

impl Sometimes {
    /// Notes whether it happened.
    pub(crate) fn note(&self, happened: bool) {
        self.add(u64::from(happened));
    }

    /// Notes that it happened so many times.
    pub(crate) fn add(&self, times: u64) {
        self.0.set(self.0.get() + times);
    }

    /// The property was not vacuous.
    ///
    /// # Panics
    /// When it happened fewer than `least` times.
    pub(crate) fn happened(&self, what: &str, least: u64) {
        assert!(self.0.get() >= least, "{what}: only {} times over all cases", self.0.get());
    }
}
