//! The fields of [`Params`] by name: kind, range, meaning and source of each.

use dhtlab_core::author::Span;

use super::params::{
    Eviction, IdentifyFeeds, JoinOrder, LIST_MAX, Params, Quorum, Refresh, RefreshTarget,
    WalkPolicy,
};
use super::presets::PRESETS;
use crate::params::{Named as _, ParamError, ParamValue, fields};

const LIST: u64 = LIST_MAX as u64;
const PAPER: &str = "Maymounkov and Mazieres 2002";
const LIBP2P: &str = "rust-libp2p, libp2p-kad 0.49";
const OWN: &str = "dhtlab";

fields! { Params, PRESETS, relations:
    bits: count(16, 256), "identifier bits in use", PAPER;
    k: count(1, LIST), "entries in a bucket", PAPER;
    alpha: count(1, LIST), "requests in flight while a walk makes progress", PAPER;
    replication: count(1, LIST), "R: holders of a record, and results of walks that store and read", PAPER;
    find_results: count(1, LIST), "results of find_node operations and refresh walks", LIBP2P;
    reply_contacts: count(1, LIST), "contacts in a reply, and contacts a walk starts with", LIBP2P;
    walk: choice(WalkPolicy), "what counts as progress of a walk and who may be asked", PAPER;
    strict_k: bool, "never ask beyond the R closest known entries that did not fail", OWN;
    peer_timeout: span(Span::from_millis(1)), "after this long a walk no longer waits for a peer", LIBP2P;
    rpc_timeout: span(Span::from_millis(1)), "after this long a request is given up", LIBP2P;
    query_timeout: span(Span::ZERO), "after this long each phase of an operation is given up; 0s: never", LIBP2P;
    dial_round_trips: count(0, 8), "round trips to open a connection (QUIC 2, TCP 3); 0: datagrams", LIBP2P;
    dial_timeout: span(Span::from_millis(1)), "after this long a dial is given up", LIBP2P;
    idle_timeout: span(Span::from_millis(1)), "a connection closes when unused for this long", LIBP2P;
    identify_feeds_table: choice(IdentifyFeeds), "whether peers that dial or ask us enter the table", LIBP2P;
    probe_feeds_table: bool, "a peer that only probes may enter the table; then probes cause probes without end", OWN;
    honour_client_mode: bool, "nodes that answer nobody stay out of tables", LIBP2P;
    eviction: choice(Eviction), "who makes room in a full bucket", PAPER;
    pending_timeout: span(Span::from_millis(1)), "how long a newcomer waits for a disconnected entry's place", LIBP2P;
    stale_after: count(1, 100), "consecutive failures before a replacement may take an entry's place", PAPER;
    refresh: choice(Refresh), "when the table is refreshed", PAPER;
    refresh_interval: span(Span::ZERO), "interval of the refresh; 0s: off", LIBP2P;
    refresh_target: choice(RefreshTarget), "how refresh targets are drawn", LIBP2P;
    automatic_bootstrap: span(Span::ZERO), "delay of the refresh that a new entry in a small table causes; 0s: off", LIBP2P;
    automatic_bootstrap_below: count(0, 1_000), "a table of fewer entries is small", LIBP2P;
    join_order: choice(JoinOrder), "whom a booting node asks first", OWN;
    join_retry: span(Span::ZERO), "an application tries a failed join again after this long; 0s: never", OWN;
    saved_peers: count(0, 1_000), "contacts that survive a shutdown", OWN;
    record_ttl: span(Span::from_secs(1)), "life of a record at its holders", LIBP2P;
    replication_interval: span(Span::ZERO), "holders pass records on this often; 0s: off", PAPER;
    publication_interval: span(Span::ZERO), "publishers store their records again this often; 0s: off", PAPER;
    provider_ttl: span(Span::from_secs(1)), "life of a provider entry", LIBP2P;
    provider_publication_interval: span(Span::ZERO), "providers announce themselves again this often; 0s: off", LIBP2P;
    cache_writes: bool, "a found record is stored at the closest asked node without it", PAPER;
    transfer_to_newcomers: bool, "a newcomer that is closer to held records is given them", PAPER;
    quorum: quorum, "acknowledgements that make a put a success, relative to R", LIBP2P;
    finish_get_on_first: bool, "reads end with the first record found, not at the end of the walk", OWN;
    max_packet: bytes(512, 1 << 30), "the largest message that can be sent", LIBP2P;
    value_bytes_max: bytes(1, 1 << 30), "the largest value a store accepts", LIBP2P;
    records_max: count(0, 1 << 20), "records a store holds", LIBP2P;
    provided_keys_max: count(0, 1 << 20), "keys with providers that a store holds", LIBP2P;
    providers_max: count(1, LIST), "providers of one key that a store holds", LIBP2P;
    job_queries_new: count(1, 1_000), "queries an upkeep job starts at once", LIBP2P;
    job_queries_max: count(1, 10_000), "upkeep jobs start queries only while fewer run", LIBP2P;
    connect_overhead: bytes(0, 1 << 20), "bytes of opening a connection", "dhtlab estimate, 40 % either way";
    rpc_overhead: bytes(0, 1 << 16), "framing bytes of a request and its reply together", "dhtlab estimate, 40 % either way";
    request_bytes: bytes(0, 1 << 16), "bytes of a request without framing", LIBP2P;
    reply_bytes: bytes(0, 1 << 16), "bytes of a reply without framing and contacts", LIBP2P;
    contact_bytes: bytes(0, 1 << 12), "bytes of one contact in a reply", LIBP2P;
}

fn quorum_value(quorum: Quorum) -> ParamValue {
    let name = match quorum {
        Quorum::One => "one",
        Quorum::Majority => "majority",
        Quorum::All => "all",
        Quorum::N(n) => return ParamValue::Count(u64::from(n)),
    };
    ParamValue::Choice(name.to_owned())
}

fn quorum_from(value: &ParamValue) -> Option<Quorum> {
    match value {
        ParamValue::Count(n) => u32::try_from(*n).ok().map(Quorum::N),
        ParamValue::Choice(name) => match name.as_str() {
            "one" => Some(Quorum::One),
            "majority" => Some(Quorum::Majority),
            "all" => Some(Quorum::All),
            _ => None,
        },
        _ => None,
    }
}

/// The relations between fields; each is checked after the fields alone.
fn relations(p: &Params) -> Vec<ParamError> {
    let mut errors = Vec::new();
    if p.alpha > p.k {
        errors.push(ParamError::refusal(
            "alpha",
            &ParamValue::Count(u64::from(p.alpha)),
            format!("1 to k, which is {}", p.k),
            "raise k or lower alpha",
        ));
    }
    if let Quorum::N(n) = p.quorum
        && n > p.replication
    {
        errors.push(ParamError::refusal(
            "quorum",
            &ParamValue::Count(u64::from(n)),
            format!("1 to replication, which is {}", p.replication),
            "no more than R holders are ever asked",
        ));
    }
    if p.dials() && p.eviction != Eviction::PendingDisconnected {
        errors.push(ParamError::refusal(
            "eviction",
            &ParamValue::Choice(p.eviction.name().to_owned()),
            "pending-disconnected when connections are dialled".to_owned(),
            "set dial_round_trips = 0 for a datagram protocol",
        ));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Tunable as _;

    #[test]
    fn every_field_of_every_preset_survives_a_round_trip() {
        for preset in PRESETS {
            let original = preset.params();
            for other in PRESETS {
                let mut params = other.params();
                for info in Params::fields() {
                    params.set(info.name, original.get(info.name).unwrap()).unwrap();
                }
                assert_eq!(params, original, "{} over {}", preset.name, other.name);
            }
        }
    }

    #[test]
    fn what_is_out_of_range_or_unknown_or_of_another_kind_is_refused() {
        let mut params = PRESETS[0].params();
        let before = params.clone();
        for (name, value) in [
            ("k", ParamValue::Count(33)),
            ("k", ParamValue::Bool(true)),
            ("alpha", ParamValue::Count(0)),
            ("eviction", ParamValue::Choice("never".to_owned())),
            ("quorum", ParamValue::Choice("most".to_owned())),
            ("beta", ParamValue::Count(3)),
        ] {
            assert!(params.set(name, value).is_err(), "{name}");
        }
        assert_eq!(params, before);
    }

    #[test]
    fn relations_between_fields_are_checked() {
        let mut params = PRESETS[0].params();
        params.alpha = params.k + 1;
        params.quorum = Quorum::N(params.replication + 1);
        let fields: Vec<String> =
            params.validate().unwrap_err().into_iter().map(|e| e.field).collect();
        assert_eq!(fields, ["alpha", "quorum"]);
    }

    #[test]
    fn quorums_grow_from_one_over_majority_to_all() {
        for r in 1..=32 {
            let needed = [Quorum::One, Quorum::Majority, Quorum::All].map(|q| q.needed(r));
            assert!(needed.is_sorted() && needed[0] == 1 && needed[2] == r);
            assert!((1..=32).all(|n| Quorum::N(n).needed(r) == n.min(r)));
        }
    }
}
