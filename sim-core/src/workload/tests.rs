use super::*;
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Command, OpKind};
use crate::seed::Seed;
use crate::session::{Session, Sessions};
use crate::world::Operation;

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
        records: Records { count: 50, bytes_min: 100, bytes_max: 300, kind: RecordKind::Value },
        settle: Span::from_secs(20),
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
