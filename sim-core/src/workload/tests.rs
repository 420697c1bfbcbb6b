use super::*;
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Command, OpKind};
use crate::seed::Seed;
use crate::session::{Session, Sessions};
use crate::world::Operation;
use proptest::prelude::*;

const MINUTE: Span = Span::from_mins(1);

fn full() -> WorkloadSpec {
    WorkloadSpec {
        lookups: Some(Lookups {
            rate: Rate::PerNode { every: Span::from_mins(2) },
            target: Target::RandomKey,
        }),
        puts: Some(Rate::Network { every: Span::from_secs(1) }),
        gets: Some(Gets {
            rate: Rate::PerNode { every: MINUTE },
            popularity: Popularity::Zipf { exponent: 0.91 },
            lag: Span::from_secs(30),
        }),
        publish: Some(Publish { at: Time::ZERO + MINUTE, over: MINUTE, publisher_leaves: None }),
        records: Records { count: 50, bytes_min: 100, bytes_max: 300, ..Records::default() },
        settle: Span::from_secs(20),
        ..WorkloadSpec::default()
    }
}

/// Half of the nodes are up all the time, half from minute 10 to minute 40.
fn sessions() -> Sessions {
    let at = |minutes| Time::ZERO + Span::from_mins(minutes);
    let mut sessions = Sessions::always_up(100);
    for _ in 0..100 {
        sessions.push_identity([Session { up: at(10), down: at(40), graceful: true }]);
    }
    sessions
}

fn draw(spec: &WorkloadSpec) -> Vec<Operation> {
    let (sessions, slots) = (sessions(), (0..200).collect::<Vec<u32>>());
    let duration = Span::from_hours(1);
    let (sessions, slots) = (&sessions, slots.as_slice());
    let stage = Stage { seed: Seed(6), sessions, bootstrap: &[], slots, nodes: 150, duration };
    spec.draw(&stage).unwrap().operations
}

fn only(operations: &[Operation], kind: OpKind) -> Vec<Operation> {
    operations.iter().filter(|op| op.command.kind() == kind).copied().collect()
}

#[test]
fn operations_are_in_order_and_only_where_somebody_is_up() {
    let operations = draw(&full());
    let sessions = sessions();
    assert!(operations.windows(2).all(|w| (w[0].at, w[0].node) <= (w[1].at, w[1].node)));
    for operation in &operations {
        let session = sessions.covering(operation.node, operation.at).unwrap();
        let published = operation.command.kind() == OpKind::Put;
        let settled = session.up == Time::ZERO || operation.at.since(session.up) > full().settle;
        assert!(published || settled, "{operation:?}");
    }
}

/// Counts at the stated rates over the time the nodes are up, within five standard errors.
#[test]
fn operations_come_at_their_rates() {
    let operations = draw(&full());
    let minutes = 100.0 * 60.0 + 100.0 * (30.0 - 1.0 / 3.0);
    let count = |kind| f64::from(u32::try_from(only(&operations, kind).len()).unwrap());
    let lookups = minutes / 2.0;
    assert!((count(OpKind::FindNode) - lookups).abs() < 5.0 * libm::sqrt(lookups));
    let puts = minutes * 60.0 / 150.0 + 50.0;
    assert!((count(OpKind::Put) - puts).abs() < 5.0 * libm::sqrt(puts));
    // The first reads wait for the first record to be old enough: 90 s with 100 nodes up.
    let all = full().operations_expected(150, Span::from_hours(1));
    assert_eq!(all, 4_500 + 3_600 + 9_000 + 50);
    let gets = minutes - 1.5 * 100.0;
    assert!((count(OpKind::Get) - gets).abs() < 5.0 * libm::sqrt(gets) + 20.0);
}

#[test]
fn reads_ask_for_what_was_stored_before_and_the_first_stored_most() {
    let operations = draw(&full());
    let puts = only(&operations, OpKind::Put);
    let gets = only(&operations, OpKind::Get);
    let oldest = |key: Key| puts.iter().find(|put| put.command.key() == key).unwrap().at;
    for get in &gets {
        assert!(oldest(get.command.key()) + Span::from_secs(30) < get.at);
    }
    let late: Vec<&Operation> = gets.iter().filter(|g| g.at > puts[60].at + MINUTE).collect();
    let first = late.iter().filter(|get| get.command.key() == puts[0].command.key()).count();
    let share =
        f64::from(u32::try_from(first).unwrap()) / f64::from(u32::try_from(late.len()).unwrap());
    let total: f64 = (1..=50).map(|rank| libm::pow(f64::from(rank), -0.91)).sum();
    assert!((share * total - 1.0).abs() < 0.15, "{share} {}", 1.0 / total);
}

#[test]
fn each_record_is_published_once_and_versions_follow_time() {
    let mut spec = full();
    spec.puts = None;
    let puts = only(&draw(&spec), OpKind::Put);
    let mut keys: Vec<Key> = puts.iter().map(|put| put.command.key()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((keys.len(), puts.len()), (50, 50));
    for (put, version) in puts.iter().zip(1..) {
        let Command::Put { value, .. } = put.command else { panic!("a put") };
        assert!(value.version == version && (100..=300).contains(&value.bytes));
        assert!(put.at >= Time::ZERO + MINUTE && put.at < Time::ZERO + MINUTE + MINUTE);
    }
}

/// A rate added, changed or taken away leaves the other kinds as they were.
#[test]
fn kinds_of_operations_do_not_disturb_each_other() {
    let base = draw(&full());
    let mut spec = full();
    spec.lookups = None;
    let other = draw(&spec);
    assert_eq!(only(&base, OpKind::Put), only(&other, OpKind::Put));
    assert_eq!(only(&base, OpKind::Get), only(&other, OpKind::Get));
    spec = full();
    spec.puts = None;
    let other = draw(&spec);
    assert_eq!(only(&base, OpKind::FindNode), only(&other, OpKind::FindNode));
    let times = |ops: &[Operation]| -> Vec<(Time, NodeIx)> {
        // Once there is something to read in both.
        let late = |op: &&Operation| op.at > Time::ZERO + Span::from_mins(3);
        only(ops, OpKind::Get).iter().filter(late).map(|op| (op.at, op.node)).collect()
    };
    assert!(times(&base) == times(&other));
}

#[test]
fn announcements_take_the_place_of_values() {
    let mut spec = full();
    spec.records.kind = RecordKind::Provider;
    let operations = draw(&spec);
    assert!(only(&operations, OpKind::Put).is_empty() && only(&operations, OpKind::Get).is_empty());
    assert!(!only(&operations, OpKind::Provide).is_empty());
    assert!(!only(&operations, OpKind::GetProviders).is_empty());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |change: fn(&mut WorkloadSpec)| {
        let mut spec = full();
        change(&mut spec);
        spec.validate().unwrap_err()
    };
    assert_eq!(refused(|s| (s.puts, s.publish) = (None, None)), WorkloadError::NothingToRead);
    let at_once = |s: &mut WorkloadSpec| {
        s.publish.as_mut().unwrap().publisher_leaves = Some(Span::ZERO);
    };
    assert_eq!(refused(at_once), WorkloadError::PublisherLeaves);
    assert_eq!(
        refused(|s| s.puts = Some(Rate::PerNode { every: Span::ZERO })),
        WorkloadError::Rate
    );
    assert_eq!(refused(|s| s.records.count = 0), WorkloadError::Records);
    assert_eq!(refused(|s| s.records.bytes_min = 301), WorkloadError::Bytes);
    let wild = Popularity::Zipf { exponent: f64::NAN };
    let mut spec = full();
    spec.gets = spec.gets.map(|gets| Gets { popularity: wild, ..gets });
    assert_eq!(spec.validate(), Err(WorkloadError::Exponent));
}

const AT: fn(u64) -> Time = |minutes| Time::ZERO + Span::from_mins(minutes);

/// Everything at once: names of a law, two waves, removals and range queries.
fn rich() -> WorkloadSpec {
    let set = KeySet::LogNormal { mu: 0.0, sigma: 2.0 };
    let wave = |at, key_set| Wave { at: AT(at), over: MINUTE, count: 40, key_set };
    WorkloadSpec {
        records: Records { key_set: Some(set), ..full().records },
        waves: vec![wave(20, Some(KeySet::Sequential)), wave(30, None)],
        deletes: Some(Deletes { rate: Rate::Network { every: MINUTE }, lag: MINUTE }),
        ranges: Some(Ranges {
            rate: Rate::PerNode { every: MINUTE },
            keys: 10,
            mode: RangeMode::Bounds,
            lag: MINUTE,
        }),
        ..full()
    }
}

/// All stores of `operations`, without the versions, which are numbered through.
fn stores(operations: &[Operation]) -> Vec<(Time, NodeIx, Key)> {
    let puts = only(operations, OpKind::Put);
    puts.iter().map(|put| (put.at, put.node, put.command.key())).collect()
}

#[test]
fn a_key_set_names_the_records_and_changes_nothing_else() {
    let (base, mut spec) = (draw(&full()), full());
    spec.records.key_set = Some(KeySet::Clusters { count: 5, width: 0.001 });
    let named = draw(&spec);
    assert_eq!(base.len(), named.len());
    for (a, b) in base.iter().zip(&named) {
        assert_eq!((a.at, a.node, a.command.kind()), (b.at, b.node, b.command.kind()));
        if let (Command::Put { value: a, .. }, Command::Put { key, value: b }) =
            (a.command, b.command)
        {
            assert_eq!((a, key), (b, Key::named(key.name())));
        }
    }
    assert_eq!(draw(&spec), named);
}

#[test]
fn a_wave_stores_each_of_its_records_once_in_its_time_and_sequential_names_go_on_above() {
    let operations = draw(&WorkloadSpec { puts: None, ..rich() });
    let before: Vec<u64> =
        stores(&operations).iter().filter(|s| s.0 < AT(3)).map(|s| s.2.name()).collect();
    let wave = |at| -> Vec<(Time, NodeIx, Key)> {
        stores(&operations).into_iter().filter(|s| (AT(at)..AT(at + 1)).contains(&s.0)).collect()
    };
    let (second, third) = (wave(20), wave(30));
    assert_eq!((before.len(), second.len(), third.len()), (50, 40, 40));
    let above = before.iter().max().unwrap();
    assert!(second.iter().all(|(_, _, key)| key.name() > *above));
    assert!(third.iter().any(|(_, _, key)| *key != Key::named(key.name())), "random keys");
    let all: std::collections::BTreeSet<Key> = stores(&operations).iter().map(|s| s.2).collect();
    assert_eq!(all.len(), 130);
}

#[test]
fn removals_and_ranges_speak_of_what_was_stored_before() {
    for mode in [RangeMode::Bounds, RangeMode::Count] {
        let mut spec = rich();
        spec.ranges = spec.ranges.map(|ranges| Ranges { mode, ..ranges });
        let operations = draw(&spec);
        let puts = stores(&operations);
        let known = |at: Time| -> std::collections::BTreeSet<u64> {
            let before = puts.iter().filter(|put| put.0 + MINUTE < at);
            before.map(|put| put.2.name()).collect()
        };
        let deletes = only(&operations, OpKind::Delete);
        assert!(deletes.len() > 20, "{}", deletes.len());
        for delete in deletes {
            assert!(known(delete.at).contains(&delete.command.key().name()));
        }
        let ranges = only(&operations, OpKind::Range);
        assert!(ranges.len() > 5_000);
        for range in ranges.iter().step_by(50) {
            let Command::Range { lo, hi, limit } = range.command else { panic!("a range") };
            let known = known(range.at);
            assert!(known.contains(&lo));
            let covered = known.range(lo..=hi).take(limit as usize).count();
            assert_eq!(covered, known.len().min(10), "{range:?}");
            assert_eq!(hi == u64::MAX, mode == RangeMode::Count);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is added or taken away, all other kinds of operations stay as they were.
    #[test]
    fn adding_a_kind_changes_no_other(present in 0..64_u8, changed in 0..6_u8) {
        let build = |present: u8| {
            let (mut spec, with) = (rich(), |bit: u8| present >> bit & 1 == 1);
            if !with(0) { spec.lookups = None; }
            if !with(1) { spec.puts = None; }
            if !with(2) { spec.gets = None; }
            if !with(3) { spec.deletes = None; }
            if !with(4) { spec.ranges = None; }
            if !with(5) { spec.waves.clear(); }
            draw(&spec)
        };
        let (one, other) = (build(present), build(present ^ 1 << changed));
        let kinds = [OpKind::FindNode, OpKind::Get, OpKind::Delete, OpKind::Range];
        for kind in kinds.into_iter().filter(|kind| {
            *kind != [OpKind::FindNode, OpKind::Put, OpKind::Get, OpKind::Delete, OpKind::Range, OpKind::Put]
                [usize::from(changed)]
        }) {
            // What reads choose from changes with what is stored; when and where they ask does not,
            // from when there is something to read.
            let seen = |ops: &[Operation]| -> Vec<(Time, NodeIx, Option<Command>)> {
                let stored = changed == 1 || changed == 5;
                ops.iter().filter(|op| op.command.kind() == kind && op.at > AT(4))
                    .map(|op| (op.at, op.node, (!stored || kind == OpKind::FindNode).then_some(op.command)))
                    .collect()
            };
            prop_assert_eq!(seen(&one), seen(&other));
        }
        if changed != 1 && changed != 5 {
            prop_assert_eq!(stores(&one), stores(&other));
        }
        if changed == 5 {
            let (more, less) = if stores(&one).len() > stores(&other).len() { (one, other) } else { (other, one) };
            let extra: Vec<_> = stores(&more).into_iter()
                .filter(|s| stores(&less).binary_search(s).is_err()).collect();
            prop_assert_eq!(extra.len(), 80);
            prop_assert_eq!(stores(&less).len() + 80, stores(&more).len());
            // Reads before the first wave is old enough are the same to the last bit.
            let early = |ops: &[Operation]| -> Vec<(Time, NodeIx, Key)> {
                ops.iter().filter(|op| op.at < AT(20)).map(|op| (op.at, op.node, op.command.key())).collect()
            };
            prop_assert_eq!(early(&less), early(&more));
        }
    }
}

#[test]
fn waves_removals_and_ranges_out_of_range_are_refused() {
    let refused = |change: fn(&mut WorkloadSpec)| {
        let mut spec = rich();
        change(&mut spec);
        spec.validate().unwrap_err()
    };
    let no_stores = |s: &mut WorkloadSpec| {
        (s.puts, s.publish, s.gets, s.deletes) = (None, None, None, None);
        s.waves.clear();
    };
    assert_eq!(refused(no_stores), WorkloadError::NothingToRead);
    assert_eq!(refused(|s| s.waves[0].count = 0), WorkloadError::Waves);
    assert_eq!(refused(|s| s.waves = vec![s.waves[0].clone(); 33]), WorkloadError::Waves);
    assert_eq!(refused(|s| s.waves[0].count = 1 << 26), WorkloadError::Records);
    assert_eq!(refused(|s| s.records.kind = RecordKind::Provider), WorkloadError::Providers);
    assert_eq!(refused(|s| s.ranges.as_mut().unwrap().keys = 0), WorkloadError::RangeKeys);
    let wild = |s: &mut WorkloadSpec| s.waves[1].key_set = Some(KeySet::Step { plateaus: 0 });
    assert!(matches!(refused(wild), WorkloadError::KeySet(_)));
    assert_eq!(rich().operations_expected(150, Span::from_hours(1)), 17_150 + 80 + 60 + 9_000);
    // Waves alone are stores enough.
    let only_waves = WorkloadSpec { puts: None, publish: None, ..rich() };
    assert_eq!(only_waves.validate(), Ok(()));
    let few = KeySet::Given(vec![1, 2, 3].into());
    let mut spec = rich();
    spec.records.key_set = Some(few);
    let (sessions, slots) = (sessions(), (0..200).collect::<Vec<u32>>());
    let (duration, bootstrap) = (Span::from_hours(1), &[][..]);
    let stage = Stage {
        seed: Seed(6),
        sessions: &sessions,
        bootstrap,
        slots: &slots,
        nodes: 150,
        duration,
    };
    assert!(matches!(spec.draw(&stage), Err(WorkloadError::KeySet(KeySetError::TooFew { .. }))));
}
