//! Bins of latencies: the same in every run, so that histograms of several runs can be added.
//!
//! There are 48 a decade, at the powers of 10^(1/48) rounded to four digits. A bin is 4.9 % wide, so its
//! geometric middle is within 2.5 % of every value in it.

use crate::num;

/// Bounds of the bins of one decade, in thousandths of its beginning.
const STEPS: [u64; 48] = [
    1000, 1049, 1101, 1155, 1212, 1271, 1334, 1399, 1468, 1540, 1616, 1695, 1778, 1866, 1957, 2054,
    2154, 2260, 2371, 2488, 2610, 2738, 2873, 3014, 3162, 3318, 3481, 3652, 3831, 4019, 4217, 4424,
    4642, 4870, 5109, 5360, 5623, 5900, 6190, 6494, 6813, 7148, 7499, 7867, 8254, 8660, 9085, 9532,
];

/// Decades from 0.1 ms: the last bin ends at about 11 days.
const DECADES: u32 = 10;

/// 0, then the bounds of every decade, in milliseconds.
pub(crate) fn latency_edges() -> Vec<f64> {
    let mut edges = vec![0.0];
    for decade in 0..DECADES {
        edges.extend(STEPS.iter().map(|step| num::float(step * 10_u64.pow(decade)) / 10_000.0));
    }
    edges
}

/// The bin that holds the latency; the last one also holds everything above it.
pub(crate) fn bin(edges: &[f64], ms: f64) -> usize {
    edges.partition_point(|edge| *edge <= ms).clamp(1, edges.len() - 1) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_has_a_bin_that_holds_it() {
        let edges = latency_edges();
        for ms in [0.0, 0.05, 0.1, 1.0, 1.048, 1.049, 31.5, 99.0, 1e3, 86_400_000.0] {
            let bin = bin(&edges, ms);
            assert!(edges[bin] <= ms && ms < edges[bin + 1], "{ms}: {bin}");
        }
        assert_eq!(bin(&edges, 1e15), edges.len() - 2);
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_middle_of_a_bin_is_within_two_and_a_half_percent() {
        for pair in latency_edges()[1..].windows(2) {
            assert!(libm::sqrt(pair[1] / pair[0]) <= 1.025, "{pair:?}");
        }
    }

    #[test]
    fn the_bounds_are_powers_rounded_to_four_digits() {
        for (nth, step) in (0..).zip(STEPS) {
            let exact = 1000.0 * libm::pow(10.0, f64::from(nth) / 48.0);
            assert!((num::float(step) - exact).abs() <= 0.5, "{step} against {exact}");
        }
    }
}
