//! The list of what every protocol owes the simulator, over presets of Hivemind.

use dhtlab_core::author::*;
use dhtlab_protocols::hivemind::{Hivemind, Params};

use crate::conformance::Subject;
use crate::support::preset;

fn conforms(name: &'static str, params: fn() -> Params) {
    Subject::<Hivemind> { name, params, patience: Span::from_mins(6), late: 10, stores: true }
        .conforms();
}

#[test]
fn hivemind_1_2_conforms() {
    conforms("hivemind-1.2", || preset("hivemind-1.2"));
}

#[test]
fn petals_conforms() {
    conforms("petals", || preset("petals"));
}

#[test]
fn kwaai_conforms() {
    conforms("kwaai", || preset("kwaai"));
}

#[test]
fn hivemind_fixed_conforms() {
    conforms("hivemind-fixed", || preset("hivemind-fixed"));
}

#[test]
fn a_handful_of_requests_at_once_conforms() {
    conforms("at most 3 requests at once", || Params {
        parallel_rpc: 3,
        refresh_timeout: Span::from_mins(5),
        ..preset("hivemind-1.2")
    });
}
