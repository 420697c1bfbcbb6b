//! Groups: named kinds of nodes, each with jobs of its own besides the workload of all.
//!
//! A swarm that serves large models is not one crowd: some nodes hold consecutive blocks of a model and
//! announce them over and over, others read all announcements to find a route through the blocks, and
//! the bootstrap nodes only show that they are alive. Jobs are open loop: their times are fixed
//! before the run, and a job that takes longer than its period overlaps with the next.
//!
//! Members are dealt, and jobs drawn, from streams of their own, so that groups leave all else as it was.

mod deal;
mod draw;

use thiserror::Error;

use crate::node::NodeIx;
use crate::time::Span;
pub(crate) use deal::Seats;
pub(crate) use draw::{Work, draw};

/// The name of the group that the bootstrap nodes are in.
pub const BOOTSTRAP: &str = "bootstrap";

/// The most groups of a network.
pub const GROUPS_MAX: usize = 250;

/// The most blocks of one thing.
pub const BLOCKS_MAX: u32 = 65_536;

/// A named kind of node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSpec {
    /// Its name. [`BOOTSTRAP`] names the bootstrap nodes.
    pub name: String,
    /// How many slots of the population are in it, each of which comes and goes as churn has it.
    /// Bootstrap nodes are in their own group only, whose number is theirs, whatever stands here.
    pub nodes: u32,
    /// Do they answer nobody? Bootstrap nodes always answer.
    pub client: bool,
    /// Stores of what they hold, over and over.
    pub announce: Option<Announce>,
    /// Reads of what was announced, over and over.
    pub watch: Option<Watch>,
    /// So often each reads a fresh random key that nobody stores; longer than zero.
    pub heartbeat: Option<Span>,
}

/// Each node holds consecutive blocks and stores one item for each of them: under the key of the block
/// and, below that, under the number of its identity.
///
/// The spans of a group begin evenly from the first block to the last one possible, by rank, and keep
/// their place; they do not wrap around, so blocks at both ends are held less often than others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// What they are blocks of. Groups that say the same speak of the same blocks.
    pub of: String,
    /// How many blocks that has: 1 to [`BLOCKS_MAX`], the same in all groups.
    pub blocks: u32,
    /// How many of them a node holds, at least one.
    pub span: u32,
    /// How often they are announced; longer than zero. Nodes that are up at the start begin somewhere in
    /// the first period, evenly; others when they have settled.
    pub every: Span,
    /// How long an announcement is valid.
    pub lifetime: Span,
    /// The length of each item, in bytes.
    pub value_bytes: u32,
    /// At the same instant, and in an operation of its own, each node stores that there is such a thing: under
    /// one key for all things and, below that, under the number of the thing, which all its nodes share.
    pub index: bool,
}

/// Each node reads all blocks at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// What they are blocks of; some group announces them.
    pub of: String,
    /// How often; longer than zero. The first time is as for announcements.
    pub every: Span,
    /// Search on for the newest, instead of ending at the first that is valid.
    pub latest: bool,
    /// Read the key of the index too.
    pub index: bool,
}

/// Why groups are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GroupError {
    /// Too many groups.
    #[error("there are at most {GROUPS_MAX} groups")]
    TooManyGroups,
    /// Two of the same name.
    #[error("two groups are called {0}")]
    NameTaken(String),
    /// More members than slots.
    #[error("groups have {wanted} nodes in all, the network has {slots} besides bootstrap nodes")]
    TooManyNodes {
        /// What the groups have in all.
        wanted: u64,
        /// What there is.
        slots: u32,
    },
    /// A period of zero.
    #[error("jobs are done `every` so long: longer than zero")]
    Every,
    /// A number of blocks out of range.
    #[error(
        "there are 1 to {BLOCKS_MAX} blocks, and a node holds at least one and at most all of them"
    )]
    Blocks,
    /// Groups that do not agree.
    #[error("groups say different numbers of blocks of {0}")]
    BlocksDiffer(String),
    /// A watch of nothing.
    #[error("nobody announces blocks of {0}")]
    NobodyAnnounces(String),
    /// More items than numbers.
    #[error("more than 2^32 - 1 items in all batches; announce less often, or fewer blocks")]
    TooManyItems,
}

/// Checks the ranges of all parameters.
///
/// # Errors
/// Names what is out of range.
pub fn validate(groups: &[GroupSpec]) -> Result<(), GroupError> {
    if groups.len() > GROUPS_MAX {
        return Err(GroupError::TooManyGroups);
    }
    for (number, group) in groups.iter().enumerate() {
        if groups[..number].iter().any(|other| other.name == group.name) {
            return Err(GroupError::NameTaken(group.name.clone()));
        }
        let announce = group.announce.as_ref().map(|job| job.every);
        let watch = group.watch.as_ref().map(|job| job.every);
        let mut periods = [announce, watch, group.heartbeat].into_iter().flatten();
        if periods.any(|every| every == Span::ZERO) {
            return Err(GroupError::Every);
        }
        if let Some(announce) = &group.announce {
            let (blocks, span) = (announce.blocks, announce.span);
            if !(1..=BLOCKS_MAX).contains(&blocks) || !(1..=blocks).contains(&span) {
                return Err(GroupError::Blocks);
            }
            if blocks_of(groups, &announce.of) != Some(blocks) {
                return Err(GroupError::BlocksDiffer(announce.of.clone()));
            }
        }
        if let Some(watch) = &group.watch
            && blocks_of(groups, &watch.of).is_none()
        {
            return Err(GroupError::NobodyAnnounces(watch.of.clone()));
        }
    }
    Ok(())
}

/// How many blocks the first group that announces blocks of this says there are.
fn blocks_of(groups: &[GroupSpec], of: &str) -> Option<u32> {
    let mut announced = groups.iter().filter_map(|group| group.announce.as_ref());
    announced.find(|announce| announce.of == of).map(|announce| announce.blocks)
}

/// Which identity is in which group; empty where there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    names: Vec<String>,
    /// The number of the group of each identity, or [`NO_GROUP`].
    of: Vec<u8>,
}

const NO_GROUP: u8 = u8::MAX;

impl Groups {
    /// Groups of these names, with nobody in them yet.
    pub(crate) fn named(specs: &[GroupSpec]) -> Self {
        Self { names: specs.iter().map(|group| group.name.clone()).collect(), of: Vec::new() }
    }

    /// Adds the next `count` identities.
    pub(crate) fn push(&mut self, group: Option<u8>, count: usize) {
        if !self.names.is_empty() {
            self.of.extend(std::iter::repeat_n(group.unwrap_or(NO_GROUP), count));
        }
    }

    /// Are there no groups?
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names of all groups, in the order they were stated.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of the group that `node` is in, if any.
    pub fn number_of(&self, node: NodeIx) -> Option<usize> {
        let number = self.of.get(node.index()).copied()?;
        (number != NO_GROUP).then_some(usize::from(number))
    }

    /// The name of the group that `node` is in, if any.
    pub fn name_of(&self, node: NodeIx) -> Option<&str> {
        self.number_of(node).and_then(|number| self.names.get(number)).map(String::as_str)
    }

    /// The number of the group of each identity, for hashes.
    pub(crate) fn numbers(&self) -> &[u8] {
        &self.of
    }
}

#[cfg(test)]
mod tests;
