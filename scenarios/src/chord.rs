//! Chord and learned Chord as scenarios see them: presets, parameters, costs, and what baselines are
//! given for nothing.

use std::sync::Arc;

use dhtlab_core::op::Command;
use dhtlab_core::time::Span;
use dhtlab_core::world::World;
use dhtlab_protocols::chord::params::{Given, Params, Placement, RangeMode};
use dhtlab_protocols::chord::{Chord, Preset, fields};
use dhtlab_protocols::learned_chord::dlht::Dlht;
use dhtlab_protocols::learned_chord::train::{self, Curve, Form};
use dhtlab_protocols::params::{ParamError, ParamValue, Tunable};

use crate::plan::network::Start;
use crate::plan::{Plan, ProtocolPlan};
use crate::registry::{Ability, Costs, Judged, Knobs, ProtocolEntry, RunInput};
use crate::run::{Judging, Outcome, Stopped, drive};
use crate::theory;

const PLAIN: &str = "chord";
const LEARNED: &str = "learned-chord";

impl Judged for Chord {
    fn judging(params: &Params) -> Judging {
        Judging::Successor { points: u16::try_from(params.virtual_nodes).unwrap_or(u16::MAX) }
    }
}

/// The entry of plain Chord.
pub fn plain() -> ProtocolEntry {
    ProtocolEntry {
        name: PLAIN,
        fields: fields::plain(),
        load: |name| Some(Box::new(PlainKnobs(Preset::find(name)?.params())) as Box<dyn Knobs>),
        ..ring(
            "A ring in Zave's corrected form; a record sits at the successor of its place, and at R - 1 more",
            "Stoica et al. 2001 and 2003; Zave, arXiv 1610.01140",
        )
    }
}

/// The entry of learned Chord.
pub fn learned() -> ProtocolEntry {
    ProtocolEntry {
        name: LEARNED,
        load: |name| Some(Box::new(learning(name)?) as Box<dyn Knobs>),
        ..ring(
            "Chord whose hash keeps the order of names and is learned from them, by messages, as they come",
            "LEAD, arXiv 2508.14239 (abstract), its authors' simulator, and DLHT",
        )
    }
}

/// What the two have in common.
fn ring(doc: &'static str, source: &'static str) -> ProtocolEntry {
    let of = ProtocolEntry::of::<Chord>(doc, source);
    let abilities = &[Ability::Warm, Ability::Store, Ability::Delete, Ability::Range];
    ProtocolEntry { abilities, run, costs, hops: theory::ring, warnings, ..of }
}

/// A preset for learned Chord: records where the learned function says, ranges along the ring.
fn learning(preset: &str) -> Option<Params> {
    let mut params = Preset::find(preset)?.params();
    params.placement = Placement::Learned;
    params.range_mode = RangeMode::Walk;
    Some(params)
}

/// The parameters of plain Chord, which does not learn.
#[derive(Debug)]
struct PlainKnobs(Params);

impl Knobs for PlainKnobs {
    fn value(&self, name: &str) -> Option<ParamValue> {
        self.0.get(name)
    }

    fn change(&mut self, name: &str, value: ParamValue) -> Result<(), ParamError> {
        self.0.set(name, value)
    }

    fn verify(&self) -> Result<(), Vec<ParamError>> {
        let mut errors = self.0.validate().err().unwrap_or_default();
        if self.0.learns() {
            errors.push(ParamError {
                field: "placement".to_owned(),
                value: "learned".to_owned(),
                permitted: "sha, scaled, exact, dlht".to_owned(),
                hint: "take `use = \"learned-chord\"`: that is the protocol that learns".to_owned(),
            });
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The parameters of `plan`, typed; `None` when it is not a plan of these protocols.
pub fn params(plan: &ProtocolPlan) -> Option<Params> {
    let mut params = match plan.protocol.as_str() {
        PLAIN => Preset::find(&plan.preset)?.params(),
        LEARNED => learning(&plan.preset)?,
        _ => return None,
    };
    for (name, value) in &plan.overrides {
        params.set(name, value.clone()).ok()?;
    }
    Some(params)
}

/// Runs it as `plan` says.
fn run(plan: &ProtocolPlan, mut input: RunInput<'_>) -> Result<Outcome, Stopped> {
    let mut params = params(plan).expect("a plan is only made of parameters that were accepted");
    params.given = given(&params, input.world);
    input.job.judging = Chord::judging(&params);
    drive::<Chord>(input.world, params, input.job, input.watch)
}

/// What a baseline is given for nothing, and nobody else.
fn given(params: &Params, world: &World) -> Given {
    let by_name = matches!(params.range_mode, RangeMode::PerKey | RangeMode::PerKeyBatch);
    let oracle = matches!(params.placement, Placement::Exact | Placement::Dlht);
    if !by_name && !oracle {
        return Given::default();
    }
    let stores = world.operations.iter().filter_map(|operation| match operation.command {
        Command::Put { key, .. } => Some(key.name()),
        _ => None,
    });
    let mut names: Vec<u64> = stores.collect();
    names.sort_unstable();
    names.dedup();
    let exact = || {
        let every = train::Params { form: Form::Edges, leaves: names.len(), ..Default::default() };
        train::train(&names, &every).ok().map(|fit| Arc::new(fit.model))
    };
    let dlht = || {
        let leaves = (params.leaves as usize).min(names.len());
        Dlht::train(&names, Curve::Linear, Curve::Linear, leaves).ok().map(Arc::new)
    };
    Given {
        exact: (params.placement == Placement::Exact).then(exact).flatten(),
        dlht: (params.placement == Placement::Dlht).then(dlht).flatten(),
        names: if by_name { names.into() } else { Arc::default() },
    }
}

/// What a reader must know before trusting a number.
fn warnings(params: &dyn Knobs, plan: &Plan) -> Vec<String> {
    let count = |name: &str| match params.value(name) {
        Some(ParamValue::Count(count)) => count,
        _ => 1,
    };
    let choice = |name: &str| params.value(name).map(|value| value.to_string());
    let (successors, vnodes) = (count("successors"), count("virtual_nodes"));
    let (born, key) = match plan.network.start {
        Start::Warm => (plan.network.nodes, "nodes"),
        Start::Join { .. } => (plan.network.bootstrap_nodes, "bootstrap_nodes"),
    };
    let mut warnings = Vec::new();
    if born.saturating_mul(vnodes) < successors + 1 {
        warnings.push(format!(
            "unprotected: the ring is born with {} virtual nodes ({key} x virtual_nodes), and its proof wants \
             {} (successors + 1); raise {key} or lower successors",
            born.saturating_mul(vnodes),
            successors + 1
        ));
    }
    match choice("placement").as_deref() {
        Some("exact") => warnings.push(
            "oracle: records are placed by the exact distribution of all names, which nobody can know"
                .to_owned(),
        ),
        Some("dlht") => warnings.push(
            "oracle: DLHT's model is trained on all names before the run, free of charge".to_owned(),
        ),
        _ => {}
    }
    let by_name = matches!(choice("range_mode").as_deref(), Some("per-key" | "per-key-batch"));
    if plan.workload.ranges.is_some() && by_name {
        warnings.push("oracle: range queries are told which names exist".to_owned());
    }
    warnings.extend(coarse(params, plan));
    warnings
}

/// Does a model have more leaves than there are names to tell them apart?
fn coarse(params: &dyn Knobs, plan: &Plan) -> Option<String> {
    let count = |name: &str| match params.value(name) {
        Some(ParamValue::Count(count)) => Some(count),
        _ => None,
    };
    let choice = |name: &str| params.value(name).map(|value| value.to_string());
    let (leaves, sample) = (count("leaves")?, count("summary_sample")?);
    let workload = &plan.workload;
    let own = if workload.puts.is_some() || workload.publish.is_some() { workload.keys } else { 0 };
    let names = own + workload.waves.iter().map(|wave| wave.keys).sum::<u64>();
    if choice("placement").as_deref() != Some("learned") || names == 0 {
        None
    } else if leaves > names {
        Some(format!(
            "coarse: {leaves} leaves, and only {names} records to tell them apart; a model has fewer \
             leaves then: lower leaves to {names} or less, or store more"
        ))
    } else if choice("update").as_deref() == Some("counts") && leaves > sample {
        Some(format!(
            "coarse: {leaves} leaves, and the first model knows a sample of {sample} names \
             (summary_sample), straight between them: raise summary_sample or lower leaves"
        ))
    } else {
        None
    }
}

/// Bytes of a host apart from its virtual nodes.
const HOST_BYTES: u64 = 560;
/// Bytes of a virtual node apart from its peers.
const VNODE_BYTES: u64 = 200;
/// Bytes of a peer.
const PEER_BYTES: u64 = 16;

/// A lookup asks half of log2 N nodes; each virtual node makes a lookup for every tick of its fingers.
fn costs(params: &dyn Knobs, nodes: u64) -> Costs {
    let count = |name: &str, default: u64| match params.value(name) {
        Some(ParamValue::Count(count)) => count,
        _ => default,
    };
    let per_hour = |name: &str| match params.value(name) {
        Some(ParamValue::Span(span)) if span > Span::ZERO => 3_600.0 / span.as_secs_f64(),
        _ => 0.0,
    };
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let (vnodes, successors) = (count("virtual_nodes", 1), count("successors", 16));
    let points = nodes.saturating_mul(vnodes).max(2);
    let doublings = number(u64::from(points.ilog2()));
    let rpcs_per_lookup = 1.5 + doublings / 2.0;
    // A stabilisation is a request and a notice: in requests of a lookup.
    let stabilise = per_hour("stabilize_interval") * 1.5 / rpcs_per_lookup;
    let fingers =
        number(count("fingers_per_tick", 1)).min(doublings) * per_hour("fix_fingers_interval");
    Costs {
        bytes_per_node: HOST_BYTES
            + vnodes * (VNODE_BYTES + PEER_BYTES * (successors + u64::from(points.ilog2()) + 2)),
        rpcs_per_lookup,
        rpcs_under_churn: 1.2,
        events_per_rpc: 2.6,
        upkeep_lookups_per_hour: number(vnodes) * (stabilise + fingers),
        busy_bytes: 600,
        lookups_per_join: 2.0 * number(vnodes),
    }
}
