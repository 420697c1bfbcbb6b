//! The tutorial's protocol as scenarios see it: `docs/tutorial/your-own-protocol.md`.

use dhtlab_protocols::walk::{Params, Walk};

use crate::registry::{Judged, ProtocolEntry};
use crate::run::Judging;

impl Judged for Walk {
    fn judging(_: &Params) -> Judging {
        // A walk ends at one node. It is right if that is the closest of all that are up.
        Judging::Closest(1)
    }
}

/// The entry of the registry.
pub fn entry() -> ProtocolEntry {
    ProtocolEntry::of::<Walk>(
        "A greedy walk over contacts met by chance: the tutorial's protocol, and a baseline",
        "docs/tutorial/your-own-protocol.md",
    )
}
