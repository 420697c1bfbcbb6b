//! The jobs of groups, drawn: when each is done, and on which records.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::batch::{Batch, Item};
use crate::group::deal::{Seat, Seats};
use crate::group::{Announce, GroupError, GroupSpec, Watch};
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Command, OpId, Value};
use crate::seed::{Draw, Purpose, Rng, Seed, Stream};
use crate::time::{Span, Time};
use crate::workload::{Stage, WorkloadError, random_key};
use crate::world::{Operation, WorldError};

/// What there is to do, and on what.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// In order of time and then of node.
    pub(crate) operations: Vec<Operation>,
    /// The records of their batches: first those of reads, then those of stores, in order of versions.
    pub(crate) items: Vec<Item>,
}

/// A job, and the streams of its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Announce = 1,
    Index = 2,
    Watch = 3,
    Heartbeat = 4,
}

/// A job to be done, with a word for whatever is still to be chosen.
#[derive(Clone, Copy)]
struct Stroke {
    at: Time,
    node: NodeIx,
    job: Job,
    seat: Seat,
    word: u64,
}

/// All jobs of `groups`, whose members have these `seats`; stores have versions from `version` on, and a
/// node is left alone for `settle` after its boot.
pub(crate) fn draw(
    groups: &[GroupSpec],
    seats: &Seats,
    stage: &Stage<'_>,
    settle: Span,
    version: u64,
) -> Result<Work, WorldError> {
    let mut strokes = strokes(groups, seats, stage, settle)?;
    strokes.sort_unstable_by_key(|stroke| (stroke.at, stroke.node, stroke.job));
    let things = things(groups, stage.seed);
    let index = random_key(&mut Stream::new(stage.seed, Purpose::Blocks, 0));
    let mut desk = Desk { seats, things, index, version, work: Work::default() };
    let mut watched: BTreeMap<(String, bool), Batch> = BTreeMap::new();
    for watch in groups.iter().filter_map(|group| group.watch.as_ref()) {
        if let Entry::Vacant(place) = watched.entry((watch.of.clone(), watch.index)) {
            place.insert(desk.read(watch)?);
        }
    }
    for stroke in strokes {
        let group = &groups[usize::from(stroke.seat.group)];
        let command = match (stroke.job, &group.announce, &group.watch) {
            (Job::Announce, Some(announce), _) => desk.announce(announce, &stroke)?,
            (Job::Index, Some(announce), _) => desk.announce_index(announce)?,
            (Job::Watch, _, Some(watch)) => {
                let items = watched[&(watch.of.clone(), watch.index)];
                Command::GetMany { items, latest: watch.latest }
            }
            _ => Command::Get { key: random_key(&mut Rng::from_state(stroke.word)) },
        };
        desk.work.operations.push(Operation { at: stroke.at, node: stroke.node, command });
    }
    Ok(desk.work)
}

/// A job of one slot: where in its first period it begins if the slot is up at the start, and what is left
/// of its stream.
struct Duty {
    job: Job,
    every: Span,
    phase: Span,
    stream: Stream,
}

/// The duties of `slot`, which is of `group`.
fn duties(group: &GroupSpec, seed: Seed, slot: u32) -> Vec<Duty> {
    let jobs = [
        (Job::Announce, group.announce.as_ref().map(|job| job.every)),
        (Job::Watch, group.watch.as_ref().map(|job| job.every)),
        (Job::Heartbeat, group.heartbeat),
    ];
    let duty = |(job, every): (Job, Option<Span>)| {
        let every = every?;
        let index = (job as u64) << 32 | u64::from(slot);
        let mut stream = Stream::new(seed, Purpose::GroupJobs, index);
        let phase = Span::from_nanos(stream.below(every.as_nanos()));
        Some(Duty { job, every, phase, stream })
    };
    jobs.into_iter().filter_map(duty).collect()
}

/// Every job of every member, while it is up.
fn strokes(
    groups: &[GroupSpec],
    seats: &Seats,
    stage: &Stage<'_>,
    settle: Span,
) -> Result<Vec<Stroke>, WorldError> {
    let mut strokes = Vec::new();
    let (mut open, mut ours) = (None, Vec::new());
    let end = Time::ZERO.saturating_add(stage.duration);
    for (number, slot) in stage.slots.iter().enumerate() {
        let Some(seat) = seats.of(*slot) else { continue };
        let group = &groups[usize::from(seat.group)];
        // The identities of one slot go on with its streams.
        if open != Some(*slot) {
            (open, ours) = (Some(*slot), duties(group, stage.seed, *slot));
        }
        let indexed = group.announce.as_ref().is_some_and(|announce| announce.index);
        let node = NodeIx::from_usize(number);
        for Duty { job, every, phase, stream } in &mut ours {
            for session in stage.sessions.of(node) {
                let wait = if session.up == Time::ZERO { *phase } else { settle };
                let mut at = session.up.saturating_add(wait);
                while at < session.down.min(end) {
                    if strokes.len() >= OpId::MAX_COUNT as usize {
                        return Err(WorkloadError::TooMany.into());
                    }
                    let word = if *job == Job::Heartbeat { stream.next_u64() } else { 0 };
                    let stroke = Stroke { at, node, job: *job, seat, word };
                    strokes.push(stroke);
                    if *job == Job::Announce && indexed {
                        strokes.push(Stroke { job: Job::Index, ..stroke });
                    }
                    at = at.saturating_add(*every);
                }
            }
        }
    }
    Ok(strokes)
}

/// Something that has blocks.
struct Thing {
    of: String,
    keys: Vec<Key>,
}

/// Whatever is announced, in the order of first naming. Its keys depend on its name only.
fn things(groups: &[GroupSpec], seed: Seed) -> Vec<Thing> {
    let mut things: Vec<Thing> = Vec::new();
    for announce in groups.iter().filter_map(|group| group.announce.as_ref()) {
        if things.iter().all(|thing| thing.of != announce.of) {
            let mut stream = Stream::new(seed, Purpose::Blocks, stream_number(&announce.of));
            let keys = (0..announce.blocks).map(|_| random_key(&mut stream)).collect();
            things.push(Thing { of: announce.of.clone(), keys });
        }
    }
    things
}

/// 39 bits of a hash and a one, so that it is not that of the index.
fn stream_number(of: &str) -> u64 {
    let hash = blake3::hash(of.as_bytes());
    let bytes = hash.as_bytes();
    u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], 0, 0, 0]) | 1
}

/// The first block of the span of a member: evenly from the first to the last one possible.
pub(super) fn first_block(announce: &Announce, rank: u32, members: u32) -> u32 {
    let room = u64::from(announce.blocks - announce.span);
    let first = u64::from(rank) * room / u64::from(members.saturating_sub(1).max(1));
    u32::try_from(first.min(room)).unwrap_or(0)
}

/// Where commands get their records.
struct Desk<'a> {
    seats: &'a Seats,
    things: Vec<Thing>,
    index: Key,
    version: u64,
    work: Work,
}

impl Desk<'_> {
    /// All blocks that a watch reads.
    fn read(&mut self, watch: &Watch) -> Result<Batch, GroupError> {
        let number = self.number_of(&watch.of);
        let mut keys = self.things[number].keys.clone();
        keys.extend(watch.index.then_some(self.index));
        let nothing = Value { version: 0, bytes: 0 };
        let read = |key| Item { key, subkey: None, value: nothing, lifetime: Span::ZERO };
        self.add(keys.into_iter().map(read))
    }

    /// One item for each block that this node holds.
    fn announce(&mut self, announce: &Announce, stroke: &Stroke) -> Result<Command, GroupError> {
        let Seat { group, rank } = stroke.seat;
        let first = first_block(announce, rank, self.seats.members(group)) as usize;
        let number = self.number_of(&announce.of);
        let keys = self.things[number].keys[first..first + announce.span as usize].to_vec();
        let subkey = u64::from(stroke.node.get());
        let items: Vec<Item> =
            keys.into_iter().map(|key| self.item(key, subkey, announce)).collect();
        Ok(Command::PutMany { items: self.add(items)? })
    }

    /// That there is such a thing.
    fn announce_index(&mut self, announce: &Announce) -> Result<Command, GroupError> {
        let item = self.item(self.index, self.number_of(&announce.of) as u64, announce);
        Ok(Command::PutMany { items: self.add([item])? })
    }

    fn item(&mut self, key: Key, subkey: u64, announce: &Announce) -> Item {
        let value = Value { version: self.version, bytes: announce.value_bytes };
        self.version += 1;
        Item { key, subkey: Some(subkey), value, lifetime: announce.lifetime }
    }

    fn add(&mut self, items: impl IntoIterator<Item = Item>) -> Result<Batch, GroupError> {
        let first = self.work.items.len();
        self.work.items.extend(items);
        let fits = |number| u32::try_from(number).map_err(|_| GroupError::TooManyItems);
        fits(self.work.items.len())?;
        Ok(Batch::new(fits(first)?, fits(self.work.items.len() - first)?))
    }

    /// The number of the thing that has these blocks; groups were checked to speak of what there is.
    fn number_of(&self, of: &str) -> usize {
        let found = self.things.iter().position(|thing| thing.of == of);
        found.expect("groups watch what is announced")
    }
}
