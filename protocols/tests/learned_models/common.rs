//! Key sets, rings of hosts with several virtual nodes, and the statistics of their loads.

use dhtlab_core::author::mix;
use dhtlab_core::keyset::KeySet;
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_protocols::learned_chord::{Curve, Form, Params, Tail};

pub(crate) const RING: f64 = 18_446_744_073_709_551_616.0;

pub(crate) fn draw(set: &KeySet, seed: u64, count: usize) -> Vec<u64> {
    let mut stream = Stream::new(Seed(seed), Purpose::RecordKeys, 0);
    set.draw(&mut stream, count, None).expect("names")
}

pub(crate) fn sorted(set: &KeySet, seed: u64, count: usize) -> Vec<u64> {
    let mut keys = draw(set, seed, count);
    keys.sort_unstable();
    keys
}

pub(crate) const LOGNORMAL: KeySet = KeySet::LogNormal { mu: 0.0, sigma: 2.0 };
pub(crate) const CLUSTERS: KeySet = KeySet::Clusters { count: 50, width: 0.001 };
pub(crate) const ZIPF: KeySet = KeySet::ZipfGaps { exponent: 1.5 };

pub(crate) const SETS: [KeySet; 8] = [
    KeySet::Uniform,
    LOGNORMAL,
    KeySet::LogNormal { mu: 0.0, sigma: 1.0 },
    KeySet::Normal { mean: 0.5, sd: 0.1 },
    CLUSTERS,
    ZIPF,
    KeySet::Sequential,
    KeySet::Step { plateaus: 2 },
];

pub(crate) const LINEAR: Form = Form::Rmi { root: Curve::Linear, leaf: Curve::Linear };

pub(crate) const FORMS: [Form; 5] = [
    Form::Edges,
    LINEAR,
    Form::Rmi { root: Curve::Linear, leaf: Curve::Cubic },
    Form::Rmi { root: Curve::Cubic, leaf: Curve::Linear },
    Form::Rmi { root: Curve::Cubic, leaf: Curve::Cubic },
];

pub(crate) fn params(form: Form, leaves: usize) -> Params {
    Params { form, leaves, tail: Tail::Clamp }
}

/// The ids of all virtual nodes with their hosts, in the order of the ring.
pub(crate) struct Ring {
    nodes: Vec<(u64, usize)>,
    hosts: usize,
}

impl Ring {
    pub(crate) fn new(seed: u64, hosts: usize, each: u64) -> Self {
        let id = |host: usize, index| mix(mix(mix(seed) ^ host as u64) ^ mix(index));
        let mut nodes: Vec<(u64, usize)> = (0..hosts)
            .flat_map(|host| (0..each).map(move |index| (id(host, index), host)))
            .collect();
        nodes.sort_unstable();
        Self { nodes, hosts }
    }

    /// The host of the first virtual node at or after `position`.
    pub(crate) fn owner(&self, position: u64) -> usize {
        let at = self.nodes.partition_point(|node| node.0 < position);
        self.nodes[at % self.nodes.len()].1
    }

    /// How many of the positions each host owns, ascending.
    pub(crate) fn loads(&self, positions: impl Iterator<Item = u64>) -> Vec<u32> {
        let mut loads = vec![0; self.hosts];
        for position in positions {
            loads[self.owner(position)] += 1;
        }
        loads.sort_unstable();
        loads
    }
}

/// Gini's coefficient of ascending loads.
pub(crate) fn gini(loads: &[u32]) -> f64 {
    let n = loads.len() as f64;
    let total: f64 = loads.iter().map(|load| f64::from(*load)).sum();
    let weighted = loads
        .iter()
        .enumerate()
        .map(|(i, load)| (2.0 * (i as f64 + 1.0) - n - 1.0) * f64::from(*load));
    weighted.sum::<f64>() / (n * total)
}

/// The largest of ascending loads over their mean.
pub(crate) fn peak(loads: &[u32]) -> f64 {
    let total: f64 = loads.iter().map(|load| f64::from(*load)).sum();
    f64::from(*loads.last().expect("hosts")) * loads.len() as f64 / total
}

/// The mean difference between the positions of sorted keys and their ranks, in shares of the ring.
pub(crate) fn mean_error(keys: &[u64], position: impl Fn(u64) -> u64) -> f64 {
    let n = keys.len() as f64;
    let errors = keys
        .iter()
        .enumerate()
        .map(|(rank, key)| (position(*key) as f64 / RING - (rank as f64 + 0.5) / n).abs());
    errors.sum::<f64>() / n
}
