//! The list of what every protocol owes the simulator, over the presets of Kademlia.

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::params::Eviction;
use dhtlab_protocols::kademlia::{Kademlia, Params};

use super::common::preset;
use super::conformance::Subject;

/// Two phases of a minute and a little more.
const PATIENCE: Span = Span::from_mins(3);

fn conforms(name: &'static str, params: fn() -> Params) {
    Subject::<Kademlia> { name, params, patience: PATIENCE, late: 40, stores: true }.conforms();
}

#[test]
fn rust_libp2p_conforms() {
    conforms("rust-libp2p-0.49", || preset("rust-libp2p-0.49"));
}

#[test]
fn the_paper_conforms() {
    conforms("paper-2002", || preset("paper-2002"));
}

#[test]
fn the_paper_with_a_replacement_cache_conforms() {
    conforms("paper-2002 with replacement-cache", || Params {
        eviction: Eviction::ReplacementCache,
        ..preset("paper-2002")
    });
}

#[test]
fn the_daa_profiles_conform() {
    conforms("daa-prime", || preset("daa-prime"));
    conforms("daa-prime-high", || preset("daa-prime-high"));
    conforms("daa-prime-low", || preset("daa-prime-low"));
}
