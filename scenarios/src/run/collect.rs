//! Turns the ledgers and counters of a finished run into rows.

use std::collections::BTreeMap;

use dhtlab_core::digest::Rung;
use dhtlab_core::engine::Engine;
use dhtlab_core::key::Key;
use dhtlab_core::node::NodeIx;
use dhtlab_core::op::{Command, OpId, Outcome, Value};
use dhtlab_core::protocol::{ContactKind, Protocol, Role};
use dhtlab_core::time::Time;
use dhtlab_core::world::World;
use dhtlab_reports::model;

use super::batches::{self, Batches};
use super::gauge::RoleNames;
use super::history::History;
use super::job::Job;
use super::ledger::{JoinEntry, Ledger, OpEntry};
use super::ranges::{self, Query, Worth};

#[expect(clippy::cast_precision_loss, reason = "output only")]
fn millis(from: Time, to: Time) -> f64 {
    to.since(from).as_nanos() as f64 / 1e6
}

/// A rung of the digest ladder.
pub(super) fn rung(rung: &Rung) -> model::Rung {
    model::Rung { t_s: rung.at.as_secs_f64(), digest: rung.digest.to_string() }
}

/// Warm-up, measure, and the phases of faults.
pub(super) fn intervals(job: &Job) -> Vec<model::Interval> {
    let interval = |kind: &str, label: &str, from: Time, until: Time| model::Interval {
        kind: kind.to_owned(),
        label: label.to_owned(),
        t_start_s: from.as_secs_f64(),
        t_end_s: until.as_secs_f64(),
    };
    let warm = Time::ZERO + job.warmup;
    let mut rows = Vec::new();
    if warm > Time::ZERO {
        rows.push(interval("warmup", "warmup", Time::ZERO, warm));
    }
    rows.push(interval("measure", "measure", warm, job.end()));
    for phase in &job.phases {
        let kind = if phase.fault.is_some() { "fault" } else { "measure" };
        rows.push(interval(kind, &phase.name, phase.from, phase.until.min(job.end())));
    }
    rows
}

/// What operations are judged by after the run.
struct Evidence<'b> {
    /// The keys of all stores: version `v` was stored under the key with number `v - 1`.
    stored: Vec<Key>,
    /// What became of the records; empty where nothing is removed and no range is asked for.
    history: History,
    /// What the answers to range queries are worth.
    worth: BTreeMap<OpId, Worth>,
    /// What reads of batches were worth.
    batches: &'b Batches,
    /// Every key that a put ever speaks of, sorted; `None` where nobody asks for others.
    put: Option<Vec<Key>>,
}

impl<'b> Evidence<'b> {
    fn gather<P: Protocol>(engine: &Engine<P, Ledger<'_>>, batches: &'b Batches) -> Self {
        let world = engine.world();
        let stored = stored_keys(world);
        let mut put = (!world.groups.is_empty()).then(|| stored.clone());
        if let Some(keys) = &mut put {
            keys.sort_unstable();
        }
        let asks = |command| matches!(command, Command::Range { .. } | Command::Delete { .. });
        if !world.operations.iter().any(|operation| asks(operation.command)) {
            let (history, worth) = (History::default(), BTreeMap::new());
            return Self { stored, history, worth, batches, put };
        }
        let history = History::of(world, engine.observers().flat_map(Ledger::ops));
        let mut queries: Vec<(OpId, Query<'_>)> = Vec::new();
        for (entry, names) in engine.observers().flat_map(Ledger::ranges) {
            let command = world.operations[entry.op.index()].command;
            let answer = entry.record.filter(|record| record.outcome != Outcome::Unsupported);
            if let (Command::Range { lo, hi, limit }, Some(record)) = (command, answer) {
                let (issued, finished) = (entry.at, record.at);
                queries.push((entry.op, Query { lo, hi, limit, issued, finished, names }));
            }
        }
        let (numbers, queries): (Vec<OpId>, Vec<Query<'_>>) = queries.into_iter().unzip();
        let worth = numbers.into_iter().zip(ranges::judge(&history, &queries)).collect();
        Self { stored, history, worth, batches, put }
    }
}

/// Every operation that was issued, in order of its number.
pub(super) fn operations<P: Protocol>(
    engine: &Engine<P, Ledger<'_>>,
    batches: &Batches,
    job: &Job,
) -> Vec<model::Operation> {
    let evidence = Evidence::gather(engine, batches);
    let mut rows: Vec<model::Operation> = Vec::new();
    for ledger in engine.observers() {
        let issued = ledger.ops().iter().filter(|entry| entry.at < job.end());
        rows.extend(issued.map(|entry| operation(engine, &evidence, ledger, entry)));
    }
    rows.sort_unstable_by_key(|row| row.lookup_id);
    rows
}

fn operation<P: Protocol>(
    engine: &Engine<P, Ledger<'_>>,
    evidence: &Evidence<'_>,
    ledger: &Ledger<'_>,
    entry: &OpEntry,
) -> model::Operation {
    let world = engine.world();
    let planned = &world.operations[entry.op.index()];
    let cost = engine.cost(entry.op);
    let record = entry.record.as_ref();
    let worth = evidence.worth.get(&entry.op);
    let range = record.and_then(|record| record.range);
    model::Operation {
        lookup_id: u64::from(entry.op.get()),
        op: planned.command.kind().name(),
        t_start_s: entry.at.as_secs_f64(),
        latency_ms: record.map(|record| millis(entry.at, record.at)),
        hops: record.map_or(0, |record| u32::from(record.hops)),
        rpcs_sent: record.map_or(0, |record| record.requests),
        rpcs_timed_out: record.map_or(0, |record| record.failures),
        messages: u64::from(cost.messages),
        bytes: u64::from(cost.bytes),
        outcome: verdict(world, evidence, ledger, entry),
        exact: entry.judged.map(|judged| judged.exact),
        recall_at_k: entry
            .judged
            .filter(|judged| judged.of > 0)
            .map(|judged| f64::from(judged.hits) / f64::from(judged.of)),
        range_items: worth.map(|worth| worth.reported),
        range_recall: worth.and_then(Worth::recall),
        range_precision: worth.and_then(Worth::precision),
        range_holders: range.map(|range| range.holders),
        range_complete: range.map(|range| range.complete),
        batch: batch(planned.command, entry, evidence.batches.worth(entry.op)),
        origin_region: region_name(world, planned.node),
    }
}

/// What came of a batch; `None` for all other operations.
fn batch(
    command: Command,
    entry: &OpEntry,
    worth: Option<&batches::Worth>,
) -> Option<model::Batch> {
    let (Command::PutMany { items } | Command::GetMany { items, .. }) = command else {
        return None;
    };
    let done = entry.record.and_then(|record| record.batch).map_or(0, |batch| batch.done);
    Some(model::Batch {
        items: items.len(),
        done,
        entries: worth.map(|worth| worth.reported),
        recall: worth.and_then(batches::Worth::recall),
        ghost_ratio: worth.and_then(batches::Worth::ghost_ratio),
        missing_keys_ratio: worth.and_then(batches::Worth::missing_keys_ratio),
    })
}

/// How an operation is called in `lookups.csv`: what the node said, corrected by the truth.
fn verdict(
    world: &World,
    evidence: &Evidence<'_>,
    ledger: &Ledger<'_>,
    entry: &OpEntry,
) -> &'static str {
    let planned = &world.operations[entry.op.index()];
    let Some(record) = entry.record else {
        return if ledger.left_since(planned.node, entry.at) { "origin_left" } else { "timeout" };
    };
    match record.outcome {
        Outcome::NotFound if rightly_absent(evidence, planned.command, entry, record.at) => "ok",
        Outcome::NotFound => "not_found",
        Outcome::TimedOut => "timeout",
        Outcome::NoContacts => "no_contacts",
        Outcome::QuorumFailed => "quorum_failed",
        Outcome::Unsupported => "unsupported",
        Outcome::SkewMiss => "skew_miss",
        Outcome::Done => match planned.command {
            Command::FindNode { .. } if !entry.judged.is_some_and(|judged| judged.closest) => {
                "wrong"
            }
            Command::Get { key } => {
                let known =
                    record.value.is_some_and(|value| put_under(&evidence.stored, value, key));
                let gone = evidence.history.must_be_gone(key.name(), entry.at, record.at);
                if known && !gone { "ok" } else { "wrong" }
            }
            Command::Range { .. } => match record.range {
                Some(range) if range.complete => {
                    let flawless = evidence.worth.get(&entry.op).is_some_and(Worth::is_flawless);
                    if flawless { "ok" } else { "wrong" }
                }
                _ => "incomplete",
            },
            Command::PutMany { items } => {
                let done = record.batch.map_or(0, |batch| batch.done);
                if done == items.len() { "ok" } else { "incomplete" }
            }
            Command::GetMany { .. } => {
                let right = evidence.batches.worth(entry.op).is_none_or(batches::Worth::is_right);
                if right { "ok" } else { "wrong" }
            }
            _ => "ok",
        },
    }
}

/// Is it right that `command` found nothing? A read, when a removal had begun and the record did not have
/// to be there, or when nobody ever stores it; a removal, when another one had come before and nothing had
/// to be left of it; a read of a batch, when nothing of it was due.
fn rightly_absent(evidence: &Evidence<'_>, command: Command, entry: &OpEntry, ended: Time) -> bool {
    let history = &evidence.history;
    let name = command.key().name();
    let until = match command {
        Command::Get { key }
            if evidence.put.as_ref().is_some_and(|keys| keys.binary_search(&key).is_err()) =>
        {
            return true;
        }
        Command::GetMany { .. } => {
            return evidence.batches.worth(entry.op).is_some_and(|worth| worth.due == 0);
        }
        Command::Get { .. } => ended,
        // Its own removal does not count.
        Command::Delete { .. } => Time::from_nanos(entry.at.as_nanos().saturating_sub(1)),
        _ => return false,
    };
    history.removed(name, until) && !history.must_be_found(name, entry.at, until)
}

/// The name of the region of `node`; empty where the links know none.
fn region_name(world: &World, node: NodeIx) -> String {
    let region = usize::from(world.links.region_of(node));
    world.links.region_names().get(region).cloned().unwrap_or_default()
}

/// Was this version ever stored under `key`?
fn put_under(stored: &[Key], value: Value, key: Key) -> bool {
    let index = usize::try_from(value.version).ok().and_then(|version| version.checked_sub(1));
    index.and_then(|index| stored.get(index)) == Some(&key)
}

/// The keys of all stores of the workload in order of time.
fn stored_keys(world: &World) -> Vec<Key> {
    let stores = world.operations.iter().filter_map(|operation| match operation.command {
        Command::Put { key, .. } => Some(key),
        _ => None,
    });
    stores.collect()
}

/// Every join of a node that is no bootstrap node, in order of boots.
pub(super) fn joins<P: Protocol>(engine: &Engine<P, Ledger<'_>>, job: &Job) -> Vec<model::Join> {
    let world = engine.world();
    let mut entries: Vec<&JoinEntry> = engine.observers().flat_map(Ledger::joins).collect();
    entries.retain(|entry| !world.bootstrap.contains(&entry.node) && entry.booted_at < job.end());
    if job.start == dhtlab_core::engine::Start::Warm {
        entries.retain(|entry| entry.booted_at > Time::ZERO);
    }
    entries.sort_unstable_by_key(|entry| (entry.booted_at, entry.node));
    let row = |entry: &JoinEntry| model::Join {
        node: u64::from(entry.node.get()),
        t_start_s: entry.booted_at.as_secs_f64(),
        latency_ms: entry.joined_at.map(|at| millis(entry.booted_at, at)),
        success: entry.joined_at.is_some(),
    };
    entries.into_iter().map(row).collect()
}

/// What each node carried, and what it holds at the end.
pub(super) fn node_load<P: Protocol>(engine: &Engine<P, Ledger<'_>>) -> Vec<model::NodeLoad> {
    let live = engine.live();
    let nodes = (0..engine.world().len()).map(NodeIx::from_usize);
    let names = RoleNames::new(engine.world());
    nodes
        .map(|node| {
            let load = engine.load(node);
            let state = engine.state(node);
            let mut table = (0, 0);
            let mut keys = 0;
            if let Some(state) = state {
                state.contacts(&mut |contact, _: ContactKind| {
                    table.0 += 1;
                    table.1 += u64::from(!live.contains(contact));
                });
                state.records(engine.now(), &mut |_, _| keys += 1);
            }
            model::NodeLoad {
                node: u64::from(node.get()),
                role: names.of(engine.world(), node),
                client: engine.world().role(node) == Role::Client,
                uptime_s: engine.uptime(node).as_secs_f64(),
                msgs_in: u64::from(load.messages_in),
                msgs_out: u64::from(load.messages_out),
                bytes_in: load.bytes_in,
                bytes_out: load.bytes_out,
                keys_stored: state.map(|_| keys),
                table_entries: state.map(|_| table.0),
                table_stale: state.map(|_| table.1),
            }
        })
        .collect()
}
