//! Holm's step-down: p-values that stay honest when a table asks many questions at once.
//!
//! With twenty comparisons at 5 % each, one false alarm is to be expected. Adjusted by Holm, the chance
//! of any false alarm in the whole table is at most 5 %, whatever the dependence between the rows
//! (S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
//! Statistics 6, 1979, pages 65 to 70).

use crate::num;

/// The adjusted p-value of each, in the order given. A row without a p-value asks no question: it has no
/// adjusted one, and does not count.
pub fn adjust(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(f64, usize)> =
        p.iter().enumerate().filter_map(|(nth, p)| Some(((*p)?, nth))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut adjusted = vec![None; p.len()];
    let mut least = 0.0_f64;
    for (before, (p, nth)) in order.iter().enumerate() {
        least = least.max((num::float_len(order.len() - before) * p).min(1.0));
        adjusted[*nth] = Some(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By hand: 0.005 x 4; 0.01 x 3; 0.03 x 2; 0.04 x 1 is raised to the 0.06 before it.
    #[test]
    fn a_worked_example() {
        let adjusted = adjust(&[Some(0.01), Some(0.04), Some(0.03), None, Some(0.005)]);
        let expected = [Some(0.03), Some(0.06), Some(0.06), None, Some(0.02)];
        for (adjusted, expected) in adjusted.iter().zip(expected) {
            assert_eq!(adjusted.is_some(), expected.is_some());
            assert!((adjusted.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-12);
        }
        assert_eq!(adjust(&[]), []);
        assert_eq!(adjust(&[None, None]), [None, None]);
    }

    /// The definition as a procedure at one level: go through them from the smallest, and stop at the
    /// first that is above level over the number left.
    fn rejected(p: &[f64], level: f64) -> Vec<bool> {
        let mut rejected = vec![false; p.len()];
        loop {
            let left: Vec<usize> = (0..p.len()).filter(|nth| !rejected[*nth]).collect();
            let smallest = left.iter().copied().min_by(|a, b| p[*a].total_cmp(&p[*b]));
            let Some(smallest) = smallest else { return rejected };
            if p[smallest] * num::float_len(left.len()) > level {
                return rejected;
            }
            rejected[smallest] = true;
        }
    }

    proptest! {
        #[test]
        fn adjusted_values_decide_as_the_procedure(
            p in prop::collection::vec(0.0..0.2_f64, 0..12),
            level in 0.01..0.9_f64,
        ) {
            let given: Vec<Option<f64>> = p.iter().copied().map(Some).collect();
            let decided: Vec<bool> =
                adjust(&given).iter().map(|p| p.is_some_and(|p| p <= level)).collect();
            prop_assert_eq!(decided, rejected(&p, level));
        }
    }
}
