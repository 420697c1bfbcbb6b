//! Reading cached records again before they expire, as long as they are in use.

use std::collections::{BTreeMap, BTreeSet};

use dhtlab_core::author::{Cause, Ctx, Key, Span, Time, Traffic};

use super::jobs::Client;
use super::node::{Hivemind, Timer};
use super::wanted::Tier;

/// What is read again must be valid for so much longer than what is there.
const GAIN: Span = Span::from_secs(1);

/// The keys to be read again.
#[derive(Clone, Debug, Default)]
pub(super) struct Renewals {
    due: BTreeSet<(Time, Key)>,
    by_key: BTreeMap<Key, Time>,
    /// One batch is under way; the next waits for its end.
    busy: bool,
}

impl Renewals {
    /// Plans to read `key` again at `due`, by wall clock. A later plan replaces an earlier one.
    fn plan(&mut self, key: Key, due: Time) {
        let planned = self.by_key.entry(key).or_insert(due);
        if *planned < due {
            self.due.remove(&(*planned, key));
            *planned = due;
        }
        self.due.insert((*planned, key));
    }

    /// When the first is due.
    fn first(&self) -> Option<Time> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes out up to `count` that are due at `wall`, the earliest first.
    fn take(&mut self, count: usize, wall: Time) -> Vec<Key> {
        let keys: Vec<Key> = self
            .due
            .iter()
            .take_while(|(due, _)| *due <= wall)
            .take(count)
            .map(|(_, k)| *k)
            .collect();
        for key in &keys {
            if let Some(due) = self.by_key.remove(key) {
                self.due.remove(&(due, *key));
            }
        }
        keys
    }
}

impl Hivemind {
    /// A read was answered at home: what is cached is read again before it expires.
    pub(super) fn read_at_home(&mut self, key: Key, expires: Time, ctx: &mut Ctx<'_, Self>) {
        let before = ctx.params().cache_refresh_before_expiry;
        if before > Span::ZERO && self.kept(Tier::Cache, key, ctx).is_some() {
            let before = before.as_nanos();
            let due = Time::from_nanos(expires.as_nanos().saturating_sub(before));
            self.plan_renewal(key, due, ctx);
        }
    }

    /// Plans to read `key` again at `due`, by wall clock.
    pub(super) fn plan_renewal(&mut self, key: Key, due: Time, ctx: &mut Ctx<'_, Self>) {
        self.jobs.renewals.plan(key, due);
        self.arm_renewal(ctx);
    }

    fn arm_renewal(&self, ctx: &mut Ctx<'_, Self>) {
        let renewals = &self.jobs.renewals;
        if let (Some(due), false) = (renewals.first(), renewals.busy) {
            let wall = self.wall(ctx);
            let wait = if due > wall { due.since(wall) } else { Span::ZERO };
            ctx.arm(Timer::Renewal, wait);
        }
    }

    /// Reads again what is due.
    pub(super) fn on_renewal_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (params, wall) = (ctx.params(), self.wall(ctx));
        if self.jobs.renewals.busy {
            return;
        }
        let keys = self.jobs.renewals.take((params.chunk_size as usize).max(1), wall);
        if keys.is_empty() {
            return self.arm_renewal(ctx);
        }
        let cached = keys.iter().filter_map(|key| self.kept(Tier::Cache, *key, ctx));
        let longest = cached.map(|(_, expires)| expires).max().unwrap_or(wall);
        let gain = params.cache_refresh_before_expiry + GAIN;
        self.jobs.renewals.busy = true;
        ctx.attribute(Cause::background(Traffic::Maintenance));
        self.read(Client::Renewal, keys, Vec::new(), longest.saturating_add(gain), ctx);
    }

    /// A batch was read again.
    pub(super) fn renewed(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.jobs.renewals.busy = false;
        self.arm_renewal(ctx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_put_off_but_never_brought_forward() {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let key = |word| Key::from_words([word; 4]);
        let mut renewals = Renewals::default();
        renewals.plan(key(1), at(9));
        renewals.plan(key(1), at(5));
        renewals.plan(key(2), at(7));
        renewals.plan(key(3), at(1));
        renewals.plan(key(3), at(8));
        assert_eq!(renewals.first(), Some(at(7)));
        assert_eq!(renewals.take(9, at(8)), [key(2), key(3)]);
        assert_eq!(renewals.take(1, at(9)), [key(1)]);
        assert_eq!(renewals.first(), None);
    }
}
