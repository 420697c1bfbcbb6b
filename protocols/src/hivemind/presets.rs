//! Rows of parameters that were published, with their sources.

use dhtlab_core::author::Span;

use super::params::{Framing, Params};

/// A named row of parameters.
pub type Preset = crate::params::Preset<Params>;

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "hivemind-1.2",
        summary: "hivemind as its code behaves, defects included; a failed start is tried again after 10 s",
        source: "learning-at-home/hivemind at 4bd43b77, defaults of DHTNode.create; the retry is our choice",
        build: hivemind,
    },
    Preset {
        name: "petals",
        summary: "hivemind as Petals creates it: 32 workers, reads of the latest, records for 240 s",
        source: "bigscience-workshop/petals at 22afba62; a server has as many workers as its model has layers, here 32",
        build: petals,
    },
    Preset {
        name: "kwaai",
        summary: "KwaaiNet's port: capped tiers and requests, own framing, without the defects of stores",
        source: "Kwaai-AI-Lab/KwaaiNet at 9190d4a2, kwaai-hivemind-dht; the rest as hivemind",
        build: kwaai,
    },
    Preset {
        name: "hivemind-fixed",
        summary: "hivemind without its defects and quirks, with a refresh of buckets that works",
        source: "defaults of hivemind at 4bd43b77; the refresh every 10 min is our choice",
        build: fixed,
    },
];

fn hivemind() -> Params {
    Params {
        bucket_size: 20,
        num_replicas: 5,
        depth_modulo: 5,
        parallel_rpc: 0,
        wait_timeout: Span::from_secs(3),
        refresh_timeout: Span::ZERO,
        bootstrap_timeout: Span::from_secs(3),
        bootstrap_retry: Span::from_secs(10),
        ensure_bootstrap_success: true,
        clock_tolerance: Span::from_secs(3),
        cache_locally: true,
        cache_nearest: 1,
        cache_size: 0,
        storage_size: 0,
        cache_refresh_before_expiry: Span::from_secs(5),
        cache_on_store: true,
        reuse_get_requests: true,
        num_workers: 4,
        chunk_size: 16,
        blacklist_time: Span::from_secs(5),
        backoff_rate: 2,
        record_lifetime: Span::from_mins(5),
        read_latest: false,
        subkey_bytes: 52,
        framing: Framing::Libp2p,
        frame_max: 10 << 20,
        store_keys_max: u32::MAX,
        stale_store_bug: true,
        lazy_dict_store: true,
        client_self_replica: true,
        store_ignores_blacklist: true,
        dead_in_beam: true,
        refresh_bug: true,
    }
}

fn petals() -> Params {
    Params {
        num_workers: 32,
        read_latest: true,
        // Servers announce every 120 s, for twice as long.
        record_lifetime: Span::from_secs(240),
        ..hivemind()
    }
}

fn kwaai() -> Params {
    Params {
        cache_size: 32_768,
        storage_size: 1 << 20,
        store_keys_max: 1_024,
        framing: Framing::Kwaai,
        record_lifetime: Span::from_secs(360),
        stale_store_bug: false,
        lazy_dict_store: false,
        ..hivemind()
    }
}

fn fixed() -> Params {
    Params {
        refresh_timeout: Span::from_mins(10),
        stale_store_bug: false,
        lazy_dict_store: false,
        client_self_replica: false,
        store_ignores_blacklist: false,
        dead_in_beam: false,
        refresh_bug: false,
        ..hivemind()
    }
}
