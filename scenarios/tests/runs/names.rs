//! Removals, range queries and searches on a ring from the workload to the rows, under a protocol so
//! simple that every answer is known: one node keeps all records, and bugs are planted at will.

use std::collections::BTreeMap;
use std::sync::Arc;

use dhtlab::load::{Request, load};
use dhtlab::plan::Plan;
use dhtlab::plan::files::NoFiles;
use dhtlab::registry::{Ability, Registry};
use dhtlab::run::{Judging, Outcome as Ran, drive};
use dhtlab_core::author::*;
use dhtlab_core::seed::Seed;
use dhtlab_core::world::World;
use dhtlab_reports::model::Operation;

/// What is wrong with the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    None,
    /// Leaves out names and says that nothing is missing.
    Misses,
    /// Leaves out names and says so.
    Admits,
    /// Reports a name that nobody stored.
    Invents,
    /// Reports names in descending order.
    Reverses,
    /// Acknowledges removals and does nothing.
    Hoards,
    /// Loses every record and says that there is none.
    Forgets,
    /// Knows no range queries.
    Unable,
    /// Takes the second node after a position for its successor.
    Overshoots,
}

/// One node; the first of the ring keeps everything.
#[derive(Debug)]
struct Toy {
    ring: Vec<(u64, NodeIx)>,
    kept: BTreeMap<Key, Value>,
}

#[derive(Debug)]
enum Note {
    Ask(OpId, Command),
    Answer(OpId, Reply),
}

#[derive(Debug)]
struct Reply {
    outcome: Outcome,
    value: Option<Value>,
    names: Option<(Vec<u64>, bool)>,
}

impl Message for Note {
    const KINDS: &'static [&'static str] = &["ask", "answer"];
    fn kind(&self) -> u8 {
        matches!(self, Self::Answer(..)).into()
    }
    fn digest(&self) -> u64 {
        let (Self::Ask(op, _) | Self::Answer(op, _)) = self;
        mix_pair(self.kind().into(), op.get().into(), 0)
    }
}

impl Toy {
    fn serve(&mut self, command: Command, bug: Bug) -> Reply {
        let mut reply = Reply { outcome: Outcome::Done, value: None, names: None };
        match command {
            Command::Put { key, value } if bug != Bug::Forgets => {
                self.kept.insert(key, value);
            }
            Command::Get { key } => {
                reply.value = self.kept.get(&key).copied();
                if reply.value.is_none() {
                    reply.outcome = Outcome::NotFound;
                }
            }
            Command::Delete { key } if bug != Bug::Hoards => {
                let gone = self.kept.remove(&key);
                reply.outcome = gone.map_or(Outcome::NotFound, |_| Outcome::Done);
            }
            Command::Range { lo, hi, limit } => {
                let mut names: Vec<u64> = self.kept.keys().map(|key| key.name()).collect();
                names.sort_unstable();
                names.retain(|name| (lo..=hi).contains(name));
                names.truncate(limit as usize);
                match bug {
                    Bug::Misses | Bug::Admits => names.retain(|name| name % 5 != 0),
                    Bug::Invents => names.insert(1.min(names.len()), lo + 1),
                    Bug::Reverses => names.reverse(),
                    _ => {}
                }
                reply.names = Some((names, bug != Bug::Admits));
                if bug == Bug::Unable {
                    (reply.outcome, reply.names) = (Outcome::Unsupported, None);
                }
            }
            _ => {}
        }
        reply
    }

    fn finish(op: OpId, reply: &Reply, ctx: &mut Ctx<'_, Self>) {
        let range = reply.names.as_ref().map(|(names, complete)| Collected {
            names,
            complete: *complete,
            holders: 1,
        });
        ctx.finish(op, &Finish { value: reply.value, range, ..Finish::bare(reply.outcome) });
    }
}

impl Protocol for Toy {
    const NAME: &'static str = "toy";
    type Params = Bug;
    type Message = Note;
    type Timer = u8;
    type Saved = ();

    fn boot(_: &[NodeIx], _: Option<()>, _: &mut Ctx<'_, Self>) -> Self {
        unreachable!("these runs start warm and nobody comes")
    }

    fn warm(overlay: &WarmView<'_>, _: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        ctx.joined(true);
        let ring = overlay.order().iter().map(|node| (ctx.key_prefix(*node), *node)).collect();
        Self { ring, kept: BTreeMap::new() }
    }

    fn on_message(&mut self, from: NodeIx, note: Note, ctx: &mut Ctx<'_, Self>) {
        match note {
            Note::Ask(op, command) => {
                let reply = self.serve(command, *ctx.params());
                ctx.send(from, Note::Answer(op, reply));
            }
            Note::Answer(op, reply) => Self::finish(op, &reply, ctx),
        }
    }

    fn on_timer(&mut self, _: u8, _: &mut Ctx<'_, Self>) {}

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        if let Command::FindNode { target } = command {
            let further = usize::from(*ctx.params() == Bug::Overshoots);
            let at = self.ring.partition_point(|(id, _)| *id < target.prefix()) + further;
            let (_, owner) = self.ring[at % self.ring.len()];
            return ctx.finish(op, &Finish { found: &[owner], ..Finish::bare(Outcome::Done) });
        }
        let keeper = self.ring[0].1;
        if keeper == ctx.me() {
            let reply = self.serve(command, *ctx.params());
            Self::finish(op, &reply, ctx);
        } else {
            ctx.send(keeper, Note::Ask(op, command));
        }
    }

    fn save(self, _: &Bug) {}

    fn wire_len(_: &Bug, _: &Note) -> u32 {
        100
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        visit(self.ring[0].1, ContactKind::Neighbour);
    }

    fn readings(&self, _: Time, visit: &mut dyn FnMut(Reading)) {
        let value = self.kept.len() as u64;
        visit(Reading { name: "toy.records", unit: "records", value, fold: Fold::Max });
    }

    fn records(&self, _: Time, visit: &mut dyn FnMut(Key, Value)) {
        self.kept.iter().for_each(|(key, value)| visit(*key, *value));
    }
}

const NAMES: &str = "schema = 1
name = \"names\"
seed = 3
duration = \"20m\"

[network]
nodes = 30
start = \"warm\"
links = { model = \"constant\", delay = \"50ms\" }

[workload]
keys = 200
key_set = \"lognormal\"
publish = { at = \"1m\" }
lookups = { every = \"1m\" }
puts = { every = \"30s\", per = \"network\" }
gets = { every = \"1m\" }
deletes = { every = \"10s\", per = \"network\" }
ranges = { every = \"1m\", keys = 20 }

[[workload.wave]]
at = \"10m\"
keys = 100
key_set = \"sequential\"

[[protocol]]
use = \"kademlia\"
";

/// The plan of [`NAMES`], read as if Kademlia could do all of it.
fn plan(changes: &[&str]) -> Plan {
    let mut entry = Registry::builtin().get("kademlia").expect("it is built in").clone();
    entry.abilities = Ability::ALL;
    let mut registry = Registry::empty();
    registry.register(entry);
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    let request = Request { name: "names.toml", text: NAMES, changes: &changes };
    load(request, &registry, &NoFiles).plan.expect("a sound scenario")
}

fn run(bug: Bug, shards: u32, changes: &[&str]) -> Ran {
    let plan = plan(changes);
    let world = Arc::new(World::draw(&plan.world_spec(Seed(3))).expect("a world"));
    let job = plan.job(Judging::Successor { points: 1 }, shards);
    drive::<Toy>(&world, bug, job, &mut |_| true).expect("nobody stops it")
}

fn of<'a>(ran: &'a Ran, op: &str) -> Vec<&'a Operation> {
    ran.run.operations.iter().filter(|row| row.op == op).collect()
}

/// How many operations of kind `op` ended with `outcome`.
fn count(ran: &Ran, op: &str, outcome: &str) -> usize {
    of(ran, op).iter().filter(|row| row.outcome == outcome).count()
}

#[test]
fn a_keeper_of_everything_makes_no_mistake() {
    for changes in [&[][..], &["workload.ranges.mode=count"], &["workload.key_set=random"]] {
        let ran = run(Bug::None, 1, changes);
        let bad: Vec<_> = ran.run.operations.iter().filter(|row| row.outcome != "ok").collect();
        assert!(bad.is_empty(), "{bad:?}");
        let ranges = of(&ran, "range");
        assert!(ranges.len() > 400);
        assert!(ranges.iter().all(|row| row.range_complete == Some(true)
            && row.range_holders == Some(1)
            && row.range_precision.is_none_or(|share| share >= 1.0)
            && row.range_recall.is_none_or(|share| share >= 1.0)));
        // About twenty names were there when it was asked; some were removed since their store.
        let items: u32 = ranges.iter().filter_map(|row| row.range_items).sum();
        let mean = f64::from(items) / f64::from(u32::try_from(ranges.len()).unwrap());
        assert!((12.0..22.0).contains(&mean), "{mean}");
        assert!(of(&ran, "find_node").iter().all(|row| row.exact == Some(true)));
        assert!(of(&ran, "delete").len() > 80 && of(&ran, "get").len() > 400);
        let lost = ran.run.samples.iter().filter(|sample| sample.metric == "store.lost_ratio");
        assert!(lost.map(|sample| sample.value).fold(0.0, f64::max) <= 0.0, "removed is not lost");
        let kept = ran.run.samples.iter().filter(|sample| sample.metric == "toy.records");
        let kept: Vec<(f64, u64)> = kept.map(|sample| (sample.value, sample.n)).collect();
        assert!(kept.iter().any(|(most, nodes)| *most > 150.0 && *nodes == 30), "{kept:?}");
    }
}

#[test]
fn every_planted_mistake_shows_in_the_rows() {
    let ran = run(Bug::Misses, 1, &[]);
    assert!(count(&ran, "range", "wrong") > 300);
    assert!(of(&ran, "range").iter().any(|row| row.range_recall.is_some_and(|share| share < 0.9)));
    let ran = run(Bug::Admits, 1, &[]);
    assert_eq!(count(&ran, "range", "incomplete"), of(&ran, "range").len());
    for bug in [Bug::Invents, Bug::Reverses] {
        let ran = run(bug, 1, &[]);
        assert!(count(&ran, "range", "wrong") > 300, "{bug:?}");
        let imprecise = |row: &&Operation| row.range_precision.is_some_and(|share| share < 1.0);
        assert!(of(&ran, "range").iter().filter(|row| imprecise(row)).count() > 300, "{bug:?}");
    }
    let ran = run(Bug::Hoards, 1, &[]);
    assert!(count(&ran, "get", "wrong") > 20, "removed and still there");
    assert_eq!(count(&ran, "range", "wrong"), 0, "what was stored once may be found");
    let ran = run(Bug::Forgets, 1, &[]);
    assert!(count(&ran, "get", "not_found") > 200, "never removed and yet gone");
    assert!(count(&ran, "delete", "not_found") > 20);
    assert!(of(&ran, "range").iter().all(|row| row.range_recall.is_none_or(|share| share <= 0.0)));
    let ran = run(Bug::Unable, 1, &[]);
    assert_eq!(count(&ran, "range", "unsupported"), of(&ran, "range").len());
    assert!(of(&ran, "range").iter().all(|row| row.range_recall.is_none()));
    let ran = run(Bug::Overshoots, 1, &[]);
    assert_eq!(count(&ran, "find_node", "wrong"), of(&ran, "find_node").len());
}

#[test]
fn a_second_shard_changes_no_row() {
    for bug in [Bug::None, Bug::Misses] {
        let (one, two) = (run(bug, 1, &[]), run(bug, 2, &[]));
        assert_eq!((one.shards, two.shards), (1, 2));
        assert_eq!(one.run.operations, two.run.operations);
        assert_eq!((one.run.samples, one.run.digest), (two.run.samples, two.run.digest));
    }
}
