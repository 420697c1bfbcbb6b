//! Which runs are pairs.

use std::collections::BTreeMap;

use crate::recorded::RecordedRun;

/// The runs of a base and of another side at one point, as they are to be compared.
pub(super) enum Matched<'a> {
    /// Base and other in the same world, by seed, and how many runs of each side have no partner.
    Pairs(Vec<(&'a RecordedRun, &'a RecordedRun)>, [usize; 2]),
    /// Runs of different worlds.
    Samples(Vec<&'a RecordedRun>, Vec<&'a RecordedRun>),
}

/// Pairs where at least half of the runs of the smaller side have a partner; else two samples, since a
/// few chance pairs would waste the rest.
pub(super) fn matched<'a>(base: &[&'a RecordedRun], other: &[&'a RecordedRun]) -> Matched<'a> {
    let mut partners: BTreeMap<(u64, &str), &'a RecordedRun> = BTreeMap::new();
    // An empty name of a world is that of no world.
    for run in other.iter().filter(|run| !run.world_id.is_empty()) {
        partners.entry((run.seed, &run.world_id)).or_insert(run);
    }
    let mut pairs: Vec<(&'a RecordedRun, &'a RecordedRun)> = base
        .iter()
        .filter_map(|run| Some((*run, partners.remove(&(run.seed, run.world_id.as_str()))?)))
        .collect();
    if pairs.is_empty() || 2 * pairs.len() < base.len().min(other.len()) {
        return Matched::Samples(base.to_vec(), other.to_vec());
    }
    pairs.sort_by(|a, b| a.0.seed.cmp(&b.0.seed).then_with(|| a.0.world_id.cmp(&b.0.world_id)));
    let alone = [base.len() - pairs.len(), other.len() - pairs.len()];
    Matched::Pairs(pairs, alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(seeds: &[u64], world: &str) -> Vec<RecordedRun> {
        let run = |seed: &u64| RecordedRun {
            seed: *seed,
            world_id: world.to_owned(),
            ..RecordedRun::default()
        };
        seeds.iter().map(run).collect()
    }

    /// The seeds of the pairs, and how many runs of each side have no partner.
    type Paired = (Vec<(u64, u64)>, [usize; 2]);

    fn pairs_of(base: &[RecordedRun], other: &[RecordedRun]) -> Option<Paired> {
        let (base, other): (Vec<_>, Vec<_>) = (base.iter().collect(), other.iter().collect());
        match matched(&base, &other) {
            Matched::Pairs(pairs, alone) => {
                Some((pairs.iter().map(|(a, b)| (a.seed, b.seed)).collect(), alone))
            }
            Matched::Samples(..) => None,
        }
    }

    #[test]
    fn partners_have_the_same_seed_whatever_their_order() {
        let found = pairs_of(&runs(&[3, 1, 2], "w"), &runs(&[2, 3, 1, 9], "w")).unwrap();
        assert_eq!(found, (vec![(1, 1), (2, 2), (3, 3)], [0, 1]));
    }

    #[test]
    fn other_worlds_other_seeds_and_unknown_worlds_are_no_pairs() {
        assert!(pairs_of(&runs(&[1, 2], "w"), &runs(&[1, 2], "v")).is_none());
        assert!(pairs_of(&runs(&[1, 2], "w"), &runs(&[3, 4], "w")).is_none());
        assert!(pairs_of(&runs(&[1, 2], ""), &runs(&[1, 2], "")).is_none());
        assert!(pairs_of(&runs(&[1, 2, 3, 4, 5], "w"), &runs(&[5, 6, 7, 8], "w")).is_none());
    }

    #[test]
    fn a_seed_that_comes_twice_is_paired_once() {
        let found = pairs_of(&runs(&[1, 1], "w"), &runs(&[1, 1], "w")).unwrap();
        assert_eq!(found, (vec![(1, 1)], [1, 1]));
    }
}
