//! The fields of [`Params`] by name: kind, range, meaning and source of each.

use dhtlab_core::author::Span;

use super::params::{Framing, Params};
use super::presets::PRESETS;
use crate::params::fields;

const NODE: &str = "hivemind 1.2, dht/node.py";
const PROTOCOL: &str = "hivemind 1.2, dht/protocol.py";
const ROUTING: &str = "hivemind 1.2, dht/routing.py";
const STORAGE: &str = "hivemind 1.2, dht/storage.py and utils/timed_storage.py";
const TRAVERSE: &str = "hivemind 1.2, dht/traverse.py";
const PETALS: &str = "Petals, server/server.py and utils/dht.py";
const KWAAI: &str = "KwaaiNet, kwaai-hivemind-dht";
const OWN: &str = "dhtlab";

// There are no relations between fields: what looks odd together, such as more replicas than a beam is
// wide, hivemind accepts, and so does a run.
fields! { Params, PRESETS:
    bucket_size: count(1, 256), "k: contacts in a bucket, width of a search's beam, contacts in a find reply", ROUTING;
    num_replicas: count(1, 256), "nodes that are to hold a record, and the reach of the hand-over to newcomers", NODE;
    depth_modulo: count(1, 160), "b: a full bucket away from the own id splits unless its depth is a multiple of b", ROUTING;
    parallel_rpc: count(0, 1 << 20), "requests of a node under way at once, the others wait; 0: any number", PROTOCOL;
    wait_timeout: span(Span::from_millis(1)), "a request is given up so long after it was sent", NODE;
    refresh_timeout: span(Span::ZERO), "a bucket that was not touched for so long is refreshed; 0s: never", NODE;
    bootstrap_timeout: span(Span::from_millis(1)), "bootstrap nodes and the first search have so long together", NODE;
    bootstrap_retry: span(Span::ZERO), "a node that could not be created is created again after so long; 0s: never", OWN;
    ensure_bootstrap_success: bool, "bootstrap nodes must answer, reach the newcomer, and agree on the time", NODE;
    clock_tolerance: span(Span::ZERO), "how far the clock of a bootstrap node may be off", STORAGE;
    cache_locally: bool, "what was read is kept in the own cache", NODE;
    cache_nearest: count(0, 256), "what was read is pushed to the caches of so many nodes nearest to its key", NODE;
    cache_size: count(0, u32::MAX as u64), "the most records in the cache; 0: any number", NODE;
    storage_size: count(0, u32::MAX as u64), "the most records in the storage; 0: any number", KWAAI;
    cache_refresh_before_expiry: span(Span::ZERO), "a cached record that is read is fetched anew so long before it expires; 0s: never", NODE;
    cache_on_store: bool, "what was stored elsewhere is kept in the own cache", NODE;
    reuse_get_requests: bool, "a read waits for another one of the same key", NODE;
    num_workers: count(1, 1 << 16), "W: find requests under way at once in one search", TRAVERSE;
    chunk_size: count(1, 1 << 16), "the most keys in one find request of a read, and in one refresh of the cache", NODE;
    blacklist_time: span(Span::ZERO), "a peer that did not answer a find request is not asked for so long; 0s: no blacklist", NODE;
    backoff_rate: count(1, 1_000), "that time grows by this factor with each failure in a row", NODE;
    record_lifetime: span(Span::from_millis(1)), "a record is valid so long where the workload does not say", PETALS;
    read_latest: bool, "a single read searches on for the newest record instead of ending at the first valid one", NODE;
    subkey_bytes: bytes(1, 1 << 16), "length of a subkey, which is a text: the id of a peer", PETALS;
    framing: choice(Framing), "how the body of a message is framed", KWAAI;
    frame_max: bytes(1 << 10, u32::MAX as u64), "the longest message; a request whose body or answer is longer fails", KWAAI;
    store_keys_max: count(1, u32::MAX as u64), "the most keys in a store request; a longer one is refused", KWAAI;
    stale_store_bug: bool, "defect G1: a rejected older store shortens the life of the newer record", STORAGE;
    lazy_dict_store: bool, "defect G4: the store of a dictionary ends at the first subkey that is rejected", PROTOCOL;
    client_self_replica: bool, "defect G3: a client counts itself as a replica, though nobody can ask it", NODE;
    store_ignores_blacklist: bool, "quirk: stores neither consult nor feed the blacklist", NODE;
    dead_in_beam: bool, "quirk: a peer that did not answer keeps its place among the nearest of a search", TRAVERSE;
    refresh_bug: bool, "defect G2: the task that refreshes buckets dies at the first stale one", NODE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{ParamValue, Tunable as _};

    #[test]
    fn every_field_of_every_preset_survives_a_round_trip() {
        for preset in PRESETS {
            let original = preset.params();
            assert_eq!(original.validate(), Ok(()), "{}", preset.name);
            let mut params = PRESETS[0].params();
            for info in Params::fields() {
                params.set(info.name, original.get(info.name).unwrap()).unwrap();
            }
            assert_eq!(params, original, "{}", preset.name);
        }
    }

    #[test]
    fn zero_workers_replicas_or_contacts_are_refused() {
        let mut params = PRESETS[0].params();
        for name in ["num_workers", "num_replicas", "bucket_size", "depth_modulo", "chunk_size"] {
            assert!(params.set(name, ParamValue::Count(0)).is_err(), "{name}");
        }
    }
}
