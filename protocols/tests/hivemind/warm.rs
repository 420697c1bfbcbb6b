//! Warm starts and what nodes tell about themselves.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_protocols::hivemind::{Hivemind, Standing};

use crate::common::{Log, add_operations, at, random_key, world};
use crate::support::usual;

fn warm(nodes: u32, seed: u64) -> (Engine<Hivemind, Log>, Log) {
    let mut world = world(nodes, seed);
    add_operations(&mut world, 100, at(5), Span::from_millis(500), |_, stream| Command::FindNode {
        target: random_key(stream),
    });
    let log = Log::default();
    (Engine::new(Arc::new(world), usual(), Start::Warm, 1, |_| log.clone()), log)
}

#[test]
fn a_warm_network_finds_the_true_nearest() {
    for nodes in [2, 20, 400] {
        let (mut engine, log) = warm(nodes, 1);
        engine.run_until(at(1));
        assert_eq!(engine.tally().sent, 0, "nothing is sent to enter");
        engine.run_until(at(100));
        let seen = log.take();
        let wanted = 20.min(nodes as usize - 1);
        assert_eq!(seen.recalls, [wanted; 100]);
        let state = engine.state(NodeIx::new(1)).expect("up");
        assert_eq!(state.standing(), Standing::Up);
    }
}

#[test]
fn gauges_show_tables_and_tiers() {
    let (mut engine, _) = warm(50, 2);
    engine.run_until(at(100));
    let state = engine.state(NodeIx::new(3)).expect("up");
    let mut shown = Vec::new();
    state.readings(at(100), &mut |reading| shown.push((reading.name, reading.value)));
    let value = |name| shown.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    assert_eq!(value("hivemind.members_mean"), Some(state.table().len() as u64));
    assert_eq!(value("hivemind.storage_entries_mean"), Some(0));
    assert_eq!(value("hivemind.blacklist_mean"), Some(0));
    assert!(shown.iter().all(|(name, _)| name.starts_with("hivemind.")));
}
