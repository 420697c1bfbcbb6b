//! What a node tells about itself, for gauges.

use dhtlab_core::author::{Fold, Reading, Time};

use super::node::Hivemind;

fn reading(name: &'static str, unit: &'static str, value: usize, fold: Fold) -> Reading {
    Reading { name, unit, value: value as u64, fold }
}

impl Hivemind {
    /// Shows the readings of the moment at which the own wall clock shows `clock`.
    pub(super) fn show_readings(&self, clock: Time, visit: &mut dyn FnMut(Reading)) {
        let (storage, cache) = (self.tiers.storage.len(clock), self.tiers.cache.len(clock));
        visit(reading("hivemind.storage_entries_mean", "records", storage, Fold::Mean));
        visit(reading("hivemind.storage_entries_max", "records", storage, Fold::Max));
        visit(reading("hivemind.cache_entries_mean", "records", cache, Fold::Mean));
        visit(reading("hivemind.blacklist_mean", "nodes", self.blacklist.len(), Fold::Mean));
        visit(reading("hivemind.members_mean", "nodes", self.table.len(), Fold::Mean));
        let replacements = self.table.replacement_count();
        visit(reading("hivemind.replacements_mean", "nodes", replacements, Fold::Mean));
        visit(reading("hivemind.buckets_mean", "buckets", self.table.bucket_count(), Fold::Mean));
    }
}
