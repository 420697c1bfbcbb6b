//! Tests that ask only which of two values is the larger: for values that may be without a number
//! because they are worse than any, and for samples without spread.

use crate::num;
use crate::student::incomplete_beta;

/// Up to so many values the rank test counts every way to deal them out.
const EXACT_MAX: usize = 60;

/// The exact two-sided sign test: as many as `more` pairs rise and `less` fall, and each would be as
/// likely if nothing differed. 1 without pairs.
pub fn sign_p(more: u64, less: u64) -> f64 {
    let (n, most) = (more + less, more.max(less));
    if most == less.min(more) {
        return 1.0;
    }
    // P(X >= most) of a fair binomial, as an incomplete beta function.
    let tail = incomplete_beta(num::float(most), num::float(n - most + 1), 0.5);
    (2.0 * tail).min(1.0)
}

/// The two-sided rank-sum test of Wilcoxon, Mann and Whitney, ties given their mean rank. Values may be
/// infinite, and infinite ones are ties. Exact up to 60 values, above by the normal law with a
/// correction for ties and continuity. 1 when a side is empty.
pub fn rank_p(base: &[f64], other: &[f64]) -> f64 {
    if base.is_empty() || other.is_empty() {
        return 1.0;
    }
    let doubled = doubled_ranks(base, other);
    let sum: u64 = doubled[..base.len()].iter().sum();
    if doubled.len() <= EXACT_MAX {
        exact(&doubled, base.len(), sum)
    } else {
        normal(&doubled, base.len(), sum)
    }
}

/// Twice the mean rank of each value, those of the base first: whole numbers even among ties.
fn doubled_ranks(base: &[f64], other: &[f64]) -> Vec<u64> {
    let all: Vec<f64> = base.iter().chain(other).copied().collect();
    let rank = |value: &f64| {
        let less = all.iter().filter(|v| v.total_cmp(value).is_lt()).count() as u64;
        let same = all.iter().filter(|v| v.total_cmp(value).is_eq()).count() as u64;
        2 * less + same + 1
    };
    all.iter().map(rank).collect()
}

/// The share of all ways to choose `n` of the ranks whose sum is as far from the middle as `sum`.
fn exact(doubled: &[u64], n: usize, sum: u64) -> f64 {
    let total: u64 = doubled.iter().sum();
    let width = usize::try_from(total).unwrap_or(usize::MAX).saturating_add(1);
    // ways[k][s]: ways to choose k of the ranks seen so far with the sum s.
    let mut ways = vec![vec![0.0; width]; n + 1];
    ways[0][0] = 1.0;
    for rank in doubled.iter().filter_map(|rank| usize::try_from(*rank).ok()) {
        for chosen in (0..n).rev() {
            for before in 0..width.saturating_sub(rank) {
                let more = ways[chosen][before];
                if more > 0.0 {
                    ways[chosen + 1][before + rank] += more;
                }
            }
        }
    }
    // Compared as n * total against N * sum, in whole numbers.
    let (size, taken) = (doubled.len() as u64, n as u64);
    let distance = |sum: u64| (size * sum).abs_diff(taken * total);
    let all: f64 = ways[n].iter().sum();
    let far: f64 = (0_u64..)
        .zip(&ways[n])
        .filter(|(other, _)| distance(*other) >= distance(sum))
        .map(|(_, ways)| ways)
        .sum();
    (far / all).min(1.0)
}

fn normal(doubled: &[u64], n: usize, sum: u64) -> f64 {
    let (size, taken) = (num::float_len(doubled.len()), num::float_len(n));
    let ranks: Vec<f64> = doubled.iter().map(|rank| num::float(*rank) / 2.0).collect();
    let middle = f64::midpoint(size, 1.0);
    let squares: f64 = ranks.iter().map(|rank| (rank - middle) * (rank - middle)).sum();
    let variance = taken * (size - taken) / (size * (size - 1.0)) * squares;
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = ((num::float(sum) / 2.0 - taken * middle).abs() - 0.5).max(0.0);
    libm::erfc(distance / (2.0 * variance).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() < within, "{a} against {b}");
    }

    #[test]
    fn signs_against_binomial_counts() {
        near(sign_p(10, 0), 2.0 / 1024.0, 1e-12);
        near(sign_p(0, 10), 2.0 / 1024.0, 1e-12);
        // 1 + 10 + 45 of 1024 on each side.
        near(sign_p(8, 2), 2.0 * 56.0 / 1024.0, 1e-12);
        near(sign_p(5, 5), 1.0, 1e-12);
        near(sign_p(5, 4), 1.0, 1e-12);
        near(sign_p(0, 0), 1.0, 1e-12);
        assert!(sign_p(3000, 0) >= 0.0);
    }

    /// Every way to choose the base's places, one by one.
    fn brute_force(base: &[f64], other: &[f64]) -> f64 {
        let doubled = doubled_ranks(base, other);
        let (n, size) = (base.len(), doubled.len());
        let total: u64 = doubled.iter().sum();
        let sum_of = |set: u32| -> u64 {
            (0..size).filter(|nth| set >> nth & 1 == 1).map(|nth| doubled[nth]).sum()
        };
        let distance = |sum: u64| (size as u64 * sum).abs_diff(n as u64 * total);
        let own = distance(doubled[..n].iter().sum());
        let sets: Vec<u32> = (0..1_u32 << size).filter(|s| s.count_ones() as usize == n).collect();
        let far = sets.iter().filter(|set| distance(sum_of(**set)) >= own).count();
        num::float_len(far) / num::float_len(sets.len())
    }

    #[test]
    fn ranks_against_every_way_to_deal_them_out() {
        let infinite = f64::INFINITY;
        let cases: [(&[f64], &[f64]); 5] = [
            (&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0, 7.0]),
            (&[1.0, 5.0, 3.0, 2.0], &[4.0, 2.5, 6.0, 0.5, 9.0]),
            (&[1.0, 1.0, 2.0], &[1.0, 2.0, 2.0, 2.0]),
            (&[1.0, infinite, infinite], &[2.0, 3.0, infinite, 4.0, 0.1]),
            (&[3.0; 4], &[3.0; 4]),
        ];
        for (base, other) in cases {
            near(rank_p(base, other), brute_force(base, other), 1e-12);
        }
        near(rank_p(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0, 7.0]), 2.0 / 35.0, 1e-12);
        near(rank_p(&[], &[1.0]), 1.0, 1e-12);
    }

    #[test]
    fn the_normal_law_is_near_the_exact_count() {
        let base: Vec<f64> = (0..25).map(|v| f64::from(v * 3 % 25)).collect();
        let other: Vec<f64> = (0..25).map(|v| f64::from(v * 7 % 25) + 5.0).collect();
        let doubled = doubled_ranks(&base, &other);
        let sum: u64 = doubled[..25].iter().sum();
        near(normal(&doubled, 25, sum), exact(&doubled, 25, sum), 2e-3);
        let many = vec![2.0; 100];
        near(rank_p(&many, &many), 1.0, 1e-12);
    }
}
