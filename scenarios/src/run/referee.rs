//! The referee: holds what a search found against what is true at that time.

use dhtlab_core::key::Key;
use dhtlab_core::node::NodeIx;
use dhtlab_core::oracle::Truth;
use dhtlab_core::oracle::ring::RingTruth;
use dhtlab_core::world::World;

use super::job::Judging;
use super::ledger::Judgement;

/// Judges searches; built once a run and shared by all ledgers.
#[derive(Debug)]
pub enum Referee<'w> {
    /// By the so many closest live servers.
    Closest(Truth<'w>, usize),
    /// By the live successor on a ring.
    Successor(RingTruth<'w>),
}

impl<'w> Referee<'w> {
    /// A referee for runs in `world`.
    pub fn new(world: &'w World, judging: Judging) -> Self {
        match judging {
            Judging::Closest(results) => Self::Closest(Truth::new(world), results),
            Judging::Successor { points } => Self::Successor(RingTruth::new(world, points)),
        }
    }

    /// Judges that `asker` searched for `target` and found `found`, when `live` says who was up.
    /// `scratch` is room to work in.
    pub fn judge(
        &self,
        asker: NodeIx,
        target: Key,
        found: &[NodeIx],
        live: impl Fn(NodeIx) -> bool,
        scratch: &mut Vec<NodeIx>,
    ) -> Judgement {
        match self {
            Self::Closest(truth, results) => {
                // A node's own search is for others.
                let others = |node| node != asker && live(node);
                truth.closest(target, *results, others, scratch);
                let found = &found[..found.len().min(*results)];
                Judgement {
                    closest: scratch.first().is_some_and(|closest| found.contains(closest)),
                    exact: found == scratch.as_slice(),
                    hits: number(scratch.iter().filter(|node| found.contains(node)).count()),
                    of: number(scratch.len()),
                }
            }
            Self::Successor(truth) => {
                // The asker included: it may own the position itself.
                let owner = truth.successor(target.prefix(), live);
                let right = owner.is_some() && owner == found.first().copied();
                Judgement {
                    closest: right,
                    exact: right,
                    hits: u32::from(right),
                    of: u32::from(owner.is_some()),
                }
            }
        }
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).expect("fewer than 2^32 results")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dhtlab_core::seed::Seed;
    use dhtlab_core::time::Span;
    use dhtlab_core::world::WorldSpec;

    /// A ring of twenty nodes, and a position with its owner.
    fn ring() -> (World, Key, NodeIx) {
        let world = World::draw(&WorldSpec::still(Seed(3), 20, Span::from_mins(1))).unwrap();
        let target = Key::from_words([1 << 62, 0, 0, 0]);
        let away = |node: &NodeIx| world.key_prefix(*node).wrapping_sub(target.prefix());
        let owner = (0..20).map(NodeIx::new).min_by_key(away).unwrap();
        (world, target, owner)
    }

    #[test]
    fn on_a_ring_only_the_first_node_found_counts_and_the_asker_may_own_the_position() {
        let (world, target, owner) = ring();
        let referee = Referee::new(&world, Judging::Successor { points: 1 });
        let other = NodeIx::new((owner.get() + 1) % 20);
        let mut scratch = Vec::new();
        let mut judge = |asker, found: &[NodeIx], dead: Option<NodeIx>| {
            referee.judge(asker, target, found, |node| Some(node) != dead, &mut scratch)
        };
        for asker in [owner, other] {
            let right = judge(asker, &[owner, other], None);
            assert!(right.closest && right.exact && (right.hits, right.of) == (1, 1));
            for mistake in [&[other, owner][..], &[]] {
                let wrong = judge(asker, mistake, None);
                assert!(!wrong.closest && !wrong.exact && (wrong.hits, wrong.of) == (0, 1));
            }
        }
        assert!(!judge(other, &[owner], Some(owner)).exact, "the owner is dead");
        let nobody = referee.judge(other, target, &[owner], |_| false, &mut scratch);
        assert!(!nobody.closest && nobody.of == 0);
    }

    #[test]
    fn among_the_closest_the_asker_does_not_count() {
        let (world, _, owner) = ring();
        let referee = Referee::new(&world, Judging::Closest(1));
        let mut scratch = Vec::new();
        let judgement = referee.judge(owner, world.key(owner), &[owner], |_| true, &mut scratch);
        assert!(!judgement.closest && judgement.of == 1);
    }
}
