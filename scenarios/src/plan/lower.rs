//! From a plan to what the engine is given: a world to draw, faults to apply, a job to drive.

use dhtlab_core::churn;
use dhtlab_core::engine;
use dhtlab_core::seed::Seed;
use dhtlab_core::time::Time;
use dhtlab_core::world::WorldSpec;

use super::fault::{self as said, FaultPlan};
use super::network::Start;
use super::{PhasePlan, Plan};
use crate::faults::{
    BootstrapBlock, Censored, CrashStorm, Direction, Fault, Partition, Place, Side,
};
use crate::run::{Job, Judging, Phase};

impl Plan {
    /// The world of one seed, the same for every protocol.
    pub fn world_spec(&self, seed: Seed) -> WorldSpec {
        let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        WorldSpec {
            seed,
            nodes: whole(self.network.nodes),
            bootstrap_nodes: whole(self.network.bootstrap_nodes),
            start: match self.network.start {
                Start::Warm => churn::Start::Warm,
                Start::Join { over } => churn::Start::Join { over },
            },
            link: self.network.link_spec(),
            churn: self.churn.spec(),
            client_share: self.network.unreachable,
            groups: self.roles.clone(),
            clock_error: self.network.clock_error,
            workload: self.workload.spec(),
            duration: self.duration,
        }
    }

    /// What a run is told besides.
    pub fn job(&self, judging: Judging, shards: u32) -> Job {
        let regions = self.network.links.regions();
        Job {
            start: match self.network.start {
                Start::Warm => engine::Start::Warm,
                Start::Join { .. } => engine::Start::Join,
            },
            duration: self.duration,
            drain: self.drain,
            warmup: self.warmup,
            bin: self.output.sample_every,
            phases: self.phases.iter().map(|phase| phase.lower(&regions)).collect(),
            judging,
            shards,
            probe: None,
        }
    }
}

impl PhasePlan {
    /// The phase with its fault, if it has one, among these regions.
    pub fn lower(&self, regions: &[String]) -> Phase {
        let from = Time::ZERO + self.at;
        Phase {
            name: self.name.clone(),
            from,
            until: self.length.map_or(Time::NEVER, |length| from + length),
            fault: self.fault.as_ref().map(|fault| fault.lower(regions)),
        }
    }
}

impl FaultPlan {
    /// The fault itself, among these regions.
    pub fn lower(&self, regions: &[String]) -> Box<dyn Fault> {
        match self {
            Self::CrashStorm(fault) => {
                let place = match &fault.region {
                    Some(region) => place([region], regions),
                    None => Place::Everywhere,
                };
                Box::new(CrashStorm::new(fault.share, place, fault.returns))
            }
            Self::BootstrapBlock(fault) => {
                let censored = match &fault.scope {
                    said::Scope::Everyone => Censored::At(Place::Everywhere),
                    said::Scope::Region(region) => Censored::At(place([region], regions)),
                    said::Scope::Joiners => Censored::Joiners,
                };
                Box::new(BootstrapBlock::new(fault.share, censored, fault.saved_peers))
            }
            Self::Partition(fault) => {
                let side = match &fault.sides {
                    said::Sides::Share(share) => Side::Share(*share),
                    said::Sides::Regions(names) => Side::At(place(names, regions)),
                };
                let direction = match fault.direction {
                    said::Direction::Both => Direction::Both,
                    said::Direction::Out => Direction::Out,
                    said::Direction::In => Direction::In,
                };
                let cut = fault.in_flight == said::InFlight::Cut;
                Box::new(Partition::new(side, direction, cut))
            }
        }
    }
}

/// The place of the regions called `names`, by their numbers among `regions`.
fn place<'n>(names: impl IntoIterator<Item = &'n String>, regions: &[String]) -> Place {
    let number = |name: &String| {
        let at = regions.iter().position(|region| region == name)?;
        u8::try_from(at).ok()
    };
    Place::Regions(names.into_iter().filter_map(number).collect())
}
