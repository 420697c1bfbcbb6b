//! The network falls into two parts.

use dhtlab_core::control::ControlPlane;
use dhtlab_core::members::Members;
use dhtlab_core::node::NodeIx;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::reach::{Effect, Rule, RuleId};
use dhtlab_core::seed::{Draw, Stream};

use super::{Fault, Place, nodes_at, pick};

/// How the nodes of one side are chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Side {
    /// A random share of all nodes.
    Share(Ratio),
    /// The nodes of a place.
    At(Place),
}

/// Which messages are stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// In both directions.
    Both,
    /// From the chosen side to the rest.
    Out,
    /// From the rest to the chosen side.
    In,
}

/// Cuts one side off from the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// The side.
    pub side: Side,
    /// Which messages are stopped.
    pub direction: Direction,
    /// Is what is under way at the start stopped too?
    pub in_flight: bool,
    rules: Vec<RuleId>,
}

impl Partition {
    /// Cuts `side` off.
    pub const fn new(side: Side, direction: Direction, in_flight: bool) -> Self {
        Self { side, direction, in_flight, rules: Vec::new() }
    }
}

impl Fault for Partition {
    fn apply(&mut self, plane: &mut ControlPlane<'_>, stream: &mut Stream) {
        let population = plane.world().len();
        let inside = match &self.side {
            Side::At(place) => nodes_at(plane.world(), place),
            Side::Share(share) => {
                let all: Vec<NodeIx> = (0..population).map(NodeIx::from_usize).collect();
                Members::of(population, pick(&all, *share, stream))
            }
        };
        let outside = inside.complement(population);
        let mut cut = |from: &Members, to: &Members| {
            let (from, to, in_flight) = (from.clone(), to.clone(), self.in_flight);
            self.rules.push(plane.add_rule(Rule {
                from,
                to,
                joined_since: None,
                in_flight,
                effect: Effect::Drop,
            }));
        };
        if self.direction != Direction::In {
            cut(&inside, &outside);
        }
        if self.direction != Direction::Out {
            cut(&outside, &inside);
        }
    }

    fn heal(&mut self, plane: &mut ControlPlane<'_>) {
        for rule in self.rules.drain(..) {
            plane.remove_rule(rule);
        }
    }

    fn randomise(&mut self, stream: &mut Stream) {
        self.side = Side::Share(Ratio::from_millionths(50_000 + stream.below(450_001)));
        self.direction = [Direction::Both, Direction::Out, Direction::In][stream.index(3)];
        self.in_flight = stream.chance(Ratio::from_millionths(500_000));
    }
}
