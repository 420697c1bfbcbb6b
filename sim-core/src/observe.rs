//! Observers: the model emits records, the observer decides what becomes of them.

use crate::batch::Entry;
use crate::node::NodeIx;
use crate::op::OpId;
use crate::record::{JoinRecord, OpRecord};
use crate::step::Step;
use crate::time::Time;
use crate::world::World;

/// What an observer may look at besides the record: the truth, which no protocol has.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    pub(crate) world: &'a World,
    pub(crate) held_down: &'a crate::members::Members,
}

impl Sight<'_> {
    /// The world of the run.
    pub fn world(&self) -> &World {
        self.world
    }

    /// Is `node` up at `at`? True to the trace and to the faults in force.
    pub fn live(&self, node: NodeIx, at: Time) -> bool {
        !self.held_down.contains(node) && self.world.sessions.up_at(node, at)
    }
}

/// What an operation found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The nodes, closest first (the holders, for a put).
    pub nodes: &'a [NodeIx],
    /// For a range query, the names of the records, ascending.
    pub names: &'a [u64],
    /// For a read of a batch, what it found, in order of items and then of subkeys.
    pub entries: &'a [Entry],
}

/// Receives the records of one shard. `()` observes nothing and costs nothing.
pub trait Observer: Send {
    /// Does it want [steps](Step)? Asked once, when the shard is made.
    fn wants_steps(&self) -> bool {
        false
    }

    /// Something happened at a node of the shard. What a node sends stands before the record of what it
    /// was handling.
    fn stepped(&mut self, sight: &Sight<'_>, step: Step) {
        let _ = (sight, step);
    }

    /// Operation `op` was handed to `node`.
    fn issued(&mut self, sight: &Sight<'_>, op: OpId, node: NodeIx, at: Time) {
        let _ = (sight, op, node, at);
    }

    /// An operation ended, with what it found.
    fn finished(&mut self, sight: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        let _ = (sight, record, found);
    }

    /// A join ended.
    fn joined(&mut self, sight: &Sight<'_>, record: &JoinRecord) {
        let _ = (sight, record);
    }

    /// A session began.
    fn booted(&mut self, sight: &Sight<'_>, node: NodeIx, at: Time) {
        let _ = (sight, node, at);
    }

    /// A session ended.
    fn ended(&mut self, sight: &Sight<'_>, node: NodeIx, at: Time) {
        let _ = (sight, node, at);
    }
}

impl Observer for () {}
