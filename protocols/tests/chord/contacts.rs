//! V15: random contacts at the origin shorten lookups; that is what more routing state does, learned
//! or not.

use dhtlab_protocols::chord::params::LookupEnd;

use crate::statistics::{Sample, near};
use crate::support::{lookups, usual};

#[test]
fn v15_random_contacts_shorten_lookups() {
    for (contacts, expected) in [(0, 4.02), (16, 2.97), (64, 2.31), (256, 1.99)] {
        let mut params = usual();
        params.contacts = contacts;
        params.lookup_end = LookupEnd::List;
        params.verify_owner = false;
        let hops = (1..=5).flat_map(|seed| lookups(1_000, seed, 4_000, params.clone()));
        let mean = hops.map(|record| record.hops).collect::<Sample>().mean();
        assert!(near(&format!("V15, S = {contacts}"), mean, expected, 0.10), "S = {contacts}");
    }
}
