//! What theory says of hops when nobody comes or goes and every table is full.

use indexmap::IndexMap;

/// A law of hops by the number of nodes.
pub(super) struct Law {
    /// Of which parameters, in words.
    pub(super) formula: &'static str,
    /// Bits of the distance that a hop gains.
    bits: f64,
    /// Hops beside those.
    beside: f64,
}

impl Law {
    /// Mean hops in a network of so many nodes; the last step is one at least.
    pub(super) fn hops(&self, nodes: f64) -> f64 {
        (libm::log2(nodes.max(1.0)) / self.bits + self.beside).max(1.0)
    }
}

/// The law of a protocol with these parameters; `None` where none is known.
pub(super) fn of(protocol: &str, params: &IndexMap<String, String>) -> Option<Law> {
    let number = |name: &str| params.get(name)?.parse::<f64>().ok().filter(|value| *value >= 1.0);
    match protocol {
        "kademlia" => Some(Law {
            formula: "Kademlia log2(N) / b(k), which leaves out a constant of up to 0.3; b(k) is 1 + the \
                expected largest of k geometric numbers (Cai and Devroye 2013)",
            bits: bits_per_hop(number("k")?),
            beside: 0.0,
        }),
        // Further contacts and virtual nodes without a common table have laws of their own.
        "chord" | "learned-chord" if plain_ring(params) => Some(Law {
            formula: "Chord log2(N) / 2 - log2(r) / 2 + 1 with r successors (Stoica and others 2003)",
            bits: 2.0,
            beside: 1.0 - libm::log2(number("successors")?) / 2.0,
        }),
        _ => None,
    }
}

fn plain_ring(params: &IndexMap<String, String>) -> bool {
    let is = |name: &str, value: &str| params.get(name).is_none_or(|found| found == value);
    is("virtual_nodes", "1") && is("contacts", "0")
}

/// One bit of the bucket's own, and as many as the closest of its `k` contacts happens to share beyond.
fn bits_per_hop(k: f64) -> f64 {
    let beyond = |bits: i32| 1.0 - libm::pow(1.0 - libm::pow(2.0, f64::from(-bits)), k);
    1.0 + (1..64).map(beyond).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(protocol: &str, params: &[(&str, &str)]) -> Option<Law> {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        of(protocol, &params.collect())
    }

    fn close(found: f64, wanted: f64, within: f64) {
        assert!((found - wanted).abs() < within, "{found} against {wanted}");
    }

    #[test]
    fn bits_per_hop_are_the_published_ones() {
        for (k, bits) in [(8.0, 4.42), (16.0, 5.38), (20.0, 5.69)] {
            close(bits_per_hop(k), bits, 0.006);
        }
    }

    #[test]
    fn hops_are_those_of_the_literature() {
        let kademlia = law("kademlia", &[("k", "8")]).unwrap();
        close(kademlia.hops(1_000.0), 2.26, 0.02);
        let chord = law("chord", &[("successors", "20"), ("virtual_nodes", "1")]).unwrap();
        close(chord.hops(1_000.0), 3.82, 0.01);
        close(chord.hops(4.0), 1.0, 1e-12);
    }

    #[test]
    fn no_law_is_invented() {
        assert!(law("walk", &[]).is_none());
        assert!(law("kademlia", &[]).is_none());
        assert!(law("chord", &[("successors", "8"), ("virtual_nodes", "4")]).is_none());
    }
}
