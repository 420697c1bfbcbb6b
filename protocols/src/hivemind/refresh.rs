//! Refreshing buckets that were not touched for long: a search for a random id in each.
//!
//! hivemind has the task but it is off, and where it is switched on it dies at the first stale
//! bucket, because it hands a bare id to a search that takes a list. `refresh_bug` is that.

use dhtlab_core::author::{Cause, Ctx, Draw as _, Key, Span, Time, Traffic};

use super::nearest::Why;
use super::node::{Hivemind, Timer};

/// A round of refreshes under way, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Round {
    began: Time,
    /// What is still to be searched for, the last first.
    targets: Vec<Key>,
}

impl Hivemind {
    /// Starts the clock; of a `warm` node at a random point of the period, or all nodes would
    /// refresh at the same instant.
    pub(super) fn begin_refreshes(warm: bool, ctx: &mut Ctx<'_, Self>) {
        let period = ctx.params().refresh_timeout;
        if period > Span::ZERO {
            let all = period.as_nanos();
            let first = if warm { ctx.rng().below(all) + 1 } else { all };
            ctx.arm(Timer::Refresh, Span::from_nanos(first));
        }
    }

    /// Looks for stale buckets and refreshes them.
    pub(super) fn on_refresh_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (now, period) = (ctx.now(), ctx.params().refresh_timeout);
        let is_stale = |touched: Time| touched.saturating_add(period) < now;
        let stale: Vec<(Key, u16)> = self
            .table
            .buckets()
            .filter(|bucket| is_stale(bucket.last_updated()))
            .map(|bucket| (bucket.lower(), bucket.depth()))
            .collect();
        if ctx.params().refresh_bug && !stale.is_empty() {
            return;
        }
        let mut within =
            |(lower, depth): (Key, u16)| lower.with_tail(u32::from(depth), random_key(ctx));
        let targets = stale.into_iter().rev().map(&mut within).collect();
        self.round = Some(Box::new(Round { began: now, targets }));
        self.refresh_next(ctx);
    }

    /// Refreshes the next stale bucket; after the last one waits for the rest of the period.
    pub(super) fn refresh_next(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(round) = self.round.as_deref_mut() else { return };
        if let Some(target) = round.targets.pop() {
            ctx.attribute(Cause::background(Traffic::Maintenance));
            return self.search_own(target, Why::Refresh, ctx);
        }
        let next = round.began.saturating_add(ctx.params().refresh_timeout);
        self.round = None;
        ctx.arm_at(Timer::Refresh, next);
    }
}

/// A uniformly random id.
fn random_key(ctx: &mut Ctx<'_, Hivemind>) -> Key {
    Key::from_words([(); 4].map(|()| ctx.rng().next_u64()))
}
