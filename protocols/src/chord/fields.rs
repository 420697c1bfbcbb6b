//! The fields of [`Params`] by name: kind, range, meaning and source of each.

use dhtlab_core::author::Span;

use super::params::{
    CANDIDATES_MAX, LookupEnd, Params, Placement, RangeMode, Refit, Routing, SUCCESSORS_MAX, Scope,
    SizeModel, TailRule, TriggerRule, Update, VNODES_MAX,
};
use super::presets::PRESETS;
use crate::params::{FieldInfo, Named as _, ParamError, ParamValue, fields};

const PAPER: &str = "Stoica et al., SIGCOMM 2001 and ToN 2003";
const ZAVE: &str = "Zave, Reasoning about identifier spaces, arXiv 1610.01140";
const LEAD: &str = "LEAD, arXiv 2508.14239, and its authors' simulator";
const DLHT: &str = "DLHT, dlht-python";
const OWN: &str = "dhtlab";

fields! { Params, PRESETS, relations:
    successors: count(1, SUCCESSORS_MAX as u64), "r: length of the successor list; 2 or more for the proof, log2 N for robustness", PAPER;
    virtual_nodes: count(1, VNODES_MAX as u64), "v: virtual nodes of one host", PAPER;
    merge_vnode_tables: bool, "a host routes by the tables of all its virtual nodes; else only by that of the one asked", OWN;
    routing: choice(Routing), "who forwards a lookup", PAPER;
    lookup_end: choice(LookupEnd), "when a lookup has found the owner", PAPER;
    candidates: count(1, CANDIDATES_MAX as u64), "next nodes in a reply, so that a silent one costs no extra round", OWN;
    stabilize_interval: span(Span::from_millis(1)), "a virtual node checks its successor this often", ZAVE;
    stabilize_jitter_percent: count(0, 100), "each stabilize period varies evenly by so much either way", PAPER;
    fix_fingers_interval: span(Span::from_millis(1)), "fingers are refreshed this often", PAPER;
    fingers_per_tick: count(1, 64), "fingers refreshed at a time, in turn", PAPER;
    check_predecessor_interval: span(Span::ZERO), "the predecessor is pinged this often; 0s: off", PAPER;
    jitter_percent: count(0, 100), "all other periods vary evenly by so much either way", OWN;
    rpc_timeout_min: span(Span::from_millis(1)), "a request is given up after this long at the earliest", PAPER;
    rpc_timeout_rtts: count(0, 100), "and not before so many smoothed round trips", OWN;
    rpc_retries: count(0, 5), "a request without answer is sent again so often", OWN;
    lookup_deadline: span(Span::ZERO), "an operation is given up after this long; 0s: never", LEAD;
    verify_owner: bool, "the owner a lookup found is asked whether it is; if not, the node before it is, and if it is silent, the next", OWN;
    join_retry: span(Span::from_millis(1)), "a failed join is tried again after this long", OWN;
    saved_peers: count(0, 1_000), "peers that survive a shutdown", OWN;
    contacts: count(0, 1 << 20), "S: random peers kept beside fingers, for the first step of own lookups", OWN;
    contact_ping_interval: span(Span::ZERO), "one of the random peers is pinged this often; 0s: off", OWN;
    size_model: choice(SizeModel), "how the length of messages is counted", OWN;
    placement: choice(Placement), "where a record is kept: at a hash of its name (sha), at its name (scaled), by the exact distribution (exact, an oracle), by DLHT's rule (dlht, an oracle), by what the nodes learn (learned, in learned-chord only)", LEAD;
    replicas: count(1, SUCCESSORS_MAX as u64), "R: holders of a record, the owner and its first successors", PAPER;
    replica_sync_interval: span(Span::from_millis(1)), "owners bring their replicas up to date this often, where R > 1", OWN;
    read_fallbacks: count(0, 8), "further successors asked when the owner has no such record", OWN;
    transfer_items: count(1, 1_000), "records moved in one message", OWN;
    range_mode: choice(RangeMode), "how a range of names is read: along successors (walk, parallel; where places keep the order), name by name (per-key, per-key-batch; oracles), by asking everybody (broadcast)", LEAD;
    range_parallel: count(1, SUCCESSORS_MAX as u64), "owners asked at once by a parallel walk", OWN;
    per_key_batch: count(1, 10_000), "lookups at once where ranges are read key by key in batches", LEAD;
    leaves: count(1, 1 << 20), "B: leaves of the learned hash, and of DLHT's rule", LEAD;
    tail: choice(TailRule), "what lies beyond the trained keys", OWN;
    trigger: choice(TriggerRule), "when a host wants the model trained again: on new keys (lead40), on drift (ks), on DLHT's conditions (dlht), never (none)", LEAD;
    ready_percent: count(1, 1_000), "lead40: new keys, in per cent of those at the last activation", LEAD;
    ready_keys_min: count(1, 1 << 30), "fewer keys than this make no host ready", LEAD;
    ready_neighbours_percent: count(0, 100), "share of ready neighbours that makes a ready host a candidate for coordinator", LEAD;
    empty_abstain: bool, "neighbours with fewer keys than ready_keys_min have no vote; else they are not ready, and skewed keys are never learned", OWN;
    heartbeat_interval: span(Span::from_millis(1)), "hosts tell neighbours whether they are ready this often", LEAD;
    retrain_check_interval: span(Span::from_millis(1)), "hosts look at their trigger this often", LEAD;
    backoff_max: span(Span::ZERO), "candidates wait evenly up to so long before they start", OWN;
    update: choice(Update), "what hosts tell the coordinator: how many keys each leaf has (counts), or leaves fitted to their own keys (fedavg, as published)", LEAD;
    scope: choice(Scope), "whom the coordinator asks", LEAD;
    summary_sample: count(0, 1 << 16), "keys in the sample that summaries carry beside counts", OWN;
    summary_wait: span(Span::from_millis(1)), "after this long the coordinator goes on with the summaries it has", OWN;
    refit: choice(Refit), "what a new model changes", OWN;
    ks_threshold_permille: count(0, 1_000), "ks: smallest distance that calls for training, in thousandths", OWN;
    reservoir: count(1, 1 << 20), "keys in a host's reservoir sample", DLHT;
    activation_delay: span(Span::from_millis(1)), "a model that was spread becomes active this long after", OWN;
    dual_read: span(Span::ZERO), "reads that miss also look under the model before, for this long", OWN;
}

/// How many of the fields are those of plain Chord.
const PLAIN: usize = 31;

/// The fields of plain Chord: the ring and its data.
pub fn plain() -> &'static [FieldInfo] {
    let (plain, learning) = FIELDS.infos.split_at(PLAIN);
    debug_assert_eq!(learning[0].name, "tail", "the fields of learning come last");
    plain
}

/// The relations between fields; each is checked after the fields alone.
fn relations(p: &Params) -> Vec<ParamError> {
    let mut errors = Vec::new();
    if p.replicas > p.successors + 1 {
        let value = ParamValue::Count(u64::from(p.replicas));
        let permitted = format!("1 to successors + 1, which is {}", p.successors + 1);
        let hint = "raise successors: replicas sit at the first successors";
        errors.push(ParamError::refusal("replicas", &value, permitted, hint));
    }
    let ordered = !matches!(p.placement, Placement::Sha | Placement::Dlht);
    if !ordered && matches!(p.range_mode, RangeMode::Walk | RangeMode::Parallel) {
        let value = ParamValue::Choice(p.range_mode.name().to_owned());
        let permitted =
            format!("per-key, per-key-batch, broadcast with placement {}", p.placement.name());
        let hint = "there records are not in the order of their names: set `range_mode`, or a `placement` that keeps the order";
        errors.push(ParamError::refusal("range_mode", &value, permitted, hint));
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
            assert_eq!(original.validate(), Ok(()), "{}", preset.name);
            let mut params = PRESETS[0].params();
            for info in Params::fields() {
                params.set(info.name, original.get(info.name).unwrap()).unwrap();
            }
            for info in Params::fields() {
                assert_eq!(params.get(info.name), original.get(info.name), "{}", info.name);
            }
        }
    }

    #[test]
    fn plain_chord_has_no_parameters_of_learning() {
        assert_eq!(plain().last().map(|info| info.name), Some("leaves"));
        assert_eq!(FIELDS.infos[PLAIN].name, "tail");
    }

    #[test]
    fn relations_between_fields_are_checked() {
        let mut params = PRESETS[0].params();
        params.replicas = params.successors + 2;
        params.placement = Placement::Sha;
        params.range_mode = RangeMode::Parallel;
        let fields: Vec<String> =
            params.validate().unwrap_err().into_iter().map(|e| e.field).collect();
        assert_eq!(fields, ["replicas", "range_mode"]);
    }

    #[test]
    fn zero_virtual_nodes_leaves_or_successors_are_refused() {
        let mut params = PRESETS[0].params();
        for name in ["virtual_nodes", "leaves", "successors"] {
            assert!(params.set(name, ParamValue::Count(0)).is_err(), "{name}");
        }
    }
}
