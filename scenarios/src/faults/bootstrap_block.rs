//! A censor drops the packets to bootstrap nodes.

use dhtlab_core::control::ControlPlane;
use dhtlab_core::members::Members;
use dhtlab_core::node::NodeIx;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::reach::{Effect, Rule, RuleId};
use dhtlab_core::seed::{Draw, Stream};

use super::{Fault, Place, nodes_at, pick};

/// Whose packets are dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum Censored {
    /// Those of nodes at this place, in both directions.
    At(Place),
    /// Those of nodes whose session begins after the block does; who is in stays unharmed.
    Joiners,
}

/// Cuts a share of the bootstrap nodes off from those who are censored.
#[derive(Clone, Debug, PartialEq)]
pub struct BootstrapBlock {
    /// Share of the bootstrap nodes that are blocked.
    pub share: Ratio,
    /// From whom.
    pub censored: Censored,
    /// May nodes that come back use the peers they saved? If not they start as fresh installations.
    pub saved_peers: bool,
    rules: Vec<RuleId>,
}

impl BootstrapBlock {
    /// Blocks `share` of the bootstrap nodes from `censored`.
    pub const fn new(share: Ratio, censored: Censored, saved_peers: bool) -> Self {
        Self { share, censored, saved_peers, rules: Vec::new() }
    }
}

impl Fault for BootstrapBlock {
    fn apply(&mut self, plane: &mut ControlPlane<'_>, stream: &mut Stream) {
        if !self.saved_peers {
            plane.forget_saved(true);
        }
        let population = plane.world().len();
        let blocked: Vec<NodeIx> = pick(&plane.world().bootstrap, self.share, stream);
        let blocked = Members::of(population, blocked);
        let (victims, joined_since) = match &self.censored {
            Censored::At(place) => (nodes_at(plane.world(), place), None),
            Censored::Joiners => (nodes_at(plane.world(), &Place::Everywhere), Some(plane.now())),
        };
        let to = Rule {
            from: victims.clone(),
            to: blocked.clone(),
            joined_since,
            in_flight: false,
            effect: Effect::Drop,
        };
        self.rules.push(plane.add_rule(to));
        if joined_since.is_none() {
            let back = Rule {
                from: blocked,
                to: victims,
                joined_since,
                in_flight: false,
                effect: Effect::Drop,
            };
            self.rules.push(plane.add_rule(back));
        }
    }

    fn heal(&mut self, plane: &mut ControlPlane<'_>) {
        if !self.saved_peers {
            plane.forget_saved(false);
        }
        for rule in self.rules.drain(..) {
            plane.remove_rule(rule);
        }
    }

    fn randomise(&mut self, stream: &mut Stream) {
        self.share = Ratio::from_millionths(stream.below(1_000_001));
        self.saved_peers = stream.chance(Ratio::from_millionths(500_000));
        let joiners = stream.chance(Ratio::from_millionths(500_000));
        self.censored = if joiners { Censored::Joiners } else { Censored::At(Place::Everywhere) };
    }
}
