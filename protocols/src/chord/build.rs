//! What a virtual node tells of its keys, and the model that follows from what all told.

use std::sync::Arc;

use dhtlab_core::author::Ctx;

use super::node::Chord;
use super::params::{Params, Refit, TriggerRule, Update};
use super::peer::Peer;
use crate::learned_chord::fedavg::FedAvg;
use crate::learned_chord::lesson::Told;
use crate::learned_chord::{Model, Summary, drift};

/// As many keys as would be as uncertain, all told, as the summary is. Counts are exact between leaves;
/// inside the largest one only the sample tells, and its noise shrinks with the leaf's share.
fn certainty(summary: &Summary) -> u64 {
    let (total, sample) = (summary.total(), summary.sample().len() as u64);
    let largest = summary.counts().iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let sampled = u128::from(sample) * u128::from(total) / u128::from(largest);
    total.min(u64::try_from(sampled).unwrap_or(u64::MAX))
}

impl Chord {
    /// What the virtual node `own` has to tell; nothing under another model than the round's.
    pub(super) fn summarise(&self, own: Peer, base: u32, params: &Params) -> Told {
        let Some(learner) = self.learner.as_deref() else { return Told::Nothing };
        let Some(vnode) = self.vnodes.get(usize::from(own.vnode())) else { return Told::Nothing };
        if learner.active.version() != base {
            return Told::Nothing;
        }
        let names = vnode.store.iter().map(|(_, (key, _))| key.name());
        match params.update {
            Update::Counts => {
                let capacity = params.summary_sample as usize;
                Told::Counts(Arc::new(Summary::of(names, &learner.active, capacity)))
            }
            Update::FedAvg => {
                let mut names: Vec<u64> = match &learner.reservoir {
                    // DLHT fits what its reservoir kept of the own stretch.
                    Some(reservoir) => {
                        let own = |name: &&u64| vnode.owns(learner.active.position(**name));
                        reservoir.keys().iter().filter(own).copied().collect()
                    }
                    None => names.collect(),
                };
                names.sort_unstable();
                Told::Leaves(Arc::new(FedAvg::local(&names, &learner.active)))
            }
        }
    }

    /// The model that follows from what was told; none when it would not be worth it.
    pub(super) fn build(&self, told: &Told, ctx: &Ctx<'_, Self>) -> Option<Model> {
        let params = ctx.params();
        let active = &self.learner.as_deref()?.active;
        let name = ctx.key_prefix(ctx.me());
        let model = match told {
            Told::Counts(summary) => {
                let worth = u64::MAX / 1_000 * u64::from(params.ks_threshold_permille);
                if params.trigger == TriggerRule::Ks {
                    let least = drift::guard(certainty(summary), drift::CRITICAL).max(worth);
                    if drift::distance(summary, active).ok()? <= least {
                        return None;
                    }
                }
                let known = active.leaves() >= params.leaves as usize;
                if params.refit == Refit::Minimal && known {
                    drift::minimal(summary, active, worth).ok()?
                } else {
                    summary.build(active, params.leaves as usize).ok()?
                }
            }
            Told::Leaves(fitted) => fitted.build(active).ok()?,
            Told::Nothing | Told::Prepared(_) => return None,
        };
        Some(model.named(active.version() + 1, name))
    }
}
