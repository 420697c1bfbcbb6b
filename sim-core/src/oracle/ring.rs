//! The truth about a ring: whose virtual node is the first one at or clockwise after a position.

use crate::node::NodeIx;
use crate::protocol::Role;
use crate::ring::{RingPoint, point_id};
use crate::time::Time;
use crate::world::World;

/// The virtual nodes of all servers of a world in the order of the ring. Built once a run and shared
/// by threads.
#[derive(Clone, Debug)]
pub struct RingTruth<'a> {
    world: &'a World,
    /// The identifiers, ascending.
    ids: Vec<u64>,
    /// The host of each.
    hosts: Vec<NodeIx>,
}

impl<'a> RingTruth<'a> {
    /// The ring of all servers of `world`, each with `points` virtual nodes, over the whole run.
    ///
    /// Identifiers are [`point_id`]s without salt. Where two coincide, which a run of any size that
    /// fits in memory will not see, the node with the smaller number comes first.
    pub fn new(world: &'a World, points: u16) -> Self {
        let servers = (0..world.len()).map(NodeIx::from_usize);
        let mut ring: Vec<RingPoint> = servers
            .filter(|node| world.role(*node) == Role::Server)
            .flat_map(|node| {
                let prefix = world.key_prefix(node);
                (0..points).map(move |point| (point_id(prefix, point, 0), node, point))
            })
            .collect();
        ring.sort_unstable();
        let (ids, hosts) = ring.into_iter().map(|(id, host, _)| (id, host)).unzip();
        Self { world, ids, hosts }
    }

    /// How many virtual nodes there are, up or not.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Are there no virtual nodes at all?
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The host of the first virtual node at or clockwise after `position` among those whose hosts are
    /// `live`; `None` when nobody is. The logarithm of their number, and one step for each dead one
    /// that is passed.
    pub fn successor(&self, position: u64, live: impl Fn(NodeIx) -> bool) -> Option<NodeIx> {
        let first = self.ids.partition_point(|id| *id < position);
        let (wrapped, ahead) = self.hosts.split_at(first);
        ahead.iter().chain(wrapped).copied().find(|host| live(*host))
    }

    /// The host of the successor among nodes that are up at `at` by the session trace and pass
    /// `reachable`.
    pub fn successor_at(
        &self,
        position: u64,
        at: Time,
        reachable: impl Fn(NodeIx) -> bool,
    ) -> Option<NodeIx> {
        self.successor(position, |node| self.world.sessions.up_at(node, at) && reachable(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::Ratio;
    use crate::seed::{Seed, mix_pair};
    use crate::time::Span;
    use crate::world::WorldSpec;
    use proptest::prelude::*;

    fn world(seed: u64, nodes: u32) -> World {
        let mut spec = WorldSpec::still(Seed(seed), nodes, Span::from_hours(1));
        spec.client_share = Ratio::from_millionths(200_000);
        World::draw(&spec).unwrap()
    }

    /// The live point with the least clockwise distance from `position`.
    fn brute(
        world: &World,
        points: u16,
        position: u64,
        live: impl Fn(NodeIx) -> bool,
    ) -> Option<NodeIx> {
        let servers = (0..world.len()).map(NodeIx::from_usize);
        let away = |node, point| point_id(world.key_prefix(node), point, 0).wrapping_sub(position);
        servers
            .filter(|node| world.role(*node) == Role::Server && live(*node))
            .flat_map(|node| (0..points).map(move |point| (away(node, point), node)))
            .min()
            .map(|(_, node)| node)
    }

    proptest! {
        #[test]
        fn the_successor_is_the_nearest_clockwise(
            seed in 0..4_u64, nodes in 1..200_u32, points in 1..6_u16, anywhere: u64, dead in 0..11_u64,
        ) {
            let world = world(seed, nodes);
            let truth = RingTruth::new(&world, points);
            let live = |node: NodeIx| mix_pair(1, seed, u64::from(node.get())) % 10 >= dead;
            // Anywhere, at both ends, and just before, on and just after a virtual node.
            let on = point_id(world.key_prefix(NodeIx::new(0)), points - 1, 0);
            for position in [anywhere, 0, u64::MAX, on, on.wrapping_sub(1), on.wrapping_add(1)] {
                let found = truth.successor(position, live);
                prop_assert_eq!(found, brute(&world, points, position, live));
                prop_assert_eq!(truth.successor_at(position, Time::ZERO, live), found);
            }
        }
    }

    #[test]
    fn a_position_belongs_to_whoever_sits_on_it_and_wraps_at_the_top() {
        let world = world(2, 50);
        let truth = RingTruth::new(&world, 1);
        let last = *truth.hosts.last().unwrap();
        assert_eq!(truth.successor(world.key_prefix(last), |_| true), Some(last));
        assert_eq!(truth.successor(world.key_prefix(last) + 1, |_| true), Some(truth.hosts[0]));
        assert_eq!(truth.successor(7, |_| false), None);
        assert_eq!(truth.len(), 50 - world.roles.iter().filter(|r| **r == Role::Client).count());
    }
}
