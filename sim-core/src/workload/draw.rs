//! The drawing of a workload: strokes of Poisson processes, and what each asks for.

use std::collections::BTreeMap;

use crate::dist::poisson::Poisson;
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Command, OpId, Value};
use crate::seed::{Draw, Purpose, Rng, Seed, Stream};
use crate::session::Sessions;
use crate::time::{Span, Time};
use crate::workload::batch::{Batches, Once, Record, first_of_wave};
use crate::workload::choose::{Chooser, Shelf, first_stores, known_at};
use crate::workload::{
    Deletes, Gets, Lookups, RangeMode, Ranges, Rate, RecordKind, Target, WorkloadError,
    WorkloadSpec,
};
use crate::world::Operation;

/// The streams of a kind of operation: its number above the 32 bits of a slot or record.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Lookup = 1,
    Put = 2,
    Get = 3,
    Publish = 4,
    Delete = 5,
    Range = 6,
    Wave = 7,
}

/// What a workload is drawn over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) seed: Seed,
    pub(crate) sessions: &'a Sessions,
    pub(crate) bootstrap: &'a [NodeIx],
    /// The slot of each identity; those of one slot follow each other.
    pub(crate) slots: &'a [u32],
    /// The target population, for rates of the whole network.
    pub(crate) nodes: u32,
    pub(crate) duration: Span,
}

/// A stroke of a Poisson process at a node, with a word for whatever is still to be chosen.
#[derive(Clone, Copy)]
struct Stroke {
    at: Time,
    node: NodeIx,
    word: u64,
}

/// A workload, drawn.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// All operations, in order of time and then of node.
    pub(crate) operations: Vec<Operation>,
    /// Who leaves for good, and when: publishers, where they do not stay.
    pub(crate) departures: BTreeMap<NodeIx, Time>,
}

impl WorkloadSpec {
    /// All operations and departures.
    pub(crate) fn draw(&self, stage: &Stage<'_>) -> Result<Drawn, WorkloadError> {
        self.validate()?;
        let batches = self.draw_batches(stage.seed)?;
        let mut operations = Vec::new();
        let departures = self.store_batches(&batches, stage, &mut operations);
        let mut drawing = Drawing { spec: self, stage, departures: &departures, operations };
        if let Some(rate) = self.puts {
            drawing.puts(rate, &batches.own)?;
        }
        if self.gets.is_some() || self.deletes.is_some() || self.ranges.is_some() {
            let stored = first_stores(&drawing.operations);
            if let Some(gets) = self.gets {
                drawing.gets(gets, &stored)?;
            }
            if let Some(deletes) = self.deletes {
                drawing.deletes(deletes, &stored)?;
            }
            if let Some(ranges) = self.ranges {
                drawing.ranges(ranges, &stored)?;
            }
        }
        if let Some(lookups) = self.lookups {
            drawing.lookups(lookups, &batches.own)?;
        }
        let mut operations = drawing.operations;
        if operations.len() > OpId::MAX_COUNT as usize {
            return Err(WorkloadError::TooMany);
        }
        order(&mut operations);
        number_versions(&mut operations);
        Ok(Drawn { operations, departures })
    }

    /// Every batch that is stored at a stated time. Gives those who leave for good, with the time.
    fn store_batches(
        &self,
        batches: &Batches,
        stage: &Stage<'_>,
        operations: &mut Vec<Operation>,
    ) -> BTreeMap<NodeIx, Time> {
        let mut departures = BTreeMap::new();
        if let Some(publish) = self.publish {
            let once = Once {
                kind: Kind::Publish,
                first: 0,
                at: publish.at,
                over: publish.over,
                records: &batches.own,
                leaves: publish.publisher_leaves,
            };
            self.store_once(&once, stage, &mut departures, operations);
        }
        for (number, (wave, records)) in (0..).zip(self.waves.iter().zip(&batches.waves)) {
            let first = first_of_wave(number);
            let (at, over) = (wave.at, wave.over);
            let once = Once { kind: Kind::Wave, first, at, over, records, leaves: None };
            self.store_once(&once, stage, &mut departures, operations);
        }
        // As with sessions: what would end after the run does not end.
        let end = Time::ZERO.saturating_add(stage.duration);
        departures.retain(|_, at| *at < end);
        departures
    }

    pub(super) const fn store(&self, at: Time, node: NodeIx, record: &Record) -> Operation {
        let key = record.key;
        let command = match self.records.kind {
            RecordKind::Value => {
                Command::Put { key, value: Value { version: 0, bytes: record.bytes } }
            }
            RecordKind::Provider => Command::Provide { key },
        };
        Operation { at, node, command }
    }
}

/// A workload while it is drawn.
struct Drawing<'a> {
    spec: &'a WorkloadSpec,
    stage: &'a Stage<'a>,
    departures: &'a BTreeMap<NodeIx, Time>,
    operations: Vec<Operation>,
}

impl Drawing<'_> {
    /// Each store chooses one of the workload's own records.
    fn puts(&mut self, rate: Rate, records: &[Record]) -> Result<(), WorkloadError> {
        self.ask(Kind::Put, rate, |spec, Stroke { at, node, word }| {
            let record = &records[Rng::from_state(word).index(records.len())];
            Some(spec.store(at, node, record))
        })
    }

    fn gets(&mut self, gets: Gets, stored: &[(Time, Key)]) -> Result<(), WorkloadError> {
        let chooser = Chooser::new(gets.popularity, stored.len())?;
        self.ask(Kind::Get, gets.rate, |spec, Stroke { at, node, word }| {
            let known = known_at(stored, gets.lag, at);
            let key = (known > 0).then(|| stored[chooser.choose(known, word)].1)?;
            let command = match spec.records.kind {
                RecordKind::Value => Command::Get { key },
                RecordKind::Provider => Command::GetProviders { key },
            };
            Some(Operation { at, node, command })
        })
    }

    fn deletes(&mut self, deletes: Deletes, stored: &[(Time, Key)]) -> Result<(), WorkloadError> {
        self.ask(Kind::Delete, deletes.rate, |_, Stroke { at, node, word }| {
            let known = known_at(stored, deletes.lag, at);
            let key = (known > 0).then(|| stored[Rng::from_state(word).index(known)].1)?;
            Some(Operation { at, node, command: Command::Delete { key } })
        })
    }

    fn ranges(&mut self, ranges: Ranges, stored: &[(Time, Key)]) -> Result<(), WorkloadError> {
        let mut strokes = Vec::new();
        self.ask(Kind::Range, ranges.rate, |_, stroke| {
            strokes.push(stroke);
            None
        })?;
        strokes.sort_unstable_by_key(|stroke| (stroke.at, stroke.node));
        let mut shelf = Shelf::new(stored);
        for Stroke { at, node, word } in strokes {
            shelf.fill(ranges.lag, at);
            let Some((lo, last)) = shelf.window(ranges.keys, word) else { continue };
            let (hi, limit) = match ranges.mode {
                RangeMode::Bounds => (last, u32::MAX),
                RangeMode::Count => (u64::MAX, ranges.keys),
            };
            let command = Command::Range { lo, hi, limit };
            self.operations.push(Operation { at, node, command });
        }
        Ok(())
    }

    fn lookups(&mut self, lookups: Lookups, records: &[Record]) -> Result<(), WorkloadError> {
        let chooser = match lookups.target {
            Target::RandomKey => None,
            Target::Record(popularity) => Some(Chooser::new(popularity, records.len())?),
        };
        self.ask(Kind::Lookup, lookups.rate, |_, Stroke { at, node, word }| {
            let target = match &chooser {
                Some(chooser) => records[chooser.choose(records.len(), word)].key,
                None => random_key(&mut Rng::from_state(word)),
            };
            Some(Operation { at, node, command: Command::FindNode { target } })
        })
    }

    /// Adds what `choose` makes of every stroke of a Poisson process at every node while it is there.
    fn ask(
        &mut self,
        kind: Kind,
        rate: Rate,
        mut choose: impl FnMut(&WorkloadSpec, Stroke) -> Option<Operation>,
    ) -> Result<(), WorkloadError> {
        let Self { spec, stage, departures, operations } = self;
        // Strokes after a departure are drawn and passed over, so that nobody else's shift.
        let stays = |stroke: &Stroke| departures.get(&stroke.node).is_none_or(|t| stroke.at < *t);
        spec.strokes(kind, rate, stage, |stroke| {
            if stays(&stroke) {
                operations.extend(choose(spec, stroke));
            }
        })
    }
}

impl WorkloadSpec {
    /// Shows every stroke of a Poisson process at every node while it is up.
    fn strokes(
        &self,
        kind: Kind,
        rate: Rate,
        stage: &Stage<'_>,
        mut visit: impl FnMut(Stroke),
    ) -> Result<(), WorkloadError> {
        let process = Poisson {
            every: match rate {
                Rate::PerNode { every } => every,
                Rate::Network { every } => every.saturating_mul(u64::from(stage.nodes.max(1))),
            },
        };
        let end = Time::ZERO.saturating_add(stage.duration);
        let mut current: Option<(u32, Stream)> = None;
        let mut count = 0_u32;
        for (number, slot) in stage.slots.iter().enumerate() {
            let node = NodeIx::from_usize(number);
            // The identities of one slot go on with its stream.
            if current.as_ref().is_none_or(|(open, _)| open != slot) {
                current = Some((*slot, stream_of(stage.seed, kind, *slot)));
            }
            let Some((_, stream)) = &mut current else { continue };
            for session in stage.sessions.of(node) {
                let settled = session.up == Time::ZERO;
                let wait = if settled { Span::ZERO } else { self.settle };
                let mut at = process.next(session.up.saturating_add(wait), stream);
                while at < session.down.min(end) {
                    count += 1;
                    if count > OpId::MAX_COUNT {
                        return Err(WorkloadError::TooMany);
                    }
                    visit(Stroke { at, node, word: stream.next_u64() });
                    at = process.next(at, stream);
                }
            }
        }
        Ok(())
    }
}

pub(super) fn stream_of(seed: Seed, kind: Kind, index: u32) -> Stream {
    Stream::new(seed, Purpose::Workload, (kind as u64) << 32 | u64::from(index))
}

/// By time and then by node, in place; the key tells apart what one node is to publish in one nanosecond.
pub(crate) fn order(operations: &mut [Operation]) {
    operations.sort_unstable_by_key(|operation| {
        (operation.at, operation.node, operation.command.kind(), operation.command.key())
    });
}

pub(crate) fn random_key(draw: &mut impl Draw) -> Key {
    Key::from_words(std::array::from_fn(|_| draw.next_u64()))
}

/// Gives each store a version of its own, in order of time from 1: the number of the operation would
/// do as well, but would change with the rates of other kinds.
fn number_versions(operations: &mut [Operation]) {
    let mut next = 1;
    for operation in operations {
        if let Command::Put { value, .. } = &mut operation.command {
            value.version = next;
            next += 1;
        }
    }
}
