//! The parameters of Chord and of learned Chord: one field for each symbol of the sources, and the
//! policies as closed enums.

use std::sync::Arc;

use dhtlab_core::author::Span;

use crate::learned_chord::Model;
use crate::params::named;

/// The bound on the length of a successor list.
pub const SUCCESSORS_MAX: u32 = 64;
/// The bound on virtual nodes of one host.
pub const VNODES_MAX: u32 = 1_000;
/// The bound on candidates in one reply.
pub const CANDIDATES_MAX: usize = 3;

named! {
    /// Who forwards a lookup.
    Routing {
        /// The origin asks one node after the other (Chord, `SIGCOMM` 2001, section 4.4).
        Iterative = "iterative",
        /// Each node hands the lookup on, the owner answers the origin directly (the authors' LEAD
        /// simulator, `recurs_direct` of p2psim).
        Recursive = "recursive",
    }
}

named! {
    /// When a lookup has found the owner of its target.
    LookupEnd {
        /// When the target lies within the successor list of the node asked (`ToN` 2003).
        List = "list",
        /// When it lies between the node asked and its first successor (`SIGCOMM` 2001).
        Successor = "successor",
    }
}

named! {
    /// Where on the ring a record is kept.
    Placement {
        /// At a hash of its name: balanced, without order.
        Sha = "sha",
        /// At its name: in order, without balance. What learning starts from.
        Scaled = "scaled",
        /// At the exact distribution function of the names of all records of the run. An oracle: nobody can
        /// know it, nothing is charged for it.
        Exact = "exact",
        /// As DLHT's code trains and evaluates its models, on the names of all records of the run, free of
        /// charge. Not monotone.
        Dlht = "dlht",
        /// At the learned function that the nodes agree on; it starts as `scaled`.
        Learned = "learned",
    }
}

named! {
    /// How a range of names is read.
    RangeMode {
        /// From the owner of its start along the successors, one after the other (LEAD).
        Walk = "walk",
        /// The same with several owners asked at once, as far as successor lists are known.
        Parallel = "parallel",
        /// One lookup for each name, one after the other. The asker is told which names exist: an
        /// oracle, as in the LEAD authors' simulator.
        PerKey = "per-key",
        /// The same in batches of lookups at once.
        PerKeyBatch = "per-key-batch",
        /// Everybody is asked, over a tree of fingers.
        Broadcast = "broadcast",
    }
}

named! {
    /// How the length of a message is counted.
    SizeModel {
        /// A header of 40 bytes and 28 of UDP and IP, identifiers of 8 bytes, peers of 14.
        Full = "full",
        /// 20 bytes a message and 4 an identifier, as in p2psim.
        P2psim = "p2psim",
    }
}

named! {
    /// When a host wants the model trained again.
    TriggerRule {
        /// When new keys reach a share of those at the last activation (LEAD: 40 %).
        Lead40 = "lead40",
        /// When the active model is measurably off, by the Kolmogorov-Smirnov distance, or the
        /// load is.
        Ks = "ks",
        /// The conditions of DLHT's `TrainingConfig`.
        Dlht = "dlht",
        /// Never.
        None = "none",
    }
}

named! {
    /// What hosts tell the coordinator.
    Update {
        /// Counts of keys by leaf, and a sample; they add up to the global distribution.
        Counts = "counts",
        /// Parameters of leaves fitted to the own keys, averaged by weight (LEAD, DLHT). Unsound when
        /// hosts own disjoint arcs; kept for fidelity.
        FedAvg = "fedavg",
    }
}

named! {
    /// Whom the coordinator asks.
    Scope {
        /// All virtual nodes, over a tree of fingers.
        Ring = "ring",
        /// Its neighbours on the ring only (LEAD, DLHT).
        Neighbours = "neighbours",
    }
}

named! {
    /// What a new model changes.
    Refit {
        /// All leaves, at the quantiles of the new distribution.
        Full = "full",
        /// Only leaves whose share of the keys changed noticeably.
        Minimal = "minimal",
    }
}

named! {
    /// What lies beyond the trained keys.
    TailRule {
        /// The first and the last place: a hot spot for keys that are appended.
        Clamp = "clamp",
        /// A reserved share at each end with an exponential tail.
        Extrapolate = "extrapolate",
    }
}

/// What no node can know: given to runs whose baselines say so, and to no other.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The names of all records of the run, sorted.
    pub names: Arc<[u64]>,
    /// Where records are kept under `exact`.
    pub exact: Option<Arc<Model>>,
    /// Where records are kept under `dlht`.
    pub dlht: Option<Arc<crate::learned_chord::dlht::Dlht>>,
}

/// What a run fixes for all nodes. [`presets`](super::presets) has the rows that were published;
/// [`fields`](super::fields) says for each field its range and source.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "fields.rs says what each is, in the words that users read")]
pub struct Params {
    pub successors: u32,
    pub virtual_nodes: u32,
    pub merge_vnode_tables: bool,
    pub routing: Routing,
    pub lookup_end: LookupEnd,
    pub candidates: u32,
    pub stabilize_interval: Span,
    pub stabilize_jitter_percent: u32,
    pub fix_fingers_interval: Span,
    pub fingers_per_tick: u32,
    pub check_predecessor_interval: Span,
    pub jitter_percent: u32,
    pub rpc_timeout_min: Span,
    pub rpc_timeout_rtts: u32,
    pub rpc_retries: u32,
    pub lookup_deadline: Span,
    pub verify_owner: bool,
    pub join_retry: Span,
    pub saved_peers: u32,
    pub contacts: u32,
    pub contact_ping_interval: Span,
    pub size_model: SizeModel,
    pub placement: Placement,
    pub replicas: u32,
    pub replica_sync_interval: Span,
    pub read_fallbacks: u32,
    pub transfer_items: u32,
    pub range_mode: RangeMode,
    pub range_parallel: u32,
    pub per_key_batch: u32,
    pub leaves: u32,
    pub tail: TailRule,
    pub trigger: TriggerRule,
    pub ready_percent: u32,
    pub ready_keys_min: u32,
    pub ready_neighbours_percent: u32,
    pub empty_abstain: bool,
    pub heartbeat_interval: Span,
    pub retrain_check_interval: Span,
    pub backoff_max: Span,
    pub update: Update,
    pub scope: Scope,
    pub summary_sample: u32,
    pub summary_wait: Span,
    pub refit: Refit,
    pub ks_threshold_permille: u32,
    pub reservoir: u32,
    pub activation_delay: Span,
    pub dual_read: Span,
    /// What baselines are told for nothing.
    pub given: Given,
}

impl Params {
    /// Do nodes learn?
    pub fn learns(&self) -> bool {
        self.placement == Placement::Learned
    }
}
