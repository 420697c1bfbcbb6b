//! The list of what every protocol owes the simulator, over presets of Chord.

use dhtlab_core::author::*;
use dhtlab_protocols::chord::params::{Params, Placement, RangeMode};
use dhtlab_protocols::chord::{Chord, Preset};

use crate::conformance::Subject;

fn conforms(name: &'static str, params: fn() -> Params) {
    Subject::<Chord> { name, params, patience: Span::from_mins(2), late: 10, stores: true }
        .conforms();
}

fn preset(name: &str) -> Params {
    Preset::find(name).expect("a known preset").params()
}

#[test]
fn dhtlab_conforms() {
    conforms("dhtlab", || preset("dhtlab"));
}

#[test]
fn lead_conforms() {
    // With a stabilisation a second there is always a message under way, and it is not without end.
    conforms("lead, upkeep 20 times as slow", || Params {
        stabilize_interval: Span::from_secs(20),
        fix_fingers_interval: Span::from_mins(3),
        ..preset("lead")
    });
}

#[test]
fn simgrid_conforms() {
    conforms("simgrid", || preset("simgrid"));
}

#[test]
fn three_replicas_and_contacts_conform() {
    conforms("dhtlab with 3 replicas and 8 contacts", || Params {
        replicas: 3,
        replica_sync_interval: Span::from_secs(20),
        contacts: 8,
        contact_ping_interval: Span::from_secs(10),
        range_mode: RangeMode::Broadcast,
        ..preset("dhtlab")
    });
}

#[test]
fn learned_conforms() {
    conforms("learned, two virtual nodes", || Params {
        placement: Placement::Learned,
        virtual_nodes: 2,
        ready_keys_min: 1,
        ready_neighbours_percent: 0,
        range_mode: RangeMode::Walk,
        ..preset("dhtlab")
    });
}
