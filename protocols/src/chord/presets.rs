//! Rows of parameters that were published, with their sources.

use dhtlab_core::author::Span;

use super::params::{
    Given, LookupEnd, Params, Placement, RangeMode, Refit, Routing, Scope, SizeModel, TailRule,
    TriggerRule, Update,
};

/// A named row of parameters.
pub type Preset = crate::params::Preset<Params>;

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "dhtlab",
        summary: "Zave's corrected Chord with the timers this simulator recommends",
        source: "steps: Zave, arXiv 1610.01140; timers are our choice",
        build: usual,
    },
    Preset {
        name: "chord-2003",
        summary: "the timers of the Chord papers: stabilize every 15 to 45 s, one finger with it, r = 20",
        source: "Stoica et al., ToN 2003, Table III and section 6 (recalled, not re-read)",
        build: chord_2003,
    },
    Preset {
        name: "lead",
        summary: "the LEAD authors' simulator: recursive lookups, five virtual nodes, stabilize every second",
        source: "ShengzeWang/LEAD, learned_dht.C and example/protocol.txt",
        build: lead,
    },
    Preset {
        name: "dlht",
        summary: "DLHT's code defaults: stabilize every second with all fingers, three backups, ten virtual nodes",
        source: "dlht-python at bc74f64, code",
        build: dlht,
    },
    Preset {
        name: "dlht-readme",
        summary: "DLHT as its README configures it: stabilize every 30 s, three virtual nodes",
        source: "dlht-python at bc74f64, README",
        build: dlht_readme,
    },
    Preset {
        name: "simgrid",
        summary: "the timers of SimGrid's Chord example: stabilize 20 s, fingers and predecessor 120 s",
        source: "SimGrid 4, examples/cpp/dht-chord",
        build: simgrid,
    },
];

fn usual() -> Params {
    Params {
        successors: 16,
        virtual_nodes: 1,
        merge_vnode_tables: true,
        routing: Routing::Iterative,
        lookup_end: LookupEnd::List,
        candidates: 3,
        stabilize_interval: Span::from_secs(10),
        stabilize_jitter_percent: 50,
        fix_fingers_interval: Span::from_secs(30),
        fingers_per_tick: 1,
        check_predecessor_interval: Span::from_secs(30),
        jitter_percent: 10,
        rpc_timeout_min: Span::from_millis(500),
        rpc_timeout_rtts: 4,
        rpc_retries: 1,
        lookup_deadline: Span::from_secs(4),
        verify_owner: true,
        join_retry: Span::from_secs(5),
        saved_peers: 16,
        contacts: 0,
        contact_ping_interval: Span::from_secs(60),
        size_model: SizeModel::Full,
        placement: Placement::Sha,
        replicas: 1,
        replica_sync_interval: Span::from_secs(60),
        read_fallbacks: 1,
        transfer_items: 64,
        range_mode: RangeMode::PerKeyBatch,
        range_parallel: 8,
        per_key_batch: 100,
        leaves: 1_000,
        tail: TailRule::Clamp,
        trigger: TriggerRule::Lead40,
        ready_percent: 40,
        ready_keys_min: 50,
        ready_neighbours_percent: 90,
        empty_abstain: true,
        heartbeat_interval: Span::from_secs(10),
        retrain_check_interval: Span::from_secs(5),
        backoff_max: Span::from_secs(5),
        update: Update::Counts,
        scope: Scope::Ring,
        summary_sample: 1_024,
        summary_wait: Span::from_secs(20),
        refit: Refit::Full,
        ks_threshold_permille: 20,
        reservoir: 10_000,
        activation_delay: Span::from_secs(10),
        dual_read: Span::from_secs(60),
        given: Given::default(),
    }
}

fn chord_2003() -> Params {
    Params {
        successors: 20,
        stabilize_interval: Span::from_secs(30),
        fix_fingers_interval: Span::from_secs(30),
        jitter_percent: 50,
        check_predecessor_interval: Span::ZERO,
        rpc_timeout_rtts: 0,
        rpc_retries: 0,
        ..usual()
    }
}

fn lead() -> Params {
    Params {
        successors: 15,
        virtual_nodes: 5,
        routing: Routing::Recursive,
        stabilize_interval: Span::from_secs(1),
        stabilize_jitter_percent: 0,
        fix_fingers_interval: Span::from_secs(10),
        fingers_per_tick: 64,
        check_predecessor_interval: Span::ZERO,
        rpc_timeout_min: Span::from_secs(1),
        rpc_timeout_rtts: 6,
        rpc_retries: 0,
        lookup_deadline: Span::from_secs(2),
        ..usual()
    }
}

fn dlht() -> Params {
    Params {
        successors: 3,
        virtual_nodes: 10,
        merge_vnode_tables: false,
        lookup_end: LookupEnd::Successor,
        candidates: 1,
        stabilize_interval: Span::from_secs(1),
        stabilize_jitter_percent: 0,
        fix_fingers_interval: Span::from_secs(1),
        fingers_per_tick: 64,
        check_predecessor_interval: Span::ZERO,
        rpc_timeout_min: Span::from_secs(5),
        rpc_timeout_rtts: 0,
        rpc_retries: 0,
        lookup_deadline: Span::ZERO,
        leaves: 100,
        heartbeat_interval: Span::from_secs(5),
        retrain_check_interval: Span::from_secs(1),
        update: Update::FedAvg,
        scope: Scope::Neighbours,
        empty_abstain: false,
        ..usual()
    }
}

fn dlht_readme() -> Params {
    Params {
        virtual_nodes: 3,
        stabilize_interval: Span::from_secs(30),
        fix_fingers_interval: Span::from_secs(30),
        ready_percent: 10,
        heartbeat_interval: Span::from_secs(150),
        retrain_check_interval: Span::from_secs(30),
        ..dlht()
    }
}

fn simgrid() -> Params {
    Params {
        // No successor list, and no choice of next nodes.
        successors: 1,
        candidates: 1,
        stabilize_interval: Span::from_secs(20),
        stabilize_jitter_percent: 0,
        fix_fingers_interval: Span::from_secs(120),
        check_predecessor_interval: Span::from_secs(120),
        jitter_percent: 0,
        verify_owner: false,
        ..usual()
    }
}
