//! Many nodes crash at once: a power cut, a bad release, a region that goes dark.

use dhtlab_core::control::ControlPlane;
use dhtlab_core::node::NodeIx;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::seed::{Draw, Stream};

use super::{Fault, Place, pick};

/// Crashes a share of the nodes that are up, everywhere or in one region.
#[derive(Clone, Debug, PartialEq)]
pub struct CrashStorm {
    /// Share of the live nodes of the place.
    pub share: Ratio,
    /// Where.
    pub place: Place,
    /// Do they come back when the phase ends? If not they stay away for the rest of the run.
    pub returns: bool,
    struck: Vec<NodeIx>,
}

impl CrashStorm {
    /// Crashes `share` of the live nodes at `place`.
    pub const fn new(share: Ratio, place: Place, returns: bool) -> Self {
        Self { share, place, returns, struck: Vec::new() }
    }
}

impl Fault for CrashStorm {
    fn apply(&mut self, plane: &mut ControlPlane<'_>, stream: &mut Stream) {
        let candidates: Vec<NodeIx> =
            plane.live().iter().filter(|node| self.place.holds(plane.world(), *node)).collect();
        self.struck = pick(&candidates, self.share, stream);
        for &node in &self.struck {
            plane.hold_down(node);
        }
    }

    fn heal(&mut self, plane: &mut ControlPlane<'_>) {
        for node in self.struck.drain(..) {
            if self.returns {
                plane.release(node);
            }
        }
    }

    fn randomise(&mut self, stream: &mut Stream) {
        self.share = Ratio::from_millionths(stream.below(900_001));
        self.place = Place::Everywhere;
        self.returns = stream.chance(Ratio::from_millionths(500_000));
    }
}
