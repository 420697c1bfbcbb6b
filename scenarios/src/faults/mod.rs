//! Faults: small, composable, each in a file of its own, each with a random stream of its own.
//!
//! A fault touches nothing but the control plane: reachability and life-cycle. It can be applied,
//! healed, and can draw itself at random for swarm runs.

mod bootstrap_block;
mod crash_storm;
mod partition;

use std::fmt;

use dhtlab_core::control::ControlPlane;
use dhtlab_core::members::Members;
use dhtlab_core::node::NodeIx;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::seed::{Draw, Stream};
use dhtlab_core::world::World;

pub use bootstrap_block::{BootstrapBlock, Censored};
pub use crash_storm::CrashStorm;
pub use partition::{Direction, Partition, Side};

/// Something that goes wrong for a while.
pub trait Fault: fmt::Debug + Send {
    /// Begins; `stream` is the fault's own and chooses the victims.
    fn apply(&mut self, plane: &mut ControlPlane<'_>, stream: &mut Stream);

    /// Ends: what the fault laid down is lifted.
    fn heal(&mut self, plane: &mut ControlPlane<'_>);

    /// Draws the fault's own parameters, for swarm runs.
    fn randomise(&mut self, stream: &mut Stream);
}

/// Where a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// All nodes.
    Everywhere,
    /// The nodes of these regions, by their numbers in the link table.
    Regions(Vec<u8>),
}

impl Place {
    /// Is `node` there?
    pub fn holds(&self, world: &World, node: NodeIx) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Regions(regions) => regions.contains(&world.links.region_of(node)),
        }
    }
}

/// All identities at `place`.
fn nodes_at(world: &World, place: &Place) -> Members {
    let all = (0..world.len()).map(NodeIx::from_usize);
    Members::of(world.len(), all.filter(|node| place.holds(world, *node)))
}

/// A uniformly random `share` of `candidates`, in ascending order.
fn pick(candidates: &[NodeIx], share: Ratio, stream: &mut Stream) -> Vec<NodeIx> {
    let mut picked = candidates.to_vec();
    stream.shuffle(&mut picked);
    picked.truncate(usize::try_from(share.of(candidates.len() as u64)).unwrap_or(usize::MAX));
    picked.sort_unstable();
    picked
}
