//! The ledger: what became of every operation and every join, judged against the truth.

use std::ops::Range;

use dhtlab_core::batch::Entry;
use dhtlab_core::node::NodeIx;
use dhtlab_core::observe::{Found, Observer, Sight};
use dhtlab_core::op::{Command, OpId, OpKind, Outcome};
use dhtlab_core::record::{JoinRecord, OpRecord};
use dhtlab_core::step::Step;
use dhtlab_core::time::Time;

use super::probe::Probe;
use super::referee::Referee;

/// One operation that was issued.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpEntry {
    /// Which one.
    pub op: OpId,
    /// To whom.
    pub node: NodeIx,
    /// When it was issued.
    pub at: Time,
    /// What the node said at its end, if it got so far.
    pub record: Option<OpRecord>,
    /// For searches: how the nodes found compare with the truth at that time.
    pub judged: Option<Judgement>,
}

/// What was found against what is true. On a ring there is one server to be found, its successor, and
/// `closest` and `exact` are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The closest live server is among those found.
    pub closest: bool,
    /// Those found are exactly the closest live servers.
    pub exact: bool,
    /// How many of the closest live servers were found.
    pub hits: u32,
    /// Out of how many.
    pub of: u32,
}

/// One session's attempt to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinEntry {
    /// Who.
    pub node: NodeIx,
    /// When the session began.
    pub booted_at: Time,
    /// When the join succeeded first.
    pub joined_at: Option<Time>,
    /// Did a join fail before, or instead?
    pub failed: bool,
}

/// Stores and reads of batches that ended.
#[derive(Clone, Debug, Default)]
pub struct EndedBatches {
    /// The stores.
    pub stores: Vec<OpEntry>,
    /// The reads, each with what it found.
    pub reads: Vec<(OpEntry, Vec<Entry>)>,
}

/// Collects the records of one shard.
#[derive(Debug)]
pub struct Ledger<'w> {
    referee: &'w Referee<'w>,
    /// Entry of an operation, by its number; those of other shards stay empty.
    by_op: Vec<u32>,
    ops: Vec<OpEntry>,
    /// All names that range queries found, eight bytes each.
    names: Vec<u64>,
    /// Entries of range queries that ended, and where in the list their names are.
    ranges: Vec<(u32, Range<usize>)>,
    /// Entries of stores of batches that ended and were not taken yet.
    batch_stores: Vec<u32>,
    /// Entries of reads of batches that ended and were not taken yet, each with what it found.
    batch_reads: Vec<(u32, Vec<Entry>)>,
    /// Entry of a node's current session, by its number.
    by_node: Vec<u32>,
    /// When a node's last session ended, by its number; zero while none has.
    ended_at: Vec<Time>,
    joins: Vec<JoinEntry>,
    scratch: Vec<NodeIx>,
    probe: Option<Probe>,
    /// What the probe kept, in the order of the shard.
    steps: Vec<Step>,
}

const NONE: u32 = u32::MAX;

fn number(len: usize) -> u32 {
    u32::try_from(len).expect("fewer than 2^32 entries")
}

impl<'w> Ledger<'w> {
    /// An empty ledger; `referee` judges its searches, and `probe` says which steps it keeps.
    pub const fn new(referee: &'w Referee<'w>, probe: Option<Probe>) -> Self {
        Self {
            referee,
            by_op: Vec::new(),
            ops: Vec::new(),
            names: Vec::new(),
            ranges: Vec::new(),
            batch_stores: Vec::new(),
            batch_reads: Vec::new(),
            by_node: Vec::new(),
            ended_at: Vec::new(),
            joins: Vec::new(),
            scratch: Vec::new(),
            probe,
            steps: Vec::new(),
        }
    }

    /// Takes the steps that the probe kept.
    pub fn take_steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    /// Has operation `op` been issued here, and is it over: ended, or its node gone?
    pub fn has_seen_the_end_of(&self, op: OpId) -> bool {
        let entry = self.by_op.get(op.index()).and_then(|entry| self.ops.get(*entry as usize));
        entry.is_some_and(|entry| entry.record.is_some() || self.left_since(entry.node, entry.at))
    }

    /// The operations issued, in the order of issue.
    pub fn ops(&self) -> &[OpEntry] {
        &self.ops
    }

    /// Did a session of `node` end at `at` or later? Then what it was doing ended with it.
    pub fn left_since(&self, node: NodeIx, at: Time) -> bool {
        self.ended_at.get(node.index()).is_some_and(|ended| *ended > Time::ZERO && *ended >= at)
    }

    /// The joins begun, in the order of boots.
    pub fn joins(&self) -> &[JoinEntry] {
        &self.joins
    }

    /// The range queries that ended, each with the names it found.
    pub fn ranges(&self) -> impl Iterator<Item = (&OpEntry, &[u64])> {
        self.ranges.iter().map(|(entry, at)| (&self.ops[*entry as usize], &self.names[at.clone()]))
    }

    /// Takes the batches that ended since the last time.
    pub fn take_batches(&mut self) -> EndedBatches {
        let (stores, reads) =
            (std::mem::take(&mut self.batch_stores), std::mem::take(&mut self.batch_reads));
        let entry = |number: u32| self.ops[number as usize];
        EndedBatches {
            stores: stores.into_iter().map(entry).collect(),
            reads: reads.into_iter().map(|(number, found)| (entry(number), found)).collect(),
        }
    }

    fn judge(
        &mut self,
        sight: &Sight<'_>,
        record: &OpRecord,
        found: &[NodeIx],
        command: &Command,
    ) -> Judgement {
        let live = |node| sight.live(node, record.at);
        self.referee.judge(record.node, command.key(), found, live, &mut self.scratch)
    }
}

/// The place of `index` in `list`, grown with [`NONE`] as needed.
fn place(list: &mut Vec<u32>, index: usize) -> &mut u32 {
    if list.len() <= index {
        list.resize(index + 1, NONE);
    }
    &mut list[index]
}

impl Observer for Ledger<'_> {
    fn wants_steps(&self) -> bool {
        self.probe.is_some()
    }

    fn stepped(&mut self, _: &Sight<'_>, step: Step) {
        if self.probe.is_some_and(|probe| probe.keeps(&step)) {
            self.steps.push(step);
        }
    }

    fn issued(&mut self, _: &Sight<'_>, op: OpId, node: NodeIx, at: Time) {
        *place(&mut self.by_op, op.index()) = number(self.ops.len());
        self.ops.push(OpEntry { op, node, at, record: None, judged: None });
    }

    fn finished(&mut self, sight: &Sight<'_>, record: &OpRecord, found: Found<'_>) {
        let command = sight.world().operations[record.op.index()].command;
        let answered = !matches!(record.outcome, Outcome::NoContacts | Outcome::Unsupported);
        let judged = (command.kind() == OpKind::FindNode && answered)
            .then(|| self.judge(sight, record, found.nodes, &command));
        let entry = *place(&mut self.by_op, record.op.index());
        if command.kind() == OpKind::Range {
            let start = self.names.len();
            self.names.extend_from_slice(found.names);
            self.ranges.push((entry, start..self.names.len()));
        }
        match command.kind() {
            OpKind::PutMany => self.batch_stores.push(entry),
            OpKind::GetMany => self.batch_reads.push((entry, found.entries.to_vec())),
            _ => {}
        }
        let entry = &mut self.ops[entry as usize];
        assert!(entry.record.is_none(), "operation {:?} ended twice", record.op);
        entry.record = Some(*record);
        entry.judged = judged;
    }

    fn joined(&mut self, _: &Sight<'_>, record: &JoinRecord) {
        let entry = *place(&mut self.by_node, record.node.index());
        let Some(entry) = self.joins.get_mut(entry as usize) else { return };
        if record.success {
            entry.joined_at.get_or_insert(record.at);
        } else {
            entry.failed |= entry.joined_at.is_none();
        }
    }

    fn booted(&mut self, _: &Sight<'_>, node: NodeIx, at: Time) {
        *place(&mut self.by_node, node.index()) = number(self.joins.len());
        self.joins.push(JoinEntry { node, booted_at: at, joined_at: None, failed: false });
    }

    fn ended(&mut self, _: &Sight<'_>, node: NodeIx, at: Time) {
        if self.ended_at.len() <= node.index() {
            self.ended_at.resize(node.index() + 1, Time::ZERO);
        }
        self.ended_at[node.index()] = at;
    }
}
