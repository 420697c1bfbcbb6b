//! The world of a run: everything drawn before any protocol starts, and the same for all of them.

mod fingerprint;

use thiserror::Error;

use crate::batch::Item;
use crate::churn::{Churn, ChurnError, Plan, Pool, Start};
use crate::clock::{CLOCK_ERROR_MAX, ClockError};
use crate::group::{self, GroupError, GroupSpec, Groups, Seats, Work};
use crate::key::Key;
use crate::link::Links;
use crate::link::model::{LinkModel, LinkSpec};
use crate::node::NodeIx;
use crate::op::{Command, OpId};
use crate::place::{Placer, Places};
use crate::protocol::Role;
use crate::ratio::Ratio;
use crate::seed::{Draw, Purpose, Seed, Stream};
use crate::session::Sessions;
use crate::time::{Span, Time};
use crate::workload::{self, Drawn, Stage, WorkloadError, WorkloadSpec};
pub use fingerprint::WorldHashes;

/// What a right wall clock shows at the start of a run: a day, so that clocks can be behind.
pub const WALL_CLOCK_START: Time = Time::from_nanos(86_400_000_000_000);

/// An operation the workload asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// When.
    pub at: Time,
    /// Of whom.
    pub node: NodeIx,
    /// What.
    pub command: Command,
}

/// Keys, places, sessions, roles, bootstrap nodes and workload.
#[derive(Clone, Debug)]
pub struct World {
    /// The seed all of it was drawn from.
    pub seed: Seed,
    /// The key of each identity.
    pub keys: Vec<Key>,
    /// The leading 64 bits of each key.
    pub prefixes: Vec<u64>,
    /// How each identity takes part.
    pub roles: Vec<Role>,
    /// The links between them.
    pub links: Links,
    /// When each is up.
    pub sessions: Sessions,
    /// The addresses a fresh installation ships with.
    pub bootstrap: Vec<NodeIx>,
    /// The addresses that the installation of each identity ships with, instead of all of `bootstrap`;
    /// empty where all are alike. They may be those of any node: whoever was told of some peer enters
    /// through it.
    pub doors: Vec<Box<[NodeIx]>>,
    /// Operations in order of time; the index is the [`OpId`].
    pub operations: Vec<Operation>,
    /// The records of all batch operations.
    pub items: Vec<Item>,
    /// How far the wall clock of each identity is ahead of the true time, in nanoseconds; empty where
    /// all clocks are right.
    pub clock_errors: Vec<i64>,
    /// Which group each identity is in.
    pub groups: Groups,
}

/// What a world is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldSpec {
    /// The seed of all streams.
    pub seed: Seed,
    /// How many nodes are up on average, bootstrap nodes among them. A measured trace has its own.
    pub nodes: u32,
    /// How many of them everybody knows; they are up from the start to the end, and servers.
    pub bootstrap_nodes: u32,
    /// How the run begins.
    pub start: Start,
    /// The links.
    pub link: LinkSpec,
    /// Who comes and goes.
    pub churn: Churn,
    /// The share of the other nodes that answer nobody; those in groups are as their group says.
    pub client_share: Ratio,
    /// Kinds of nodes with jobs of their own.
    pub groups: Vec<GroupSpec>,
    /// How wrong wall clocks are.
    pub clock_error: ClockError,
    /// What they are asked to do.
    pub workload: WorkloadSpec,
    /// How long the run is.
    pub duration: Span,
}

/// Why a world cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorldError {
    /// A network of nobody.
    #[error("there is at least one node")]
    NoNodes,
    /// Too many bootstrap nodes.
    #[error("{bootstrap} bootstrap nodes among {nodes} nodes")]
    TooManyBootstrapNodes {
        /// How many were asked for.
        bootstrap: u32,
        /// How many nodes there are.
        nodes: u32,
    },
    /// Nobody to join at.
    #[error("nodes that join need at least one bootstrap node")]
    NoBootstrapNode,
    /// A link model out of range.
    #[error("{0}")]
    Link(&'static str),
    /// A churn model out of range.
    #[error(transparent)]
    Churn(#[from] ChurnError),
    /// A workload out of range.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// Groups out of range.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// Clocks that are too wrong.
    #[error("a clock is at most {CLOCK_ERROR_MAX} wrong")]
    ClockError,
    /// More identities than node numbers.
    #[error("{0} identities over the whole run; at most 2^32 - 1 are permitted")]
    TooManyIdentities(usize),
}

impl WorldSpec {
    /// `nodes` nodes that are up all the time with tables as an ideal join would leave them, one of
    /// them a bootstrap node, 50 ms apart, asked to do nothing.
    pub fn still(seed: Seed, nodes: u32, duration: Span) -> Self {
        Self {
            seed,
            nodes,
            bootstrap_nodes: 1,
            start: Start::Warm,
            link: LinkSpec::plain(LinkModel::Constant { one_way: Span::from_millis(50) }),
            churn: Churn::None,
            client_share: Ratio::ZERO,
            groups: Vec::new(),
            clock_error: ClockError::None,
            workload: WorkloadSpec::default(),
            duration,
        }
    }

    /// Checks the ranges of all parameters without drawing anything.
    ///
    /// # Errors
    /// Names the first parameter that is out of range.
    pub fn validate(&self) -> Result<(), WorldError> {
        let (nodes, bootstrap) = (self.nodes, self.bootstrap_nodes);
        let measured = matches!(self.churn, Churn::Trace(_));
        if nodes == 0 && !measured {
            return Err(WorldError::NoNodes);
        }
        if bootstrap > nodes && !measured {
            return Err(WorldError::TooManyBootstrapNodes { bootstrap, nodes });
        }
        if bootstrap == 0 && matches!(self.start, Start::Join { .. }) {
            return Err(WorldError::NoBootstrapNode);
        }
        self.link.validate().map_err(WorldError::Link)?;
        if let Churn::Drawn(churn) = &self.churn {
            churn.validate()?;
        }
        group::validate(&self.groups)?;
        if !self.clock_error.is_valid() {
            return Err(WorldError::ClockError);
        }
        Ok(self.workload.validate()?)
    }
}

impl World {
    /// Draws the world of `spec`.
    ///
    /// The population is a pool of slots, which nodes come and go in; each slot has streams of its
    /// own for its sessions, its place, its role and the keys of its identities. Slots are numbered
    /// through by region, so that a shard of the engine owns whole regions.
    ///
    /// # Errors
    /// When a parameter is out of range or the run would need more identities or operations than
    /// there are numbers.
    pub fn draw(spec: &WorldSpec) -> Result<Self, WorldError> {
        spec.validate()?;
        let seed = spec.seed;
        let placer = Placer::new(seed, &spec.link.model);
        let shares = spec.link.model.region_shares();
        let pool = Pool::plan(&Plan {
            seed,
            churn: &spec.churn,
            start: spec.start,
            nodes: spec.nodes,
            bootstrap: spec.bootstrap_nodes,
            duration: spec.duration,
            shares: &shares,
        })?;
        let seats = Seats::deal(&spec.groups, seed, spec.bootstrap_nodes, pool.slots())?;
        let mut crowd = Crowd { groups: Groups::named(&spec.groups), ..Crowd::default() };
        let mut bootstrap = Vec::new();
        for (region, slot) in numbering(spec, &pool, &placer) {
            if slot < spec.bootstrap_nodes {
                bootstrap.push(NodeIx::from_usize(crowd.sessions.len()));
            }
            let count = pool.push(slot, region, &mut crowd.sessions);
            if crowd.sessions.len() >= u32::MAX as usize {
                return Err(WorldError::TooManyIdentities(crowd.sessions.len()));
            }
            placer.push(slot, region, count, &mut crowd.places);
            crowd.push(spec, &seats, slot, count);
        }
        let Crowd { mut sessions, places, keys, roles, slots, clock_errors, groups } = crowd;
        assert_distinct(&keys);
        let stage = Stage {
            seed,
            sessions: &sessions,
            bootstrap: &bootstrap,
            slots: &slots,
            nodes: spec.nodes,
            duration: spec.duration,
        };
        let Drawn { mut operations, departures } = spec.workload.draw(&stage)?;
        sessions.end_for_good(&departures);
        let stage = Stage {
            seed,
            sessions: &sessions,
            bootstrap: &bootstrap,
            slots: &slots,
            nodes: spec.nodes,
            duration: spec.duration,
        };
        let items = add_jobs(spec, &seats, &stage, &mut operations)?;
        let links = Links::new(&spec.link, seed, places);
        let prefixes = keys.iter().map(|key| key.prefix()).collect();
        Ok(Self {
            seed,
            keys,
            prefixes,
            roles,
            links,
            sessions,
            bootstrap,
            doors: Vec::new(),
            operations,
            items,
            clock_errors,
            groups,
        })
    }

    /// How many identities there are, over the whole run.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Are there no identities at all?
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key of `node`.
    pub fn key(&self, node: NodeIx) -> Key {
        self.keys[node.index()]
    }

    /// The leading 64 bits of the key of `node`.
    pub fn key_prefix(&self, node: NodeIx) -> u64 {
        self.prefixes[node.index()]
    }

    /// What the wall clock of `node` shows at `now`: the true time since [`WALL_CLOCK_START`], and its
    /// own error.
    ///
    /// # Panics
    /// When the clock is more than [`WALL_CLOCK_START`] behind.
    pub fn wall_clock(&self, node: NodeIx, now: Time) -> Time {
        let error = self.clock_errors.get(node.index()).copied().unwrap_or(0);
        let shown = WALL_CLOCK_START.saturating_add(Span::from_nanos(now.as_nanos()));
        let shown = shown.as_nanos().checked_add_signed(error);
        Time::from_nanos(shown.expect("clock errors are far below a day"))
    }

    /// The addresses that the installation of `node` ships with, its own left out.
    ///
    /// # Panics
    /// When there are doors, but none for this node.
    pub fn doors_of(&self, node: NodeIx) -> Vec<NodeIx> {
        let shipped =
            if self.doors.is_empty() { &self.bootstrap[..] } else { &self.doors[node.index()] };
        shipped.iter().copied().filter(|door| *door != node).collect()
    }

    /// How `node` takes part.
    pub fn role(&self, node: NodeIx) -> Role {
        self.roles[node.index()]
    }
}

/// All slots with their regions, in the order in which their identities are numbered.
fn numbering(spec: &WorldSpec, pool: &Pool<'_>, placer: &Placer<'_>) -> Vec<(u8, u32)> {
    let mut rank = vec![0_usize; placer.regions()];
    for (place, region) in spec.link.model.region_order().into_iter().enumerate() {
        rank[region] = place;
    }
    let mut slots: Vec<(u8, u32)> = (0..pool.slots())
        .map(|slot| (pool.region(slot).unwrap_or_else(|| placer.region(slot)), slot))
        .collect();
    slots.sort_by_key(|(region, _)| rank[usize::from(*region)]);
    slots
}

/// Adds the jobs of groups to `operations`, in order. Gives the records of their batches.
fn add_jobs(
    spec: &WorldSpec,
    seats: &Seats,
    stage: &Stage<'_>,
    operations: &mut Vec<Operation>,
) -> Result<Vec<Item>, WorldError> {
    if spec.groups.is_empty() {
        return Ok(Vec::new());
    }
    let stores = |operation: &&Operation| matches!(operation.command, Command::Put { .. });
    let version = operations.iter().filter(stores).count() as u64 + 1;
    let Work { operations: jobs, items } =
        group::draw(&spec.groups, seats, stage, spec.workload.settle, version)?;
    operations.extend(jobs);
    if operations.len() > OpId::MAX_COUNT as usize {
        return Err(WorkloadError::TooMany.into());
    }
    workload::order(operations);
    Ok(items)
}

/// The identities drawn so far.
#[derive(Default)]
struct Crowd {
    sessions: Sessions,
    places: Places,
    keys: Vec<Key>,
    roles: Vec<Role>,
    slots: Vec<u32>,
    clock_errors: Vec<i64>,
    groups: Groups,
}

impl Crowd {
    /// Keys and role of the `count` identities of `slot`: new keys for each, one role for all, so
    /// that the share of clients among the live does not drift. They are one machine with one clock.
    fn push(&mut self, spec: &WorldSpec, seats: &Seats, slot: u32, count: usize) {
        let mut stream = Stream::new(spec.seed, Purpose::NodeKeys, u64::from(slot));
        let draw_key = |_| Key::from_words(std::array::from_fn(|_| stream.next_u64()));
        self.keys.extend((0..count).map(draw_key));
        let group = seats.of(slot).map(|seat| seat.group);
        let client = slot >= spec.bootstrap_nodes
            && match group {
                Some(group) => spec.groups[usize::from(group)].client,
                None => drawn_client(spec, slot),
            };
        let role = if client { Role::Client } else { Role::Server };
        self.roles.extend(std::iter::repeat_n(role, count));
        self.slots.extend(std::iter::repeat_n(slot, count));
        self.groups.push(group, count);
        if !spec.clock_error.is_none() {
            let error = spec.clock_error.draw(spec.seed, slot);
            self.clock_errors.extend(std::iter::repeat_n(error, count));
        }
    }
}

/// Is `slot`, which is in no group, one of those that answer nobody?
fn drawn_client(spec: &WorldSpec, slot: u32) -> bool {
    !spec.client_share.is_zero()
        && Stream::new(spec.seed, Purpose::Roles, u64::from(slot)).chance(spec.client_share)
}

/// Two uniform keys of 256 bits coincide once in 10^60 worlds; a mistake in the drawing makes it
/// likely.
fn assert_distinct(keys: &[Key]) {
    let mut prefixes: Vec<u64> = keys.iter().map(|key| key.prefix()).collect();
    prefixes.sort_unstable();
    if prefixes.windows(2).any(|pair| pair[0] == pair[1]) {
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]), "two nodes drew the same key");
    }
}

#[cfg(test)]
mod tests;
