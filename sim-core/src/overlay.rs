//! The overlay as a graph: who holds whom in the table, and what the network falls apart into.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;

use crate::node::NodeIx;
use crate::ratio::Ratio;

/// The overlay of the live nodes at one moment.
#[derive(Clone, Debug)]
pub struct Overlay {
    graph: DiGraph<NodeIx, ()>,
    stale: usize,
}

/// What an overlay looks like, in counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Live nodes.
    pub nodes: usize,
    /// Table entries that point to live nodes.
    pub edges: usize,
    /// Table entries that point to nobody live.
    pub stale: usize,
    /// Parts between which no entry points in either direction.
    pub weak_components: usize,
    /// Nodes in the largest of them.
    pub largest_weak: usize,
    /// Nodes in the largest part within which everybody can find everybody.
    pub largest_strong: usize,
    /// The largest number of tables that one node is in.
    pub in_degree_max: usize,
}

impl Overlay {
    /// The overlay of the nodes in `tables`, which are all the live ones with the contacts each
    /// holds. A contact that has no table is dead, and its entry stale. Repeated contacts of one node
    /// count once.
    pub fn new(tables: impl IntoIterator<Item = (NodeIx, Vec<NodeIx>)>) -> Self {
        let mut tables: Vec<(NodeIx, Vec<NodeIx>)> = tables.into_iter().collect();
        tables.sort_unstable_by_key(|(node, _)| *node);
        let entries = tables.iter().map(|(_, contacts)| contacts.len()).sum();
        let mut graph = DiGraph::with_capacity(tables.len(), entries);
        for (node, _) in &tables {
            graph.add_node(*node);
        }
        let mut stale = 0;
        for (from, (_, contacts)) in tables.iter().enumerate() {
            let mut contacts = contacts.clone();
            contacts.sort_unstable();
            contacts.dedup();
            for contact in contacts {
                match tables.binary_search_by_key(&contact, |(node, _)| *node) {
                    Ok(to) => {
                        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
                    }
                    Err(_) => stale += 1,
                }
            }
        }
        Self { graph, stale }
    }

    /// The graph: its nodes in order of their numbers.
    pub fn graph(&self) -> &DiGraph<NodeIx, ()> {
        &self.graph
    }

    /// Counts nodes, edges and components; linear in both.
    pub fn shape(&self) -> Shape {
        let nodes = self.graph.node_count();
        let mut parts = UnionFind::new(nodes);
        let mut in_degrees = vec![0; nodes];
        for edge in self.graph.edge_references() {
            parts.union(edge.source().index(), edge.target().index());
            in_degrees[edge.target().index()] += 1;
        }
        let mut sizes = vec![0; nodes];
        for part in parts.into_labeling() {
            sizes[part] += 1;
        }
        let strong = kosaraju_scc(&self.graph);
        Shape {
            nodes,
            edges: self.graph.edge_count(),
            stale: self.stale,
            weak_components: sizes.iter().filter(|size| **size > 0).count(),
            largest_weak: sizes.into_iter().max().unwrap_or(0),
            largest_strong: strong.iter().map(Vec::len).max().unwrap_or(0),
            in_degree_max: in_degrees.into_iter().max().unwrap_or(0),
        }
    }
}

impl Shape {
    /// The share of the nodes in the largest weak component.
    pub fn largest_weak_share(&self) -> Ratio {
        share(self.largest_weak, self.nodes)
    }

    /// The share of the nodes in the largest strong component.
    pub fn largest_strong_share(&self) -> Ratio {
        share(self.largest_strong, self.nodes)
    }

    /// The share of the table entries that are stale.
    pub fn stale_share(&self) -> Ratio {
        share(self.stale, self.edges + self.stale)
    }

    /// The mean number of tables that a live node is in, in thousandths. The mean size of the tables,
    /// without their stale entries, is the same number.
    pub fn in_degree_mean_thousandths(&self) -> u64 {
        (self.edges as u64 * 1_000).checked_div(self.nodes as u64).unwrap_or(0)
    }
}

/// Of nothing, nothing.
fn share(part: usize, whole: usize) -> Ratio {
    Ratio::new(part as u64, whole as u64).unwrap_or(Ratio::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{Draw, Rng};

    fn tables(lists: &[(u32, &[u32])]) -> Vec<(NodeIx, Vec<NodeIx>)> {
        let contacts = |list: &[u32]| list.iter().copied().map(NodeIx::new).collect();
        lists.iter().map(|(node, list)| (NodeIx::new(*node), contacts(list))).collect()
    }

    #[test]
    fn a_small_overlay_is_counted_right() {
        let lists: [(u32, &[u32]); 6] =
            [(10, &[11, 11]), (11, &[12]), (12, &[10, 99]), (20, &[21]), (21, &[]), (30, &[98])];
        let shape = Overlay::new(tables(&lists)).shape();
        let expected = Shape {
            nodes: 6,
            edges: 4,
            stale: 2,
            weak_components: 3,
            largest_weak: 3,
            largest_strong: 3,
            in_degree_max: 1,
        };
        assert_eq!(shape, expected);
        assert_eq!(shape.largest_weak_share(), Ratio::new(3, 6).unwrap());
        assert_eq!(shape.in_degree_mean_thousandths(), 666);
    }

    #[test]
    fn an_empty_overlay_has_no_shape_to_divide_by() {
        let shape = Overlay::new(Vec::new()).shape();
        assert_eq!((shape.nodes, shape.weak_components), (0, 0));
        assert!(shape.largest_weak_share().is_zero() && shape.stale_share().is_zero());
    }

    /// Random graphs of `k` contacts a node after a share has failed: the giant part as theory has it.
    #[test]
    fn random_overlays_fall_apart_where_theory_says() {
        const NODES: u32 = 20_000;
        let mut rng = Rng::from_state(41);
        for (k, failed, giant) in [(3, 5, 0.9660), (3, 7, 0.7431), (8, 8, 0.9604)] {
            let live: Vec<bool> = (0..NODES).map(|_| rng.below(10) >= failed).collect();
            let lists = (0..NODES).map(|node| {
                let list = (0..k).map(|_| NodeIx::from_usize(rng.index(NODES as usize))).collect();
                (NodeIx::new(node), list)
            });
            let seen = Overlay::new(lists.filter(|(node, _)| live[node.index()])).shape();
            let seen = crate::dist::share(seen.largest_weak_share());
            assert!((seen - giant).abs() < 0.02, "{k} {failed}: {seen}");
        }
    }
}
