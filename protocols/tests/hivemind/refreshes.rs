//! Refreshing buckets: a switch that hivemind has, and that ends its task at the first stale bucket.

use dhtlab_core::author::*;
use dhtlab_protocols::hivemind::Params;

use crate::common::{at, world};
use crate::support::{engine, one_by_one, preset};

/// Messages sent between 2 and 3 hours after the start, by 12 nodes without any workload.
fn upkeep(params: Params) -> u64 {
    let mut world = world(12, 1);
    one_by_one(&mut world, 1_000);
    let (mut engine, _) = engine(world, params);
    engine.run_until(at(2 * 3_600));
    let before = engine.tally().sent;
    engine.run_until(at(3 * 3_600));
    engine.tally().sent - before
}

#[test]
fn stale_buckets_are_refreshed_unless_the_task_dies() {
    let fixed = preset("hivemind-fixed");
    let refreshed = upkeep(fixed.clone());
    assert!(refreshed > 12, "{refreshed}");
    assert_eq!(upkeep(Params { refresh_bug: true, ..fixed.clone() }), 0);
    assert_eq!(upkeep(Params { refresh_timeout: Span::ZERO, ..fixed }), 0);
    assert_eq!(upkeep(preset("hivemind-1.2")), 0, "off is the default");
}
