//! Tables of the original, and the sizes its own tests ask for (`tests/test_routing.py`).

use dhtlab_core::author::{Draw, Key, NodeIx, Time};
use dhtlab_core::seed::{Purpose, Seed, Stream};
use dhtlab_protocols::hivemind::id::DhtId;
use dhtlab_protocols::hivemind::table::Table;
use serde_json::Value as Json;

use crate::golden::{golden, number};

/// Adds nodes 1 and following of `keys`, node 0 being the owner; gives how many pings were asked for.
fn fill(table: &mut Table, keys: &Vec<Key>) -> usize {
    let nodes = 1..u32::try_from(keys.len()).expect("small");
    nodes.filter(|node| table.add(NodeIx::new(*node), &keys[0], Time::ZERO, keys).is_some()).count()
}

/// 2,000 ids that are hashes of their number: the same buckets, pings and nearest as the original.
#[test]
fn tables_are_those_of_the_original() {
    let keys: Vec<Key> = (0_u32..=2_000).map(|i| DhtId::of_bytes(&i.to_be_bytes()).key()).collect();
    // The hash of the text "query" in MessagePack.
    let query = DhtId::of_bytes(b"\xa5query").key();
    for case in golden()["routing"].as_array().expect("small") {
        let mut table = Table::new(number(&case["bucket_size"]), number(&case["depth_modulo"]));
        let pings = fill(&mut table, &keys);
        assert_eq!(pings, number(&case["ping_requests"]) as usize);
        let buckets: Vec<Json> = table
            .buckets()
            .map(|bucket| {
                let lower = format!("{:?}", DhtId::from(bucket.lower()));
                let (members, waiting) = (bucket.members().len(), bucket.replacements().len());
                serde_json::json!([lower, bucket.depth(), members, waiting])
            })
            .collect();
        assert_eq!(&Json::from(buckets), &case["buckets"]);
        let mut nearest = Vec::new();
        table.nearest(&query, 10, None, &keys, &mut nearest);
        let indices: Vec<u32> = nearest.iter().map(|node| node.get()).collect();
        assert_eq!(&Json::from(indices), &case["nearest_to_query"]);
    }
}

fn random_keys(seed: u64, count: usize) -> Vec<Key> {
    let mut stream = Stream::new(Seed(seed), Purpose::NodeKeys, 0);
    (0..count).map(|_| Key::from_words(std::array::from_fn(|_| stream.next_u64()))).collect()
}

/// Bounds on the number of buckets after 10,000 insertions, and the mean that was measured with the
/// original.
const SIZES: [(u32, u32, std::ops::RangeInclusive<usize>, f64); 4] = [
    (20, 5, 45..=65, 53.0),
    (50, 5, 35..=45, 39.3),
    (20, 10, 650..=800, 716.0),
    (20, 1, 7..=15, 10.3),
];

#[test]
fn ten_thousand_insertions_give_as_many_buckets_as_in_the_original() {
    const SEEDS: u32 = 20;
    for (bucket_size, depth_modulo, bounds, mean) in SIZES {
        let mut sum = 0;
        let mut members = 0;
        for seed in 0..SEEDS {
            let keys = random_keys(seed.into(), 10_001);
            let mut table = Table::new(bucket_size, depth_modulo);
            fill(&mut table, &keys);
            let buckets = table.bucket_count();
            assert!(
                bounds.contains(&buckets),
                "{buckets} of ({bucket_size}, {depth_modulo}), seed {seed}"
            );
            sum += u32::try_from(buckets).expect("small");
            members += u32::try_from(table.len()).expect("small");
        }
        let measured = f64::from(sum) / f64::from(SEEDS);
        assert!((measured - mean).abs() < mean * 0.05, "{measured} instead of {mean}");
        if (bucket_size, depth_modulo) == (20, 5) {
            let members = f64::from(members) / f64::from(SEEDS);
            assert!((members - 929.0).abs() < 40.0, "{members} members");
        }
    }
}

#[test]
fn a_hundred_insertions_leave_nobody_waiting() {
    for seed in 0..100 {
        let keys = random_keys(seed, 101);
        let mut table = Table::new(20, 5);
        fill(&mut table, &keys);
        assert!((3..=10).contains(&table.bucket_count()), "{} buckets", table.bucket_count());
        assert_eq!(table.replacement_count(), 0);
        assert_eq!(table.len(), 100);
    }
}

#[test]
fn the_nearest_of_a_large_table_are_those_of_a_search_in_full() {
    let keys = random_keys(7, 11_001);
    let mut table = Table::new(20, 5);
    fill(&mut table, &keys[..10_001].to_vec());
    for (index, target) in keys[10_001..].iter().enumerate() {
        let mut expected: Vec<NodeIx> = table.members().collect();
        expected.sort_by_key(|node| keys[node.index()].distance(*target));
        let exclude = (index % 3 == 0).then(|| expected[index % 7]);
        expected.retain(|node| Some(*node) != exclude);
        expected.truncate(1 + index % 100);
        let mut found = Vec::new();
        table.nearest(target, 1 + index % 100, exclude, &keys, &mut found);
        assert_eq!(found, expected);
    }
}
