//! How long a record lives on its first holders when nobody passes it on.

use dhtlab_core::author::*;
use dhtlab_core::churn::{Churn, ChurnSpec};
use dhtlab_core::dist::Law;
use dhtlab_core::seed::Seed;
use dhtlab_core::world::{World, WorldSpec};

use super::statistics::{Sample, near};
use super::warm::choices;

/// Hours after the store, and the share of its holders that are still up.
const UP: [(u64, f64); 5] = [(1, 0.83), (6, 0.44), (12, 0.25), (24, 0.107), (48, 0.028)];
const THREE_POINTS: f64 = 0.03;

/// Sessions as fitted to the live network: shape 0.518, scale 1.934 h.
fn churn() -> ChurnSpec {
    ChurnSpec::arrivals(Law::Weibull { shape: 0.518, scale: Span::from_millis(6_962_400) })
}

fn draw(churn: ChurnSpec, seed: u64, duration: Span) -> World {
    let mut spec = WorldSpec::still(Seed(seed), 4_000, duration);
    spec.churn = Churn::Drawn(churn);
    World::draw(&spec).expect("a plain world")
}

/// The holders of a record: those up at `stored` have it, of whom each record picks a few.
struct Holders<'a> {
    world: &'a World,
    stored: Time,
    up: Vec<NodeIx>,
}

impl<'a> Holders<'a> {
    fn of(world: &'a World, stored: Time) -> Self {
        let leaving = |node: &NodeIx| !world.bootstrap.contains(node);
        let all = (0..world.len()).map(NodeIx::from_usize).filter(leaving);
        let up = all.filter(|node| world.sessions.up_at(*node, stored)).collect();
        Self { world, stored, up }
    }

    /// Has the session of `node` in which it got the record lasted for `hours` since?
    fn still(&self, node: NodeIx, hours: u64) -> bool {
        let session = self.world.sessions.covering(node, self.stored);
        session.is_some_and(|session| session.down > self.stored + Span::from_hours(hours))
    }

    fn share(&self, hours: u64) -> f64 {
        self.up.iter().map(|node| u32::from(self.still(*node, hours))).collect::<Sample>().mean()
    }

    /// The share of records on `replicas` random holders that one of them at least still has.
    fn records(&self, replicas: usize, hours: u64) -> f64 {
        let mut draw = choices(self.world.seed.0);
        let alive = (0..4_000).map(|_| {
            let mut holders = Vec::new();
            while holders.len() < replicas {
                let node = self.up[draw.index(self.up.len())];
                if !holders.contains(&node) {
                    holders.push(node);
                }
            }
            u32::from(holders.into_iter().any(|node| self.still(node, hours)))
        });
        alive.collect::<Sample>().mean()
    }
}

#[test]
fn holders_picked_among_the_live_leave_as_published() {
    // At the very start, where the residual lives are drawn, and in the middle of a run, where they
    // come about by themselves.
    for (seed, stored) in [(1, 0), (2, 0), (3, 40)] {
        let world = draw(churn(), seed, Span::from_hours(stored + 50));
        let holders = Holders::of(&world, Time::ZERO + Span::from_hours(stored));
        for (hours, published) in UP {
            let what = format!("holders up after {hours} h of seed {seed}");
            assert!(near(&what, holders.share(hours), published, THREE_POINTS), "{what}");
        }
        for (replicas, published) in [(3, 0.29), (20, 0.90)] {
            let what = format!("records of {replicas} holders after 24 h of seed {seed}");
            assert!(near(&what, holders.records(replicas, 24), published, THREE_POINTS), "{what}");
        }
    }
}

/// The planted bug: at the start everybody has a whole fresh session ahead.
#[test]
fn fresh_sessions_at_the_start_are_far_from_what_is_published() {
    let mut fresh = churn();
    fresh.stationary = false;
    let world = draw(fresh, 1, Span::from_hours(50));
    let holders = Holders::of(&world, Time::ZERO);
    for (hours, published) in &UP[..4] {
        assert!(!near("fresh", holders.share(*hours), *published, THREE_POINTS), "{hours} h");
    }
    for (replicas, published) in [(3, 0.29), (20, 0.90)] {
        let alive = holders.records(replicas, 24);
        assert!(!near("fresh records", alive, published, THREE_POINTS), "{replicas}");
    }
}
