//! What theory says of hops when nobody comes or goes and every table is full.

use dhtlab_protocols::params::ParamValue;

use crate::registry::Knobs;

/// Mean hops in Kademlia: a hop gains b(k) bits (Cai and Devroye, arXiv 1309.5866; the number of Stutzbach and
/// Rejaie 2006). Only the slope is exact; a constant of up to 0.3 comes on top.
pub fn tree(params: &dyn Knobs, nodes: u64) -> Option<f64> {
    Some((log2(nodes) / bits_per_hop(count(params, "k")?)).max(1.0))
}

/// Mean hops to the owner on a ring with `r` successors: half of log2 N, less half of log2 r, and the last
/// step (Stoica and others 2003). Virtual nodes and further contacts have laws of their own.
pub fn ring(params: &dyn Knobs, nodes: u64) -> Option<f64> {
    let plain = count(params, "virtual_nodes")? == 1 && count(params, "contacts")? == 0;
    let successors = count(params, "successors").filter(|_| plain)?;
    Some(((log2(nodes) - log2(successors)) / 2.0 + 1.0).max(1.0))
}

fn count(params: &dyn Knobs, name: &str) -> Option<u64> {
    match params.value(name)? {
        ParamValue::Count(count) => Some(count),
        _ => None,
    }
}

fn log2(count: u64) -> f64 {
    libm::log2(float(count.max(1)))
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// One bit of the bucket's own, and as many as the closest of its `k` contacts happens to share beyond.
fn bits_per_hop(k: u64) -> f64 {
    let beyond = |bits: i32| 1.0 - libm::pow(1.0 - libm::pow(2.0, f64::from(-bits)), float(k));
    1.0 + (1..64).map(beyond).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;

    fn hops(protocol: &str, changes: &[(&str, u64)], nodes: u64) -> Option<f64> {
        let registry = Registry::builtin();
        let entry = registry.get(protocol).unwrap();
        let mut knobs = (entry.load)(entry.preset_names()[0]).unwrap();
        for (name, value) in changes {
            knobs.change(name, ParamValue::Count(*value)).unwrap();
        }
        (entry.hops)(&*knobs, nodes)
    }

    fn close(found: Option<f64>, wanted: f64, within: f64) {
        assert!((found.unwrap() - wanted).abs() < within, "{found:?} against {wanted}");
    }

    #[test]
    fn bits_per_hop_are_the_published_ones() {
        for (k, bits) in [(1, 2.0), (8, 4.421), (16, 5.377), (20, 5.690)] {
            close(Some(bits_per_hop(k)), bits, 0.001);
        }
    }

    #[test]
    fn hops_are_those_of_the_literature() {
        // The model of Roos, Salah and Strufe has 2.26 at k = 8; simulated Chord has 3.82 at r = 20.
        close(hops("kademlia", &[("k", 8), ("replication", 8)], 1_000), 2.26, 0.02);
        close(hops("chord", &[("successors", 20)], 1_000), 3.82, 0.01);
        close(hops("learned-chord", &[("successors", 20)], 1_000), 3.82, 0.01);
        close(hops("chord", &[("successors", 20)], 4), 1.0, 1e-12);
    }

    #[test]
    fn no_law_is_invented() {
        assert_eq!(hops("walk", &[], 100), None);
        assert_eq!(hops("hivemind", &[], 100), None);
        assert_eq!(hops("chord", &[("virtual_nodes", 4)], 100), None);
    }
}
