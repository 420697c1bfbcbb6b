//! Rows of parameters that were published, with their sources.

use dhtlab_core::author::Span;

use super::params::{
    Eviction, IdentifyFeeds, JoinOrder, Params, Quorum, Refresh, RefreshTarget, WalkPolicy,
};

/// A named row of parameters.
pub type Preset = crate::params::Preset<Params>;

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "rust-libp2p-0.49",
        summary: "rust-libp2p's Kademlia with its defaults and quirks, over QUIC",
        source: "libp2p-kad 0.49.0 source; swarm idle and dial timeouts of the same release",
        build: rust_libp2p,
    },
    Preset {
        name: "paper-2002",
        summary: "the Kademlia paper over datagrams: ping the oldest, hourly refresh and replication",
        source: "Maymounkov and Mazieres 2002; timeouts and message sizes are our choice",
        build: paper,
    },
    Preset {
        name: "daa-prime",
        summary: "daa-prime-dht, default profile (R = 3) on rust-libp2p semantics",
        source: "its README; the mapping of refresh and ttl is our assumption",
        build: daa_prime,
    },
    Preset {
        name: "daa-prime-high",
        summary: "daa-prime-dht, high-availability profile (k = 32, alpha = 8, R = 5)",
        source: "its README; the mapping of refresh and ttl is our assumption",
        build: daa_prime_high,
    },
    Preset {
        name: "daa-prime-low",
        summary: "daa-prime-dht, low-resource profile (k = 10, alpha = 2, R = 2)",
        source: "its README; the mapping of refresh and ttl is our assumption",
        build: daa_prime_low,
    },
];

fn rust_libp2p() -> Params {
    Params {
        bits: 256,
        k: 20,
        alpha: 3,
        replication: 20,
        find_results: 20,
        reply_contacts: 20,
        walk: WalkPolicy::Libp2p,
        strict_k: false,
        peer_timeout: Span::from_secs(10),
        rpc_timeout: Span::from_secs(10),
        query_timeout: Span::from_secs(60),
        dial_round_trips: 2,
        dial_timeout: Span::from_secs(10),
        idle_timeout: Span::from_secs(10),
        identify_feeds_table: IdentifyFeeds::OnlyIfServer,
        // With `true`, what the source would do, dials sustain one another for ever.
        probe_feeds_table: false,
        honour_client_mode: true,
        eviction: Eviction::PendingDisconnected,
        pending_timeout: Span::from_secs(60),
        stale_after: 5,
        refresh: Refresh::Periodic,
        refresh_interval: Span::from_mins(5),
        refresh_target: RefreshTarget::SixteenTries,
        automatic_bootstrap: Span::from_millis(500),
        automatic_bootstrap_below: 20,
        join_order: JoinOrder::SavedFirst,
        join_retry: Span::from_mins(5),
        // The library keeps nothing on disk; applications that do say so here.
        saved_peers: 0,
        record_ttl: Span::from_hours(48),
        replication_interval: Span::from_hours(1),
        publication_interval: Span::from_hours(22),
        provider_ttl: Span::from_hours(48),
        provider_publication_interval: Span::from_hours(12),
        cache_writes: false,
        transfer_to_newcomers: false,
        quorum: Quorum::One,
        finish_get_on_first: true,
        max_packet: 16 * 1024,
        value_bytes_max: 65 * 1024 - 1,
        records_max: 1_024,
        provided_keys_max: 1_024,
        providers_max: 20,
        job_queries_new: 10,
        job_queries_max: 100,
        connect_overhead: 2_500,
        rpc_overhead: 350,
        request_bytes: 44,
        reply_bytes: 4,
        // An ed25519 identity of 38 bytes with two QUIC addresses that repeat it.
        contact_bytes: 153,
    }
}

fn paper() -> Params {
    Params {
        bits: 160,
        walk: WalkPolicy::Paper,
        strict_k: true,
        peer_timeout: Span::from_secs(1),
        rpc_timeout: Span::from_secs(1),
        query_timeout: Span::ZERO,
        dial_round_trips: 0,
        eviction: Eviction::PingOldest,
        refresh: Refresh::IdleBucket,
        refresh_interval: Span::from_hours(1),
        refresh_target: RefreshTarget::Exact,
        automatic_bootstrap: Span::ZERO,
        join_retry: Span::from_mins(1),
        saved_peers: 20,
        record_ttl: Span::from_hours(24),
        replication_interval: Span::from_hours(1),
        publication_interval: Span::from_hours(24),
        provider_ttl: Span::from_hours(24),
        provider_publication_interval: Span::from_hours(24),
        cache_writes: true,
        transfer_to_newcomers: true,
        max_packet: 65_507,
        connect_overhead: 0,
        // An IP and a UDP header each way; the rest as the BitTorrent encoding has it.
        rpc_overhead: 56,
        request_bytes: 92,
        reply_bytes: 56,
        contact_bytes: 26,
        ..rust_libp2p()
    }
}

/// The three published profiles differ in six numbers.
fn daa(k: u32, alpha: u32, replication: u32, refresh_secs: u64, ttl_secs: u64) -> Params {
    let refresh = Span::from_secs(refresh_secs);
    let ttl = Span::from_secs(ttl_secs);
    Params {
        k,
        alpha,
        replication,
        refresh_interval: refresh,
        join_retry: refresh,
        record_ttl: ttl,
        provider_ttl: ttl,
        replication_interval: refresh,
        publication_interval: Span::from_secs(ttl_secs / 2),
        provider_publication_interval: Span::from_secs(ttl_secs / 2),
        ..rust_libp2p()
    }
}

fn daa_prime() -> Params {
    daa(20, 3, 3, 3_600, 86_400)
}

fn daa_prime_high() -> Params {
    daa(32, 8, 5, 1_800, 172_800)
}

fn daa_prime_low() -> Params {
    daa(10, 2, 2, 7_200, 43_200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Tunable;

    #[test]
    fn every_preset_is_valid_and_found_by_its_name() {
        for preset in PRESETS {
            assert_eq!(preset.params().validate(), Ok(()), "{}", preset.name);
            assert_eq!(Preset::find(preset.name).unwrap().params(), preset.params());
        }
        assert!(Preset::find("rust-libp2p").is_none());
    }
}
