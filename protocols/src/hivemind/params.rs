//! The parameters of Hivemind: what its nodes are created with, and the quirks of its code.

use dhtlab_core::author::Span;

use crate::params::named;

named! {
    /// How a protobuf body is framed on the wire.
    Framing {
        /// A unary call of a libp2p daemon, as hivemind makes it.
        Libp2p = "libp2p",
        /// A length of eight bytes and a marker, as `KwaaiNet`'s older codec has it.
        Kwaai = "kwaai",
    }
}

/// The parameters of a node. [`fields`](super::fields) names the source of every default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the options of the original are switches")]
pub struct Params {
    /// Contacts in a bucket, width of a search's beam, and contacts in a find reply.
    pub bucket_size: u32,
    /// Nodes that are to hold a record.
    pub num_replicas: u32,
    /// A full bucket away from the own id may split unless its depth is a multiple of this.
    pub depth_modulo: u32,
    /// Requests under way at once; zero: any number.
    pub parallel_rpc: u32,
    /// How long an answer is waited for, from the sending.
    pub wait_timeout: Span,
    /// A bucket that was not touched for so long is refreshed; zero: never.
    pub refresh_timeout: Span,
    /// How long a bootstrap may take.
    pub bootstrap_timeout: Span,
    /// A failed bootstrap is tried again after so long; zero: never.
    pub bootstrap_retry: Span,
    /// Bootstrap nodes must prove that they can reach the newcomer, and that clocks agree.
    pub ensure_bootstrap_success: bool,
    /// How far a peer's clock may be off at a validated ping.
    pub clock_tolerance: Span,
    /// Keep what was read in the own cache.
    pub cache_locally: bool,
    /// Push what was read to so many nearest nodes' caches.
    pub cache_nearest: u32,
    /// The most records in the cache; zero: any number.
    pub cache_size: u32,
    /// The most records in the storage; zero: any number.
    pub storage_size: u32,
    /// A cached record that is read is fetched anew so long before it expires; zero: never.
    pub cache_refresh_before_expiry: Span,
    /// Keep what was stored elsewhere in the own cache.
    pub cache_on_store: bool,
    /// A read waits for another one of the same key that is under way.
    pub reuse_get_requests: bool,
    /// Find requests under way at once in one search.
    pub num_workers: u32,
    /// The most keys in one find request of a read, and in one refresh of the cache.
    pub chunk_size: u32,
    /// For how long a peer that did not answer is not asked again; zero: no blacklist.
    pub blacklist_time: Span,
    /// By how much that grows with each failure in a row.
    pub backoff_rate: u32,
    /// How long a record is valid where the workload does not say.
    pub record_lifetime: Span,
    /// A single read searches on for the newest record instead of ending at the first valid one.
    pub read_latest: bool,
    /// Bytes of a subkey, which is a text.
    pub subkey_bytes: u32,
    /// How bodies are framed.
    pub framing: Framing,
    /// The largest message; a longer one fails.
    pub frame_max: u32,
    /// The most keys that a store request may have; the receiver fails a longer one.
    pub store_keys_max: u32,
    /// Defect: a rejected older store shortens the life of the newer record.
    pub stale_store_bug: bool,
    /// Defect: a dictionary's store ends at the first subkey that is rejected.
    pub lazy_dict_store: bool,
    /// Defect: a node in client mode counts itself as a replica.
    pub client_self_replica: bool,
    /// Quirk: stores neither consult nor feed the blacklist.
    pub store_ignores_blacklist: bool,
    /// Quirk: a peer that did not answer keeps its place among the nearest of a search.
    pub dead_in_beam: bool,
    /// Defect: the task that refreshes buckets dies at the first stale one.
    pub refresh_bug: bool,
}
