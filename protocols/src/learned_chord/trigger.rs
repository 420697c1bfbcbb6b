//! When a host asks for a new model: the rules, and the counters they look at.

use std::collections::{BTreeMap, VecDeque};

use dhtlab_core::author::{Span, Time};

use crate::learned_chord::drift;
use crate::learned_chord::summary::position;

/// The rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// The published one: enough new keys since the last activation, relative to the keys there were.
    Lead40,
    /// The leaf counts of new keys are distributed differently from those there were.
    Ks,
    /// DLHT's list: asked for, prediction errors, volume, age.
    Dlht,
    /// Never.
    None,
}

/// Why a host is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Somebody asked for it.
    Forced,
    /// The mean prediction error is too large.
    Error,
    /// The prediction errors grow.
    Trend,
    /// Enough new keys.
    Growth,
    /// The model is too old.
    Age,
    /// The distribution moved.
    Drift,
}

/// The thresholds of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// New keys in per cent of the keys at the last activation. 40: LEAD's, as its ports cite it; the
    /// same in DLHT's configuration (its manual says 10).
    pub growth_percent: u32,
    /// No growth or drift is looked at below this many keys. 50 (ours).
    pub keys_min: u64,
    /// `c` of the drift guard in thousandths; see [`drift::CRITICAL`].
    pub critical: u32,
    /// DLHT: this many new keys are enough. 1,000.
    pub volume: u64,
    /// DLHT: nothing but force counts below this many keys in the reservoir. 100.
    pub reservoir_min: u64,
    /// DLHT: predictions needed before their mean error counts; more than 100.
    pub predictions_min: usize,
    /// DLHT: the mean error, as a ring position: 0.05 of the ring. (DLHT compares ids; it means shares.)
    pub error_max: u64,
    /// DLHT: growth in per cent of the later half's mean error over the earlier half's. 20.
    pub trend_percent: u32,
    /// DLHT: the age of a model. 24 hours.
    pub age_max: Span,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            growth_percent: 40,
            keys_min: 50,
            critical: drift::CRITICAL,
            volume: 1_000,
            reservoir_min: 100,
            predictions_min: 100,
            error_max: u64::MAX / 20,
            trend_percent: 20,
            age_max: Span::from_hours(24),
        }
    }
}

/// How many prediction errors are remembered (DLHT: 1,000).
pub const ERRORS_MAX: usize = 1_000;

/// The counters of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    trigger: Trigger,
    thresholds: Thresholds,
    /// Keys at the last activation.
    base: u64,
    /// Keys that came since, whether or not they left again.
    fresh: u64,
    /// Keys now.
    total: u64,
    base_leaves: BTreeMap<u32, u64>,
    fresh_leaves: BTreeMap<u32, u64>,
    errors: VecDeque<u64>,
    forced: bool,
    activated: Time,
    ready: Option<Reason>,
}

impl Monitor {
    /// A host without keys whose model was active from `now`.
    pub const fn new(trigger: Trigger, thresholds: Thresholds, now: Time) -> Self {
        Self {
            trigger,
            thresholds,
            base: 0,
            fresh: 0,
            total: 0,
            base_leaves: BTreeMap::new(),
            fresh_leaves: BTreeMap::new(),
            errors: VecDeque::new(),
            forced: false,
            activated: now,
            ready: None,
        }
    }

    /// A put for a key of `leaf`; `new_key` when it was not present.
    pub fn insert(&mut self, leaf: usize, new_key: bool) {
        if new_key {
            self.fresh += 1;
            self.total += 1;
            *self.fresh_leaves.entry(narrow(leaf)).or_insert(0) += 1;
        }
    }

    /// A key was deleted. What came since the last activation stays counted: the distribution of
    /// arrivals, not of what is left, is what moves.
    pub const fn remove(&mut self) {
        self.total = self.total.saturating_sub(1);
    }

    /// A prediction was off by `error`, a distance on the ring.
    pub fn predicted(&mut self, error: u64) {
        if self.errors.len() == ERRORS_MAX {
            self.errors.pop_front();
        }
        self.errors.push_back(error);
    }

    /// Somebody asks for a retrain.
    pub const fn force(&mut self) {
        self.forced = true;
    }

    /// A model became active at `now`, under which the host has these keys: (leaf, count).
    pub fn activated(&mut self, now: Time, leaves: impl IntoIterator<Item = (usize, u64)>) {
        *self = Self::new(self.trigger, self.thresholds, now);
        for (leaf, count) in leaves {
            *self.base_leaves.entry(narrow(leaf)).or_insert(0) += count;
            self.base += count;
        }
        self.total = self.base;
    }

    /// Keys at the last activation.
    pub const fn base(&self) -> u64 {
        self.base
    }

    /// New keys since the last activation.
    pub const fn fresh(&self) -> u64 {
        self.fresh
    }

    /// Keys now.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Why the host is ready at `now`, if it is. Once ready it stays so, for the same reason, until
    /// a model is activated.
    pub fn ready(&mut self, now: Time) -> Option<Reason> {
        if self.ready.is_none() {
            self.ready = match self.trigger {
                Trigger::Lead40 => self.grown().then_some(Reason::Growth),
                Trigger::Ks => self.moved().then_some(Reason::Drift),
                Trigger::Dlht => self.dlht(now),
                Trigger::None => None,
            };
        }
        self.ready
    }

    /// `fresh >= ceil(percent of base)`, and enough keys at all.
    fn grown(&self) -> bool {
        self.total >= self.thresholds.keys_min && self.growth_reached()
    }

    fn growth_reached(&self) -> bool {
        let wanted = u128::from(self.thresholds.growth_percent) * u128::from(self.base.max(1));
        u128::from(self.fresh) * 100 >= wanted
    }

    /// The two-sample statistic of Kolmogorov and Smirnov over the leaves, against its guard. Counts
    /// by leaf are coarser than keys, which only makes it more cautious. Without earlier keys there
    /// is no model of them either, and enough keys are reason enough.
    fn moved(&self) -> bool {
        if self.fresh == 0 || self.total < self.thresholds.keys_min {
            return false;
        }
        if self.base == 0 {
            return true;
        }
        let (mut before, mut since, mut gap) = (0_u64, 0_u64, 0);
        let mut leaves: Vec<(u32, u64, u64)> =
            self.base_leaves.iter().map(|(leaf, count)| (*leaf, *count, 0)).collect();
        leaves.extend(self.fresh_leaves.iter().map(|(leaf, count)| (*leaf, 0, *count)));
        leaves.sort_unstable();
        for pair in leaves.chunk_by(|a, b| a.0 == b.0) {
            for (_, base, fresh) in pair {
                before += base;
                since += fresh;
            }
            let old = position(u128::from(before), u128::from(self.base));
            let new = position(u128::from(since), u128::from(self.fresh));
            gap = old.abs_diff(new).max(gap);
        }
        // Two samples of a and b keys are as uncertain as one of a b / (a + b).
        let both = u128::from(self.base) * u128::from(self.fresh);
        let keys = both / u128::from(self.base + self.fresh);
        gap > drift::guard(u64::try_from(keys).unwrap_or(u64::MAX), self.thresholds.critical)
    }

    /// DLHT's checks in its order. Too small a reservoir stops all but the first.
    fn dlht(&self, now: Time) -> Option<Reason> {
        let limits = &self.thresholds;
        if self.forced {
            return Some(Reason::Forced);
        }
        if self.total < limits.reservoir_min {
            return None;
        }
        let (mean, trend) = self.errors_now();
        if self.errors.len() > limits.predictions_min && mean > limits.error_max {
            Some(Reason::Error)
        } else if self.errors.len() >= limits.predictions_min && trend {
            Some(Reason::Trend)
        } else if self.fresh >= limits.volume || self.growth_reached() {
            Some(Reason::Growth)
        } else if now.since(self.activated) >= limits.age_max {
            Some(Reason::Age)
        } else {
            None
        }
    }

    /// The mean error, and whether the later half's exceeds the earlier half's by the trend.
    fn errors_now(&self) -> (u64, bool) {
        let half = self.errors.len() / 2;
        let sum = |from: usize, to: usize| -> u128 {
            self.errors.range(from..to).map(|error| u128::from(*error)).sum()
        };
        let (early, late) = (sum(0, half), sum(self.errors.len() - half, self.errors.len()));
        let all = sum(0, self.errors.len()) / (self.errors.len() as u128).max(1);
        let bound = u128::from(self.thresholds.trend_percent) + 100;
        (u64::try_from(all).unwrap_or(u64::MAX), late * 100 > early * bound)
    }
}

fn narrow(leaf: usize) -> u32 {
    u32::try_from(leaf).unwrap_or(u32::MAX)
}
