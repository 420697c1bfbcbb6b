//! Gauges: what is read off the network at a stop, with the truth at hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use dhtlab_core::engine::Engine;
use dhtlab_core::key::Key;
use dhtlab_core::members::Members;
use dhtlab_core::node::NodeIx;
use dhtlab_core::op::{Command, Outcome};
use dhtlab_core::overlay::Overlay;
use dhtlab_core::protocol::{Fold, Protocol, Reading, Role};
use dhtlab_core::world::World;
use dhtlab_reports::model;

use super::history::History;
use super::job::Job;
use super::ledger::Ledger;

/// Tables are read at every stop up to so many nodes; at every second stop up to twice as many, and
/// so on, always at the first and the last.
const NODES_EACH_STOP: usize = 20_000;
/// Above so many nodes no overlay graph is built.
const OVERLAY_NODES_MAX: usize = 100_000;

/// Reads gauges at stops.
#[derive(Debug)]
pub(super) struct Gauges {
    stride: usize,
    stops: usize,
    live: usize,
    stores: bool,
    deletes: bool,
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53, output only")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Gauges {
    pub(super) fn new(world: &World) -> Self {
        let stores = world.operations.iter().any(|op| matches!(op.command, Command::Put { .. }));
        let deletes =
            world.operations.iter().any(|op| matches!(op.command, Command::Delete { .. }));
        let stride = world.len().div_ceil(NODES_EACH_STOP).max(1);
        Self { stride, stops: 0, live: 0, stores, deletes }
    }

    /// Nodes that were up at the last reading.
    pub(super) const fn live(&self) -> usize {
        self.live
    }

    /// Reads all gauges that are due at this stop into `run`.
    pub(super) fn read<P: Protocol>(
        &mut self,
        engine: &Engine<P, Ledger<'_>>,
        job: &Job,
        run: &mut model::Run,
    ) {
        let live = engine.live();
        self.live = live.len();
        let t_s = engine.now().as_secs_f64();
        let mut put = |metric, value, unit, n| {
            run.samples.push(model::Sample { t_s, metric, value, unit, n });
        };
        put("live_nodes", ratio(live.len() as u64, 1), "nodes", live.len() as u64);
        let due = self.stops.is_multiple_of(self.stride) || engine.now() >= job.end();
        self.stops += 1;
        if !due {
            return;
        }
        // Where nobody is up, as before the first boot, there is no table and no overlay to speak of.
        if !live.is_empty() {
            read_tables(engine, &live, &mut put);
            read_readings(engine, &live, &mut put);
        }
        if self.stores {
            read_replicas(engine, &live, self.deletes, run);
        }
    }
}

/// Table sizes, stale entries, and the parts the network falls into.
fn read_tables<P: Protocol>(
    engine: &Engine<P, Ledger<'_>>,
    live: &Members,
    put: &mut impl FnMut(&'static str, f64, &'static str, u64),
) {
    let (mut entries, mut stale) = (0, 0);
    let mut tables = Vec::new();
    let graphed = live.len() <= OVERLAY_NODES_MAX;
    for node in live.iter() {
        let Some(state) = engine.state(node) else { continue };
        let mut table = Vec::new();
        state.contacts(&mut |contact, _| {
            entries += 1;
            stale += u64::from(!live.contains(contact));
            if graphed {
                table.push(contact);
            }
        });
        tables.push((node, table));
    }
    let count = live.len() as u64;
    put("table.entries", ratio(entries, count), "contacts", count);
    put("table.stale_ratio", ratio(stale, entries), "ratio", entries);
    if graphed {
        let shape = Overlay::new(tables).shape();
        put("overlay.components", ratio(shape.weak_components as u64, 1), "components", count);
        put(
            "overlay.largest_component_ratio",
            ratio(shape.largest_weak as u64, count),
            "ratio",
            count,
        );
    }
}

/// What the protocol alone can tell, folded over the nodes that are up.
fn read_readings<P: Protocol>(
    engine: &Engine<P, Ledger<'_>>,
    live: &Members,
    put: &mut impl FnMut(&'static str, f64, &'static str, u64),
) {
    let mut folded = Folded::default();
    for node in live.iter() {
        if let Some(state) = engine.state(node) {
            state.readings(engine.now(), &mut |reading| folded.take(reading));
        }
    }
    folded.emit(put);
}

/// Readings by name; the first reading of a name says its unit and fold.
#[derive(Default)]
struct Folded(BTreeMap<&'static str, (Reading, u64)>);

impl Folded {
    fn take(&mut self, reading: Reading) {
        let Some((all, count)) = self.0.get_mut(reading.name) else {
            self.0.insert(reading.name, (reading, 1));
            return;
        };
        *count += 1;
        all.value = match all.fold {
            Fold::Sum | Fold::Mean => all.value.saturating_add(reading.value),
            Fold::Max => all.value.max(reading.value),
            Fold::Min => all.value.min(reading.value),
        };
    }

    /// Puts every gauge in order of names.
    fn emit(self, put: &mut impl FnMut(&'static str, f64, &'static str, u64)) {
        for (name, (all, count)) in self.0 {
            let parts = if all.fold == Fold::Mean { count } else { 1 };
            put(name, ratio(all.value, parts), all.unit, count);
        }
    }
}

/// How many live nodes hold each key that was stored with success.
fn read_replicas<P: Protocol>(
    engine: &Engine<P, Ledger<'_>>,
    live: &Members,
    deletes: bool,
    run: &mut model::Run,
) {
    let keys = stored_keys(engine, deletes);
    let mut holders = vec![0_u32; keys.len()];
    for node in live.iter() {
        let Some(state) = engine.state(node) else { continue };
        state.records(engine.now(), &mut |key, _| {
            if let Ok(place) = keys.binary_search(&key) {
                holders[place] += 1;
            }
        });
    }
    holders.sort_unstable();
    let (t_s, n) = (engine.now().as_secs_f64(), keys.len() as u64);
    for same in holders.chunk_by(|a, b| a == b) {
        run.replicas.push(model::Replicas { t_s, replicas_live: same[0], keys: same.len() as u64 });
    }
    if n > 0 {
        let lost = holders.iter().filter(|count| **count == 0).count() as u64;
        let total = holders.iter().copied().map(u64::from).sum();
        let mut put =
            |metric, value, unit| run.samples.push(model::Sample { t_s, metric, value, unit, n });
        put("store.lost_ratio", ratio(lost, n), "ratio");
        put("store.replicas_live", ratio(total, n), "replicas");
    }
}

/// The keys of all puts that ended with success, sorted, each once; where there are `deletes`, of those
/// whose records must be there.
fn stored_keys<P: Protocol>(engine: &Engine<P, Ledger<'_>>, deletes: bool) -> Vec<Key> {
    let ended = engine.observers().flat_map(Ledger::ops).filter_map(|entry| entry.record);
    let mut keys: Vec<Key> = ended
        .filter(|record| record.outcome == Outcome::Done)
        .filter_map(|record| match engine.world().operations[record.op.index()].command {
            Command::Put { key, .. } => Some(key),
            _ => None,
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    if deletes {
        let history = History::of(engine.world(), engine.observers().flat_map(Ledger::ops));
        let now = engine.now();
        keys.retain(|key| history.must_be_found(key.name(), now, now));
    }
    keys
}

/// What nodes are called in `node_load.csv`: as their group, or as what they are.
#[derive(Debug)]
pub(super) struct RoleNames {
    groups: Vec<Arc<str>>,
    others: [Arc<str>; 3],
}

impl RoleNames {
    pub(super) fn new(world: &World) -> Self {
        let groups = world.groups.names().iter().map(|name| Arc::from(name.as_str())).collect();
        Self { groups, others: ["bootstrap", "client", "server"].map(Arc::from) }
    }

    pub(super) fn of(&self, world: &World, node: NodeIx) -> Arc<str> {
        let name = match world.groups.number_of(node) {
            Some(group) => &self.groups[group],
            None if world.bootstrap.contains(&node) => &self.others[0],
            None if world.role(node) == Role::Client => &self.others[1],
            None => &self.others[2],
        };
        Arc::clone(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_folded_as_they_say() {
        let mut folded = Folded::default();
        for (name, fold) in
            [("d", Fold::Sum), ("a", Fold::Mean), ("c", Fold::Max), ("b", Fold::Min)]
        {
            for value in [4, 1, 7] {
                folded.take(Reading { name, unit: "keys", value, fold });
            }
        }
        folded.take(Reading { name: "e", unit: "keys", value: 5, fold: Fold::Mean });
        let mut found = Vec::new();
        folded.emit(&mut |name, value, unit, n| found.push((name, value, unit, n)));
        let wanted = [("a", 4.0, 3), ("b", 1.0, 3), ("c", 7.0, 3), ("d", 12.0, 3), ("e", 5.0, 1)];
        assert_eq!(found, wanted.map(|(name, value, n)| (name, value, "keys", n)));
    }
}
