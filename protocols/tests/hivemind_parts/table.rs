//! Random schedules of additions and removals against the oracle: invariants I1 (buckets cover all
//! ids), I2 (members are where they belong, and splits where they may) and I7 (nearest is a search in
//! full).

use dhtlab_core::author::{Key, NodeIx, Time};
use dhtlab_protocols::hivemind::table::Table;
use proptest::prelude::*;

use crate::table_model::{Model, bits};

const NODES: u32 = 120;

/// Ids that share long prefixes with the owner and with one another, so that the tree gets deep. The
/// last ten of their 160 bits number them, so that no two are the same.
fn crowded() -> impl Strategy<Value = Vec<Key>> {
    let key = (any::<[u64; 4]>(), prop_oneof![Just(0_u32), 0_u32..20, 50_u32..80, 120_u32..150]);
    prop::collection::vec(key, NODES as usize).prop_map(|drawn| {
        let own = Key::from_words(drawn[0].0);
        let numbered = |(number, (words, shared)): (u64, &([u64; 4], u32))| {
            let key = own.with_tail(*shared, Key::from_words(*words));
            key.with_tail(150, Key::from_words([0, 0, number << 32, 0]))
        };
        (0..).zip(&drawn).map(numbered).collect()
    })
}

#[derive(Clone, Debug)]
enum Step {
    Add(u32),
    Remove(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (1..NODES).prop_map(Step::Add),
        1 => (1..NODES).prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 0..400)
}

/// The table is in the state of the oracle, which implies I1 and I2 once those hold of the oracle.
fn same(table: &Table, model: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(table.bucket_count(), model.leaves.len());
    for (bucket, (prefix, leaf)) in table.buckets().zip(&model.leaves) {
        prop_assert_eq!(usize::from(bucket.depth()), prefix.len());
        prop_assert_eq!(bits(bucket.lower()), format!("{prefix:0<160}"));
        prop_assert_eq!(bucket.members(), &leaf.members);
        prop_assert_eq!(bucket.replacements(), &leaf.replacements);
    }
    Ok(())
}

/// I1 and I2, from the table alone.
fn sound(table: &Table, keys: &[Key], size: usize, modulo: usize) -> Result<(), TestCaseError> {
    // Widths in units of 2^-160 of all ids, as the sum of 2^(160 - depth): one carry per bit.
    let mut widths = [0_u32; 161];
    for bucket in table.buckets() {
        widths[usize::from(bucket.depth())] += 1;
        prop_assert!(bucket.members().len() <= size);
        for node in bucket.members().iter().chain(bucket.replacements()) {
            prop_assert!(bucket.covers(keys[node.index()]));
            prop_assert!(node.get() != 0, "the owner is not in its table");
        }
        let mut twice = [bucket.members(), bucket.replacements()].concat();
        twice.sort_unstable();
        twice.dedup();
        prop_assert_eq!(twice.len(), bucket.members().len() + bucket.replacements().len());
        // Its parent had the own id, or a depth that may split.
        if let Some(depth) = usize::from(bucket.depth()).checked_sub(1) {
            let shared = keys[0].common_prefix(bucket.lower()) as usize;
            prop_assert!(shared >= depth || depth % modulo != 0);
        }
    }
    for depth in (1..=160).rev() {
        prop_assert_eq!(widths[depth] % 2, 0);
        widths[depth - 1] += widths[depth] / 2;
    }
    prop_assert_eq!(widths[0], 1);
    prop_assert!(table.buckets().zip(table.buckets().skip(1)).all(|(a, b)| a.lower() < b.lower()));
    Ok(())
}

proptest! {
    #[test]
    fn a_table_is_what_the_oracle_says(
        keys in crowded(), size in 1_usize..40, modulo in 1_usize..7, steps in steps(),
        targets in prop::collection::vec((any::<[u64; 4]>(), 0_u32..NODES, 0_u32..160, 0_usize..60), 8),
    ) {
        let mut table = Table::new(u32::try_from(size).unwrap(), u32::try_from(modulo).unwrap());
        let mut model = Model::new(&keys, size, modulo);
        for (at, step) in (0..).zip(steps) {
            match step {
                Step::Add(node) => {
                    let (node, now) = (NodeIx::new(node), Time::from_nanos(at));
                    prop_assert_eq!(table.add(node, &keys[0], now, &keys), model.add(node));
                    prop_assert_eq!(table.bucket_of(&keys[node.index()]).last_updated(), now);
                    prop_assert!(table.contains(node, &keys));
                }
                Step::Remove(node) => {
                    table.remove(NodeIx::new(node), &keys);
                    model.remove(NodeIx::new(node));
                    prop_assert!(!table.contains(NodeIx::new(node), &keys));
                }
            }
        }
        same(&table, &model)?;
        sound(&table, &keys, size, modulo)?;
        prop_assert_eq!(table.len(), table.members().count());
        for (words, near, shared, count) in targets {
            let target = keys[near as usize].with_tail(shared, Key::from_words(words));
            for exclude in [None, Some(NodeIx::new(near))] {
                let mut out = vec![NodeIx::new(0)];
                table.nearest(&target, count, exclude, &keys, &mut out);
                prop_assert_eq!(&out[1..], model.nearest(target, count, exclude));
            }
        }
    }
}

/// Sometimes: schedules as above do make buckets deeper than 64 bits, replacements, promotions and
/// requests for pings; so the equality with the oracle is not for want of cases.
#[test]
fn the_schedules_reach_what_they_are_for() {
    let own = Key::from_words([1 << 63, 7, 0, 0]);
    let deep =
        (0..30_u64).map(|i| own.with_tail(100, Key::from_words([0, i << 24 | 1 << 23, i, 0])));
    let far = (0..9_u64).map(|i| Key::from_words([i, i, i, i]));
    let keys: Vec<Key> = std::iter::once(own).chain(deep).chain(far).collect();
    let mut table = Table::new(4, 5);
    let mut pings = Vec::new();
    for node in 1..40 {
        pings.extend(table.add(NodeIx::new(node), &own, Time::ZERO, &keys));
    }
    assert!(table.buckets().any(|bucket| bucket.depth() > 100));
    // Four members of the far half were named one after another, and then nobody was left to name.
    assert_eq!(pings, [31, 32, 33, 34].map(NodeIx::new));
    assert_eq!(
        table.buckets().next().unwrap().replacements(),
        [35, 36, 37, 38, 39].map(NodeIx::new)
    );
    table.remove(NodeIx::new(32), &keys);
    assert_eq!(table.buckets().next().unwrap().members(), [31, 33, 34, 39].map(NodeIx::new));
    // A member that was heard of again may be named again; a removed one stays named.
    assert_eq!(table.add(NodeIx::new(31), &own, Time::ZERO, &keys), None);
    assert_eq!(table.add(NodeIx::new(32), &own, Time::ZERO, &keys), Some(NodeIx::new(39)));
    assert_eq!(table.add(NodeIx::new(35), &own, Time::ZERO, &keys), Some(NodeIx::new(31)));
    assert_eq!(table.add(NodeIx::new(36), &own, Time::ZERO, &keys), None);
}
