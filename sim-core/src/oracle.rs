//! The truth about a network: which live servers are closest to a key. For observers only; no
//! protocol ever sees it.

pub mod ring;

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
    /// The leading 64 bits of their keys, side by side: nearly every comparison ends here.
    prefixes: Vec<u64>,
    /// How many leading bits number the cells.
    bits: u32,
    /// Where in the order the servers of each cell begin, and the end.
    cells: Vec<u32>,
}

/// How many servers share a cell on average, at least; twice as many at most.
const CELL_SERVERS: usize = 4;

impl<'a> Truth<'a> {
    /// The truth about the servers of `world`, over the whole run.
    pub fn new(world: &'a World) -> Self {
        let servers = (0..world.len()).map(NodeIx::from_usize);
        let mut sorted: Vec<(u64, NodeIx)> = servers
            .filter(|node| world.role(*node) == Role::Server)
            .map(|node| (world.key_prefix(node), node))
            .collect();
        sorted.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| world.key(a.1).cmp(&world.key(b.1)))
        });
        let (prefixes, order): (Vec<u64>, Vec<NodeIx>) = sorted.into_iter().unzip();
        let bits = (order.len() / CELL_SERVERS).checked_ilog2().unwrap_or(0);
        let mut cells = vec![0; (1 << bits) + 1];
        for prefix in &prefixes {
            cells[cell_of(*prefix, bits) + 1] += 1;
        }
        for cell in 1..cells.len() {
            cells[cell] += cells[cell - 1];
        }
        Self { world, order, prefixes, bits, cells }
    }

    /// All servers, sorted by key.
    pub fn servers(&self) -> &[NodeIx] {
        &self.order
    }

    /// Puts the `k` servers closest to `key` among those that are `live` into `out`, closest first;
    /// fewer where there are fewer. What faults take away, what is unreachable and what is not up is
    /// for `live` to say.
    ///
    /// Servers with equal leading bits form a cell, and cells in ascending order of `number XOR the
    /// key's own` are in ascending order of distance. About `k` steps when most servers are live, and
    /// as many more as there are dead ones on the way.
    pub fn closest(
        &self,
        key: Key,
        k: usize,
        live: impl Fn(NodeIx) -> bool,
        out: &mut Vec<NodeIx>,
    ) {
        out.clear();
        let home = cell_of(key.prefix(), self.bits);
        let mut near: Vec<(u64, NodeIx)> = Vec::with_capacity(4 * CELL_SERVERS);
        for away in 0..1 << self.bits {
            if out.len() == k {
                return;
            }
            let cell = home ^ away;
            let (start, end) = (self.cells[cell] as usize, self.cells[cell + 1] as usize);
            let servers = self.order[start..end].iter().zip(&self.prefixes[start..end]);
            near.clear();
            near.extend(
                servers
                    .filter(|(node, _)| live(**node))
                    .map(|(node, prefix)| (prefix ^ key.prefix(), *node)),
            );
            near.sort_unstable_by(|a, b| {
                let distance = |node: NodeIx| self.world.key(node).distance(key);
                a.0.cmp(&b.0).then_with(|| distance(a.1).cmp(&distance(b.1)))
            });
            out.extend(near.iter().map(|(_, node)| *node).take(k - out.len()));
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

/// The leading `bits` bits of `prefix`.
fn cell_of(prefix: u64, bits: u32) -> usize {
    let cell = prefix.checked_shr(u64::BITS - bits).unwrap_or(0);
    usize::try_from(cell).unwrap_or(usize::MAX)
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
