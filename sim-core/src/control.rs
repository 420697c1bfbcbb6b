//! The control plane: all that a fault may touch. It acts between windows only.

use crate::members::Members;
use crate::node::NodeIx;
use crate::reach::{Reach, Rule, RuleId};
use crate::time::Time;
use crate::world::World;

/// What a fault is given when it is applied or healed: reachability, life-cycle, and what it may
/// know to choose its victims.
#[derive(Debug)]
pub struct ControlPlane<'a> {
    pub(crate) now: Time,
    pub(crate) world: &'a World,
    pub(crate) live: &'a Members,
    pub(crate) reach: &'a mut Reach,
    pub(crate) saved_forgotten: &'a mut u32,
    pub(crate) actions: Vec<Action>,
}

/// A change of life-cycle, carried out in the order of calls once the fault is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Crash it if it is up, and keep it down.
    HoldDown(NodeIx),
    /// Let it live again; it boots at once if its own trace has it up.
    Release(NodeIx),
}

impl ControlPlane<'_> {
    /// The time.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The world of the run, to choose victims by place, key or role.
    pub const fn world(&self) -> &World {
        self.world
    }

    /// The nodes that are up now.
    pub const fn live(&self) -> &Members {
        self.live
    }

    /// Lays down a rule of reachability.
    pub fn add_rule(&mut self, rule: Rule) -> RuleId {
        self.reach.add(rule)
    }

    /// Lifts a rule.
    pub fn remove_rule(&mut self, id: RuleId) {
        self.reach.remove(id);
    }

    /// From now on (until this is taken back, once for each time it was said) nodes boot without what
    /// their last session saved, as fresh installations do.
    pub fn forget_saved(&mut self, forget: bool) {
        if forget {
            *self.saved_forgotten += 1;
        } else {
            *self.saved_forgotten = self.saved_forgotten.saturating_sub(1);
        }
    }

    /// Crashes `node` if it is up, and keeps it down until it is released.
    pub fn hold_down(&mut self, node: NodeIx) {
        self.actions.push(Action::HoldDown(node));
    }

    /// Lets `node` live again: it boots at once if its own trace has it up now, else when that says.
    pub fn release(&mut self, node: NodeIx) {
        self.actions.push(Action::Release(node));
    }
}
