//! Faults: what a phase may do to the network. Here are their names, parameters and meaning; what
//! they do to a running network is the engine's control plane.

mod bootstrap_block;
mod crash_storm;
mod partition;

pub use bootstrap_block::{BootstrapBlock, Scope};
pub use crash_storm::CrashStorm;
pub use partition::{Direction, InFlight, Partition, Sides};

use crate::catalog::Topic;
use crate::plan::Context;
use crate::schema::Section;

/// A fault with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultPlan {
    /// Nodes crash at once.
    CrashStorm(CrashStorm),
    /// Bootstrap nodes answer nobody.
    BootstrapBlock(BootstrapBlock),
    /// Two sides cannot reach each other.
    Partition(Partition),
}

/// The names of the faults, in the order they are listed.
pub const NAMES: [&str; 3] = ["crash-storm", "bootstrap-block", "partition"];

/// What each fault is, in the same order.
pub static TOPICS: [&Topic; 3] = [&crash_storm::TOPIC, &bootstrap_block::TOPIC, &partition::TOPIC];

/// What faults may name: the regions of the links, unknown while the links are wrong.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The regions.
    pub regions: Option<&'a [String]>,
    /// Does the phase end?
    pub ends: bool,
}

impl FaultPlan {
    /// Reads the parameters of the fault called `name` from its phase.
    pub fn read(
        name: &str,
        section: &Section<'_>,
        context: &Context<'_>,
        ground: Ground<'_>,
    ) -> Option<Self> {
        match name {
            "crash-storm" => CrashStorm::read(section, context, ground).map(Self::CrashStorm),
            "bootstrap-block" => {
                Some(Self::BootstrapBlock(BootstrapBlock::read(section, context, ground)))
            }
            "partition" => Partition::read(section, context, ground).map(Self::Partition),
            _ => None,
        }
    }

    /// Its name in scenario files.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CrashStorm(_) => NAMES[0],
            Self::BootstrapBlock(_) => NAMES[1],
            Self::Partition(_) => NAMES[2],
        }
    }

    /// Its parameters as they are written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        match self {
            Self::CrashStorm(fault) => fault.resolved(),
            Self::BootstrapBlock(fault) => fault.resolved(),
            Self::Partition(fault) => fault.resolved(),
        }
    }

    /// Can this fault and `other` strike the same nodes with the same means?
    pub fn clashes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::CrashStorm(a), Self::CrashStorm(b)) => a.overlaps(b),
            (Self::BootstrapBlock(a), Self::BootstrapBlock(b)) => a.overlaps(b),
            (Self::Partition(a), Self::Partition(b)) => a.overlaps(b),
            _ => false,
        }
    }
}

/// The region that `item` names, if the links know it.
fn region(item: &crate::schema::Item, ground: Ground<'_>) -> Result<String, crate::diag::Problem> {
    let name = crate::schema::scalar::text(item)?;
    match ground.regions {
        Some([]) => {
            Err(crate::diag::Diagnostic::error("E023", "the links of this network know no regions")
                .at(item.place, "a region is named here")
                .help("take links = { model = \"regions\", table = \"aws-2019\" }, or a `share`"))
        }
        Some(regions) => {
            let names: Vec<&str> = regions.iter().map(String::as_str).collect();
            crate::schema::scalar::choice(item, "region", &names).map(str::to_owned)
        }
        None => Ok(name),
    }
}
