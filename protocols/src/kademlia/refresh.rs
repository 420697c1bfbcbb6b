//! Entering the network, and keeping the table in order.
//!
//! A refresh is a chain of walks: to the own key, then to a random key of every bucket farther than
//! the closest one in use, from the closest outwards, one after another. A join is the first refresh
//! after a boot; its first walk decides whether it succeeded.

use dhtlab_core::author::{Cause, Ctx, Draw, Key, NodeIx, Span, Time, Traffic};

use super::bucket::Status;
use super::jobs::phase;
use super::node::{Join, Kademlia, Timer};
use super::params::{Eviction, JoinOrder, Refresh, RefreshTarget};
use super::query::Goal;

/// How often rust-libp2p draws a key before it takes whatever it has.
const TRIES: u32 = 16;

impl Kademlia {
    /// Starts a join from the contacts of the last session and the bootstrap addresses.
    pub(super) fn begin_join(&mut self, saved: &[NodeIx], ctx: &mut Ctx<'_, Self>) {
        let together = ctx.params().join_order == JoinOrder::Together;
        self.join = if saved.is_empty() || together { Join::Bootstrap } else { Join::Saved };
        self.add_addresses(saved, ctx);
        if self.join == Join::Bootstrap {
            self.add_bootstrap(ctx);
        }
        self.begin_refresh(ctx);
    }

    fn add_bootstrap(&mut self, ctx: &Ctx<'_, Self>) {
        let bootstrap = std::mem::take(&mut self.bootstrap);
        self.add_addresses(&bootstrap, ctx);
        self.bootstrap = bootstrap;
    }

    /// What an application does with addresses it has: they enter the table, connected or not as they
    /// are.
    fn add_addresses(&mut self, nodes: &[NodeIx], ctx: &Ctx<'_, Self>) {
        let now = ctx.now();
        for &node in nodes {
            if ctx.params().eviction == Eviction::PendingDisconnected {
                let open = self.connections.is_open(node);
                let status = if open { Status::Connected } else { Status::Disconnected };
                self.table.insert(node, status, now, now, ctx);
                self.connections.mark_tabled(node);
            } else {
                self.table.observe(node, true, ctx);
            }
        }
    }

    /// Starts a refresh; if one runs, another follows it.
    pub(super) fn begin_refresh(&mut self, ctx: &mut Ctx<'_, Self>) {
        if self.refreshing {
            self.refresh_again = true;
            return;
        }
        self.refreshing = true;
        let params = ctx.params();
        if params.refresh == Refresh::Periodic && params.refresh_interval > Span::ZERO {
            ctx.arm(Timer::Refresh, params.refresh_interval);
        }
        if params.automatic_bootstrap > Span::ZERO {
            ctx.disarm(Timer::SmallTable);
        }
        let traffic = if self.join == Join::Done { Traffic::Maintenance } else { Traffic::Join };
        let goal = Goal::Refresh { bucket: None, idle: false };
        self.begin(goal, ctx.key(ctx.me()), Cause::background(traffic), ctx);
    }

    /// A refresh could not ask anybody.
    pub(super) fn refresh_without_contacts(&mut self, ctx: &mut Ctx<'_, Self>) {
        if self.join == Join::Done { self.end_refresh(ctx) } else { self.fail_join(ctx) }
    }

    /// One walk of a refresh ended, the one to `bucket` or to the own key; starts the next one.
    pub(super) fn next_refresh(
        &mut self,
        bucket: Option<u16>,
        idle: bool,
        answers: u32,
        cause: Cause,
        ctx: &mut Ctx<'_, Self>,
    ) {
        if bucket.is_none() && self.join != Join::Done {
            if answers == 0 {
                return self.fail_join(ctx);
            }
            self.join = Join::Done;
            ctx.disarm(Timer::Join);
            ctx.joined(true);
        }
        let from = match bucket {
            Some(bucket) => usize::from(bucket),
            None => self.table.deepest().unwrap_or(0),
        };
        self.refresh_below(from, idle, cause, ctx);
    }

    /// Starts the walk to the next bucket farther than `from`; ends the refresh if there is none.
    fn refresh_below(&mut self, from: usize, idle: bool, cause: Cause, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        let due = self.upkeep.as_ref().map_or(&[][..], |upkeep| &upkeep.due);
        let is_due = |bucket: &usize| !idle || due.get(*bucket).is_some_and(|at| *at <= now);
        let Some(bucket) = (0..from).rev().find(is_due) else { return self.end_refresh(ctx) };
        let target = Self::refresh_target(bucket, ctx);
        if idle && let Some(upkeep) = &mut self.upkeep {
            // Even if the target falls into another bucket: the chain ends.
            upkeep.due[bucket] = now.saturating_add(ctx.params().refresh_interval);
        }
        let bucket = u16::try_from(bucket).ok();
        self.begin(Goal::Refresh { bucket, idle }, target, cause, ctx);
    }

    fn refresh_target(bucket: usize, ctx: &mut Ctx<'_, Self>) -> Key {
        let me = ctx.key(ctx.me());
        let bucket = u32::try_from(bucket).unwrap_or(u32::MAX);
        let exact = ctx.params().refresh_target == RefreshTarget::Exact;
        let mut drawn = Key::MIN;
        for _ in 0..TRIES {
            drawn = Key::from_words([(); 4].map(|()| ctx.rng().next_u64()));
            if exact {
                return me.flip_bit(bucket).with_tail(bucket + 1, drawn);
            }
            if me.common_prefix(drawn) == bucket {
                break;
            }
        }
        drawn
    }

    /// A refresh is over.
    fn end_refresh(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.refreshing = false;
        if std::mem::take(&mut self.refresh_again) {
            return self.begin_refresh(ctx);
        }
        self.arm_idle_refresh(ctx);
        self.feed_jobs(ctx);
    }

    /// The sources asked so far all failed: goes on to the next, or reports.
    fn fail_join(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.refreshing = false;
        self.refresh_again = false;
        if self.join == Join::Saved {
            self.join = Join::Bootstrap;
            self.add_bootstrap(ctx);
            return self.begin_refresh(ctx);
        }
        if self.join == Join::Bootstrap {
            self.join = Join::Failed;
            ctx.joined(false);
        }
        let retry = ctx.params().join_retry;
        if retry > Span::ZERO {
            ctx.arm(Timer::Join, retry);
        }
    }

    /// Tries a failed join again.
    pub(super) fn retry_join(&mut self, ctx: &mut Ctx<'_, Self>) {
        if self.join != Join::Done {
            self.add_bootstrap(ctx);
            self.begin_refresh(ctx);
        }
    }

    /// The time of a refresh has come.
    pub(super) fn on_refresh_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        if ctx.params().refresh == Refresh::Periodic {
            return self.begin_refresh(ctx);
        }
        if self.refreshing {
            // Its end arms the timer again.
            return;
        }
        self.refreshing = true;
        let from = self.table.deepest().map_or(0, |bucket| bucket + 1);
        self.refresh_below(from, true, Cause::background(Traffic::Maintenance), ctx);
    }

    /// A walk goes to `target`: its bucket needs no refresh for an interval.
    pub(super) fn touch_bucket(&mut self, target: Key, ctx: &Ctx<'_, Self>) {
        let Some(upkeep) = &mut self.upkeep else { return };
        let bucket = target.common_prefix(ctx.key(ctx.me())) as usize;
        if let Some(due) = upkeep.due.get_mut(bucket) {
            *due = ctx.now().saturating_add(ctx.params().refresh_interval);
        }
    }

    /// Arms the refresh of the bucket that is idle for the longest time.
    fn arm_idle_refresh(&mut self, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        if params.refresh != Refresh::IdleBucket || params.refresh_interval == Span::ZERO {
            return;
        }
        let fresh = ctx.now().saturating_add(params.refresh_interval);
        let buckets = self.table.deepest().map_or(0, |bucket| bucket + 1);
        let due = &mut self.upkeep.get_or_insert_default().due;
        due.resize(buckets.max(due.len()), fresh);
        let next = due.iter().copied().min().unwrap_or(Time::NEVER).min(fresh);
        ctx.arm_at(Timer::Refresh, next);
    }

    /// Starts the clocks of a node whose table was filled before the run: at a random point of the
    /// interval, or all nodes would refresh at the same instant.
    pub(super) fn begin_upkeep_warm(&mut self, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        if params.refresh_interval == Span::ZERO {
            return;
        }
        if params.refresh == Refresh::Periodic {
            let first = phase(params.refresh_interval, ctx);
            return ctx.arm(Timer::Refresh, first);
        }
        let buckets = self.table.deepest().map_or(0, |bucket| bucket + 1);
        let mut due = Vec::with_capacity(buckets);
        for _ in 0..buckets {
            due.push(ctx.now().saturating_add(phase(params.refresh_interval, ctx)));
        }
        self.upkeep.get_or_insert_default().due = due;
        self.arm_idle_refresh(ctx);
    }
}
