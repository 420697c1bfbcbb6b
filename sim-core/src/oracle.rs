//! The truth about a network: which live servers are closest to a key. For observers only; no
//! protocol ever sees it.

use crate::key::Key;
use crate::node::NodeIx;
use crate::protocol::Role;
use crate::time::Time;
use crate::world::World;

/// All servers of a world sorted by key. Built once a run and shared by threads.
#[derive(Clone, Debug)]
pub struct Truth<'a> {
    world: &'a World,
    /// Servers by key.
    order: Vec<NodeIx>,
    /// The leading 64 bits of their keys, side by side: nearly every split is decided here.
    prefixes: Vec<u64>,
}

/// A stretch this short is sorted by distance instead of being split further.
const STRETCH_SORTED: usize = 12;

impl<'a> Truth<'a> {
    /// The truth about the servers of `world`, over the whole run.
    pub fn new(world: &'a World) -> Self {
        let servers = (0..world.len()).map(NodeIx::from_usize);
        let mut order: Vec<NodeIx> =
            servers.filter(|node| world.role(*node) == Role::Server).collect();
        order.sort_unstable_by_key(|node| world.key(*node));
        let prefixes = order.iter().map(|node| world.key_prefix(*node)).collect();
        Self { world, order, prefixes }
    }

    /// All servers, sorted by key.
    pub fn servers(&self) -> &[NodeIx] {
        &self.order
    }

    /// Puts the `k` servers closest to `key` among those that are `live` into `out`, closest first;
    /// fewer where there are fewer. What faults take away, what is unreachable and what is not up is
    /// for `live` to say.
    ///
    /// Walks the sorted keys in the order of XOR distance: about `k + log N` steps when most servers
    /// are live, and as many more as there are dead ones on the way.
    pub fn closest(
        &self,
        key: Key,
        k: usize,
        live: impl Fn(NodeIx) -> bool,
        out: &mut Vec<NodeIx>,
    ) {
        out.clear();
        let mut near: Vec<NodeIx> = Vec::with_capacity(STRETCH_SORTED);
        // Stretches still to be seen, the nearest on top. All keys of one share the bits before
        // `depth`, and a stretch is farther than every one above it.
        let mut todo = vec![(0, self.order.len(), 0)];
        while let Some((start, end, depth)) = todo.pop() {
            if end - start <= STRETCH_SORTED {
                near.clear();
                near.extend(self.order[start..end].iter().filter(|node| live(**node)));
                near.sort_unstable_by_key(|node| self.world.key(*node).distance(key));
                out.extend(near.iter().take(k - out.len()));
                if out.len() == k {
                    return;
                }
                continue;
            }
            let split = start + self.zeros(start, end, depth);
            let (zero, one) = ((start, split, depth + 1), (split, end, depth + 1));
            let (nearer, farther) = if key.bit(depth) { (one, zero) } else { (zero, one) };
            todo.push(farther);
            todo.push(nearer);
        }
    }

    /// How many keys of a stretch, which agree in the bits before `depth`, have no bit there.
    fn zeros(&self, start: usize, end: usize, depth: u32) -> usize {
        if depth < u64::BITS {
            let bit = 1 << (u64::BITS - 1 - depth);
            self.prefixes[start..end].partition_point(|prefix| prefix & bit == 0)
        } else {
            let keys = &self.order[start..end];
            keys.partition_point(|node| !self.world.key(*node).bit(depth))
        }
    }

    /// The `k` closest servers that are up at `at` by the session trace and pass `reachable`.
    pub fn closest_at(
        &self,
        key: Key,
        k: usize,
        at: Time,
        reachable: impl Fn(NodeIx) -> bool,
        out: &mut Vec<NodeIx>,
    ) {
        let live = |node| self.world.sessions.up_at(node, at) && reachable(node);
        self.closest(key, k, live, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Distance;
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

    fn brute(world: &World, key: Key, k: usize, live: impl Fn(NodeIx) -> bool) -> Vec<NodeIx> {
        let mut all: Vec<(Distance, NodeIx)> = (0..world.len())
            .map(NodeIx::from_usize)
            .filter(|node| world.role(*node) == Role::Server && live(*node))
            .map(|node| (world.key(node).distance(key), node))
            .collect();
        all.sort_unstable();
        all.into_iter().take(k).map(|(_, node)| node).collect()
    }

    proptest! {
        #[test]
        fn the_walk_finds_what_a_full_sort_finds(
            seed in 0..4_u64, nodes in 1..400_u32, k in 0..30_usize, key: [u64; 4], dead in 0..10_u64,
        ) {
            let world = world(seed, nodes);
            let live = |node: NodeIx| mix_pair(1, seed, u64::from(node.get())) % 10 >= dead;
            let mut found = Vec::new();
            let truth = Truth::new(&world);
            // Near a node and anywhere.
            for key in [Key::from_words(key), world.key(NodeIx::new(0)).flip_bit(255)] {
                truth.closest(key, k, live, &mut found);
                prop_assert_eq!(&found, &brute(&world, key, k, live));
            }
        }
    }

    #[test]
    fn keys_that_share_their_first_words_are_told_apart() {
        let mut world = world(1, 64);
        world.roles.fill(Role::Server);
        for (number, key) in (0..).zip(&mut world.keys) {
            *key = Key::from_words([7, 7, number >> 5, number << 59]);
        }
        world.prefixes.fill(7);
        let truth = Truth::new(&world);
        let (target, mut found) = (Key::from_words([7, 7, 1, 3 << 60]), Vec::new());
        truth.closest(target, 40, |_| true, &mut found);
        assert_eq!(found, brute(&world, target, 40, |_| true));
    }
}
