//! What a node tells about itself, for gauges.

use dhtlab_core::author::{Fold, Reading, Time};

use super::node::Chord;
use crate::learned_chord::Model;
use crate::learned_chord::trigger::Reason;

fn reading(name: &'static str, unit: &'static str, value: usize, fold: Fold) -> Reading {
    Reading { name, unit, value: value as u64, fold }
}

impl Chord {
    /// The model by which records are placed, if one is learned; for observers, too.
    pub fn model(&self) -> Option<&Model> {
        self.learner.as_ref().map(|learner| &*learner.active)
    }

    /// The version of that model.
    pub(super) fn version(&self) -> u32 {
        self.model().map_or(0, Model::version)
    }

    pub(super) fn show_readings(&self, now: Time, visit: &mut dyn FnMut(Reading)) {
        visit(reading("ring.lost_sum", "times", self.rings_lost as usize, Fold::Sum));
        let Some(learner) = self.learner.as_deref() else { return };
        if self.vnodes.is_empty() {
            return;
        }
        let model = &learner.active;
        let version = model.version() as usize;
        let ready: Option<Reason> = learner.monitor.clone().ready(now);
        let misplaced = self.vnodes.iter().map(super::Vnode::misplaced).sum();
        let retrains = learner.activations as usize;
        visit(reading("model.version_max", "version", version, Fold::Max));
        visit(reading("model.version_min", "version", version, Fold::Min));
        visit(reading("model.leaves_mean", "leaves", model.leaves(), Fold::Mean));
        visit(reading("model.bytes_mean", "bytes", model.wire_bytes(), Fold::Mean));
        visit(reading("learning.ready_sum", "hosts", usize::from(ready.is_some()), Fold::Sum));
        visit(reading("learning.retrains_max", "activations", retrains, Fold::Max));
        visit(reading("learning.fetched_sum", "models", learner.fetched as usize, Fold::Sum));
        visit(reading("migration.pending_sum", "records", misplaced, Fold::Sum));
    }
}
