//! The parameters: one field for each symbol of the sources, and the policies as closed enums.

use dhtlab_core::author::Span;

use crate::params::named;

/// The bound on contacts in one message, on `k` and on the replication factor.
pub const LIST_MAX: usize = 32;

named! {
    /// What counts as progress of a walk, and who may be asked.
    WalkPolicy {
        /// Progress is a newly heard contact among the closest known; entries beyond the closest
        /// are asked while capacity is left (rust-libp2p, `ClosestPeersIter`).
        Libp2p = "libp2p",
        /// Progress is a contact closer than the closest seen before; only the closest heard of are
        /// asked, and a contact that was given up may still answer (the paper, section 2.3).
        Paper = "paper",
    }
}

named! {
    /// Who makes room in a full bucket.
    Eviction {
        /// The longest disconnected entry, after a pending time in which it may come back
        /// (rust-libp2p).
        PendingDisconnected = "pending-disconnected",
        /// The least recently seen entry if it does not answer a ping (the paper, section 2.2).
        PingOldest = "ping-oldest",
        /// Nobody at once: newcomers wait in a cache and replace entries that failed too often (the
        /// paper, section 4.1).
        ReplacementCache = "replacement-cache",
    }
}

named! {
    /// Whether a peer that dials or asks us enters the table.
    IdentifyFeeds {
        /// Never: only peers we dialled ourselves enter. The most common mistake of applications.
        Never = "never",
        /// Always, whatever its role.
        Always = "always",
        /// Only if it says that it answers requests.
        OnlyIfServer = "only-if-server",
    }
}

named! {
    /// When the table is refreshed.
    Refresh {
        /// The whole table every interval: own key, then every farther bucket, one after another.
        Periodic = "periodic",
        /// Each bucket for itself, when no lookup touched it for an interval.
        IdleBucket = "idle-bucket",
    }
}

named! {
    /// How the target of a bucket refresh is drawn.
    RefreshTarget {
        /// Up to 16 random keys; the first that falls into the bucket, else the last (rust-libp2p).
        SixteenTries = "sixteen-tries",
        /// A uniformly random key of the bucket.
        Exact = "exact",
    }
}

named! {
    /// Whom a booting node asks first.
    JoinOrder {
        /// What the last session saved; the bootstrap addresses only if nobody of it answers.
        SavedFirst = "saved-first",
        /// All at once.
        Together = "together",
    }
}

/// How many acknowledgements make a store a success.
///
/// Evaluated against the replication factor, not against the number of holders found: in a network
/// of fewer than R nodes `Majority` and `All` may fail although every node stored the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quorum {
    /// One.
    One,
    /// More than half of the replication factor.
    Majority,
    /// The replication factor.
    All,
    /// This many, at most the replication factor.
    N(u32),
}

impl Quorum {
    /// The number of acknowledgements needed when the replication factor is `replication`.
    pub const fn needed(self, replication: u32) -> u32 {
        match self {
            Self::One => 1,
            Self::Majority => replication / 2 + 1,
            Self::All => replication,
            Self::N(n) if n > replication => replication,
            Self::N(n) => n,
        }
    }
}

/// What a run fixes for all nodes. [`presets`](super::presets) has the rows that were published;
/// [`fields`](super::fields) says for each field its range and source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of its own")]
pub struct Params {
    /// Identifier bits in use: buckets beyond this common prefix do not exist.
    pub bits: u32,
    /// k: entries in a bucket.
    pub k: u32,
    /// alpha: requests in flight while a walk makes progress.
    pub alpha: u32,
    /// R: holders of a record, and results of the walks that store and read.
    pub replication: u32,
    /// Results of a `find_node` operation and of refresh walks.
    pub find_results: u32,
    /// Contacts in a reply, and contacts a walk starts with.
    pub reply_contacts: u32,
    /// What counts as progress of a walk.
    pub walk: WalkPolicy,
    /// Never ask beyond the R closest known entries that did not fail.
    pub strict_k: bool,
    /// After this long a walk no longer waits for a peer.
    pub peer_timeout: Span,
    /// After this long a request is given up.
    pub rpc_timeout: Span,
    /// After this long an operation (each phase of it) is given up; zero: never.
    pub query_timeout: Span,
    /// Round trips to open a connection before the first request; zero: datagrams.
    pub dial_round_trips: u32,
    /// After this long a dial is given up.
    pub dial_timeout: Span,
    /// A connection closes when it was not used for this long.
    pub idle_timeout: Span,
    /// Whether peers that dial or ask us enter the table.
    pub identify_feeds_table: IdentifyFeeds,
    /// A peer that only probes whether we are there may enter the table. Then a probe causes the next
    /// one at its receiver, whose bucket is full too: in large networks the chain never ends.
    pub probe_feeds_table: bool,
    /// Nodes that answer nobody stay out of tables.
    pub honour_client_mode: bool,
    /// Who makes room in a full bucket.
    pub eviction: Eviction,
    /// How long a newcomer waits for the place of a disconnected entry.
    pub pending_timeout: Span,
    /// Consecutive failures after which a replacement may take an entry's place.
    pub stale_after: u32,
    /// When the table is refreshed.
    pub refresh: Refresh,
    /// The interval of the refresh; zero: off.
    pub refresh_interval: Span,
    /// How refresh targets are drawn.
    pub refresh_target: RefreshTarget,
    /// Delay of the refresh that a new entry in a small table causes; zero: off.
    pub automatic_bootstrap: Span,
    /// A table of fewer entries than this is small.
    pub automatic_bootstrap_below: u32,
    /// Whom a booting node asks first.
    pub join_order: JoinOrder,
    /// What an application does after a failed join: try again after this long; zero: never.
    pub join_retry: Span,
    /// How many contacts survive a shutdown.
    pub saved_peers: u32,
    /// Life of a record at its holders.
    pub record_ttl: Span,
    /// Holders pass records on this often; zero: off.
    pub replication_interval: Span,
    /// Publishers store their records again this often; zero: off.
    pub publication_interval: Span,
    /// Life of a provider entry.
    pub provider_ttl: Span,
    /// Providers announce themselves again this often; zero: off.
    pub provider_publication_interval: Span,
    /// A found record is stored at the closest asked node that did not have it.
    pub cache_writes: bool,
    /// A newcomer that is closer to held records is given them.
    pub transfer_to_newcomers: bool,
    /// Acknowledgements that make a put a success.
    pub quorum: Quorum,
    /// Reading operations end with the first record found instead of at the end of the walk.
    pub finish_get_on_first: bool,
    /// The largest message that can be sent.
    pub max_packet: u32,
    /// The largest value a store accepts.
    pub value_bytes_max: u32,
    /// Records a store holds.
    pub records_max: u32,
    /// Keys with providers that a store holds.
    pub provided_keys_max: u32,
    /// Providers of one key that a store holds; further ones are ignored.
    pub providers_max: u32,
    /// Upkeep jobs start at most this many queries at once.
    pub job_queries_new: u32,
    /// Upkeep jobs start queries only while fewer than this many run.
    pub job_queries_max: u32,
    /// Bytes of opening a connection, over all its messages.
    pub connect_overhead: u32,
    /// Framing bytes of one request and its reply together.
    pub rpc_overhead: u32,
    /// Bytes of a request without its framing.
    pub request_bytes: u32,
    /// Bytes of a reply without its framing and its contacts.
    pub reply_bytes: u32,
    /// Bytes of one contact in a reply.
    pub contact_bytes: u32,
}

impl Params {
    /// Are connections opened before requests are sent?
    pub const fn dials(&self) -> bool {
        self.dial_round_trips > 0
    }

    /// Does the table know connected from disconnected entries?
    pub fn tracks_connections(&self) -> bool {
        self.dials() || self.eviction == Eviction::PendingDisconnected
    }

    /// Acknowledgements a put needs.
    pub const fn acks_needed(&self) -> u32 {
        self.quorum.needed(self.replication)
    }
}
