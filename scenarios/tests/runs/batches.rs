//! Roles, announcements and reads of many records from the scenario to the rows, under a protocol so simple
//! that every answer is known: the bootstrap node keeps all records, and bugs are planted at will.

use std::collections::BTreeMap;
use std::sync::Arc;

use dhtlab::load::{Request, load};
use dhtlab::plan::Plan;
use dhtlab::plan::files::NoFiles;
use dhtlab::registry::{Ability, Registry};
use dhtlab::run::{Judging, Outcome as Ran, drive};
use dhtlab_core::author::*;
use dhtlab_core::batch::{Entry, Gathered, Item};
use dhtlab_core::seed::Seed;
use dhtlab_core::world::World;
use dhtlab_reports::metrics::{self, Stat};
use dhtlab_reports::model::{Batch, Operation};

/// What is wrong with the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    None,
    /// Acknowledges and loses what has an odd subkey.
    Loses,
    /// Acknowledges and loses everything but the first version of a record.
    Stale,
    /// Loses all records of the first key of a read.
    Skips,
    /// Reports a version that nobody stored.
    Invents,
    /// Reports every record twice.
    Repeats,
    /// Reports a record under another key.
    Confuses,
    /// Never drops what has expired.
    Hoards,
    /// Says that one item was not stored, though all were.
    Doubts,
    /// Knows no batches.
    Unable,
}

/// One node; the bootstrap node keeps everything.
#[derive(Debug)]
struct Toy {
    keeper: NodeIx,
    kept: BTreeMap<(Key, Option<u64>), (Value, Time)>,
}

#[derive(Debug)]
enum Note {
    Store(OpId, Vec<(Item, Time)>),
    Stored(OpId, u32),
    Read(OpId, Vec<Item>),
    Found(OpId, Vec<Entry>),
}

impl Message for Note {
    const KINDS: &'static [&'static str] = &["store", "stored", "read", "found"];
    fn kind(&self) -> u8 {
        match self {
            Self::Store(..) => 0,
            Self::Stored(..) => 1,
            Self::Read(..) => 2,
            Self::Found(..) => 3,
        }
    }
    fn digest(&self) -> u64 {
        let (Self::Store(op, _) | Self::Stored(op, _) | Self::Read(op, _) | Self::Found(op, _)) =
            self;
        mix_pair(self.kind().into(), op.get().into(), 0)
    }
}

impl Toy {
    fn keep(&mut self, item: &Item, until: Time, bug: Bug) {
        let place = (item.key, item.subkey);
        let lost = match bug {
            Bug::Loses => item.subkey.is_some_and(|subkey| subkey % 2 == 1),
            Bug::Stale => self.kept.contains_key(&place),
            _ => false,
        };
        if !lost {
            self.kept.insert(place, (item.value, until));
        }
    }

    fn find(&self, items: &[Item], now: Time, bug: Bug) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (number, item) in (0..).zip(items) {
            if bug == Bug::Skips && number == 0 {
                continue;
            }
            let below = self.kept.range((item.key, None)..=(item.key, Some(u64::MAX)));
            for ((_, subkey), (value, until)) in below {
                if *until > now || matches!(bug, Bug::Hoards | Bug::Stale) {
                    entries.push(Entry { item: number, subkey: *subkey, value: *value });
                }
            }
        }
        match bug {
            Bug::Invents => entries.iter_mut().take(1).for_each(|one| one.value.version += 1 << 40),
            Bug::Repeats => entries = entries.iter().flat_map(|one| [*one, *one]).collect(),
            Bug::Confuses => entries.iter_mut().take(1).for_each(|one| one.item += 9),
            _ => {}
        }
        entries
    }
}

fn finish(ctx: &mut Ctx<'_, Toy>, op: OpId, done: u32, entries: &[Entry]) {
    let batch = Some(Gathered { done, entries });
    ctx.finish(op, &Finish { batch, ..Finish::bare(Outcome::Done) });
}

impl Protocol for Toy {
    const NAME: &'static str = "toy";
    type Params = Bug;
    type Message = Note;
    type Timer = u8;
    type Saved = ();

    fn boot(bootstrap: &[NodeIx], _: Option<()>, ctx: &mut Ctx<'_, Self>) -> Self {
        ctx.joined(true);
        let keeper = bootstrap.first().copied().unwrap_or(ctx.me());
        Self { keeper, kept: BTreeMap::new() }
    }

    fn warm(_: &WarmView<'_>, bootstrap: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        Self::boot(bootstrap, None, ctx)
    }

    fn on_message(&mut self, from: NodeIx, note: Note, ctx: &mut Ctx<'_, Self>) {
        let bug = *ctx.params();
        match note {
            Note::Store(op, items) => {
                for (item, until) in &items {
                    self.keep(item, *until, bug);
                }
                let done = u32::try_from(items.len()).unwrap() - u32::from(bug == Bug::Doubts);
                ctx.send(from, Note::Stored(op, done));
            }
            Note::Read(op, items) => {
                let found = self.find(&items, ctx.now(), bug);
                ctx.send(from, Note::Found(op, found));
            }
            Note::Stored(op, done) => finish(ctx, op, done, &[]),
            Note::Found(op, entries) => {
                let mut items: Vec<u32> = entries.iter().map(|entry| entry.item).collect();
                items.dedup();
                finish(ctx, op, u32::try_from(items.len()).unwrap(), &entries);
            }
        }
    }

    fn on_timer(&mut self, _: u8, _: &mut Ctx<'_, Self>) {}

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        match command {
            _ if *ctx.params() == Bug::Unable => {
                ctx.finish(op, &Finish::bare(Outcome::Unsupported));
            }
            Command::PutMany { items } => {
                let now = ctx.now();
                let until = |item: &Item| now.saturating_add(item.lifetime);
                let items = ctx.items(items).iter().map(|item| (*item, until(item))).collect();
                ctx.send(self.keeper, Note::Store(op, items));
            }
            Command::GetMany { items, .. } => {
                let items = ctx.items(items).to_vec();
                ctx.send(self.keeper, Note::Read(op, items));
            }
            _ => ctx.finish(op, &Finish::bare(Outcome::NotFound)),
        }
    }

    fn save(self, _: &Bug) {}

    fn wire_len(_: &Bug, _: &Note) -> u32 {
        100
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        visit(self.keeper, ContactKind::Neighbour);
    }
}

const SWARM: &str = "schema = 1
name = \"swarm\"
seed = 3
duration = \"20m\"
warmup = \"2m\"

[network]
nodes = 60
bootstrap_nodes = 1
start = \"warm\"
links = { model = \"constant\", delay = \"50ms\" }

[churn]
session = { law = \"exponential\", mean = \"10m\" }
downtime = { law = \"exponential\", mean = \"5m\" }

[[role]]
name = \"holder\"
nodes = 30
announce = { blocks = 32, span = 8, every = \"60s\", index = true }

[[role]]
name = \"reader\"
nodes = 10
mode = \"client\"
watch = { every = \"30s\", index = true }

[[role]]
name = \"bootstrap\"
heartbeat = { every = \"30s\" }

[[protocol]]
use = \"kademlia\"
";

/// The plan of [`SWARM`], read as if Kademlia could do all of it.
fn plan(more: &str, changes: &[&str]) -> Plan {
    let mut entry = Registry::builtin().get("kademlia").expect("it is built in").clone();
    entry.abilities = Ability::ALL;
    let mut registry = Registry::empty();
    registry.register(entry);
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    let text = format!("{SWARM}{more}");
    let request = Request { name: "swarm.toml", text: &text, changes: &changes };
    load(request, &registry, &NoFiles).plan.expect("a sound scenario")
}

fn run_plan(plan: &Plan, bug: Bug, shards: u32) -> Ran {
    let world = Arc::new(World::draw(&plan.world_spec(Seed(3))).expect("a world"));
    let job = plan.job(Judging::Closest(1), shards);
    drive::<Toy>(&world, bug, job, &mut |_| true).expect("nobody stops it")
}

fn run(bug: Bug) -> Ran {
    run_plan(&plan("", &[]), bug, 1)
}

/// The reads that were answered.
fn reads(ran: &Ran) -> Vec<(&Operation, Batch)> {
    let answered = ran.run.operations.iter().filter(|row| row.op == "get_many");
    let batch = |row: &&Operation| row.batch.is_some_and(|batch| batch.entries.is_some());
    answered.filter(batch).map(|row| (row, row.batch.expect("a batch"))).collect()
}

fn mean(ran: &Ran, metric: &str) -> f64 {
    let stat = metrics::info(metric).expect("a metric").default_stat;
    metrics::value(&ran.run, metric, "measure", stat).and_then(|one| one.value).expect("a value")
}

#[test]
fn a_keeper_of_everything_misses_nothing() {
    let ran = run(Bug::None);
    let bad = |row: &&Operation| !matches!(row.outcome, "ok" | "origin_left");
    let bad: Vec<_> = ran.run.operations.iter().filter(bad).collect();
    assert!(bad.is_empty(), "{bad:?}");
    let reads = reads(&ran);
    assert!(reads.len() > 200, "{}", reads.len());
    let whole =
        |share: Option<f64>, wanted: f64| share.is_none_or(|share| (share - wanted).abs() < 1e-12);
    assert!(reads.iter().all(|(_, batch)| whole(batch.recall, 1.0)));
    assert!(reads.iter().all(|(_, batch)| whole(batch.missing_keys_ratio, 0.0)));
    assert!(reads.iter().filter(|(_, batch)| batch.recall.is_some()).count() > 200);
    // Who leaves is announced for a minute and a half longer on average, and there are as many for whom it
    // lasts as there are of whom ten minutes are left: about 1.5 of 11.5.
    let ghosts = mean(&ran, "get_many.ghost_ratio");
    assert!((0.05..0.25).contains(&ghosts), "{ghosts}");
    assert!(mean(&ran, "put_many.items_ratio") > 0.99);
    let beats: Vec<_> = ran.run.operations.iter().filter(|row| row.op == "get").collect();
    assert!(beats.len() == 40 && beats.iter().all(|row| row.outcome == "ok"));
    for (role, client, count) in
        [("holder", false, 30), ("reader", true, 10), ("bootstrap", false, 1)]
    {
        let nodes = ran.run.node_load.iter().filter(|node| &*node.role == role);
        assert_eq!(nodes.clone().count(), count);
        assert!(nodes.clone().all(|node| node.client == client));
    }
}

#[test]
fn every_planted_mistake_shows_in_the_rows() {
    let right = run(Bug::None);
    let loses = run(Bug::Loses);
    let recall = mean(&loses, "get_many.recall");
    assert!((0.2..0.8).contains(&recall), "{recall}");
    // Only what was announced once, and the index of whoever came first, is as new as it must be.
    let stale = run(Bug::Stale);
    assert!(
        mean(&stale, "get_many.recall") < 0.1 && mean(&stale, "get_many.missing_keys_ratio") < 0.1
    );
    let skips = run(Bug::Skips);
    let missing: Vec<f64> =
        reads(&skips).iter().filter_map(|(_, b)| b.missing_keys_ratio).collect();
    assert!(missing.iter().any(|share| (share - 1.0 / 33.0).abs() < 1e-12), "{missing:?}");
    assert!(missing.iter().all(|share| *share < 0.06));
    for bug in [Bug::Invents, Bug::Repeats, Bug::Confuses] {
        let ran = run(bug);
        let found = reads(&ran);
        let wrong = found.iter().filter(|(row, _)| row.outcome == "wrong").count();
        let reported = found.iter().filter(|(_, batch)| batch.entries > Some(0)).count();
        assert_eq!(wrong, reported, "{bug:?}");
        assert!(wrong > 200, "{bug:?}");
    }
    let hoards = run(Bug::Hoards);
    assert!(mean(&hoards, "get_many.ghost_ratio") > 1.5 * mean(&right, "get_many.ghost_ratio"));
    // A read whose origin leaves counts as one that found nothing.
    assert!((mean(&hoards, "get_many.recall") - mean(&right, "get_many.recall")).abs() < 1e-12);
    let doubts = run(Bug::Doubts);
    assert!(doubts.run.operations.iter().all(|row| row.op != "put_many" || row.outcome != "ok"));
    assert!(mean(&doubts, "put_many.items_ratio") < 0.9);
    assert!(reads(&doubts).iter().all(|(_, batch)| batch.recall.is_none()), "nothing is due");
    let unable = run(Bug::Unable);
    assert!(reads(&unable).is_empty());
    let recall = metrics::value(&unable.run, "get_many.recall", "measure", Stat::Mean).unwrap();
    assert_eq!(recall.value, Some(0.0));
    assert!(recall.n > 200);
}

/// Half of the nodes crash at minute 10. Until the last announcements of the dead expire they are ghosts,
/// afterwards there are none; the judge knows who is held down.
#[test]
fn whoever_a_fault_holds_down_is_a_ghost_until_announcements_expire() {
    let more =
        "\n[[phase]]\nname = \"storm\"\nat = \"10m\"\nfault = \"crash-storm\"\nshare = \"50%\"\n";
    let still = SWARM.split_once("[churn]").unwrap().1.split_once("[[role]]").unwrap().0;
    let text = format!("{SWARM}{more}").replace(&format!("[churn]{still}"), "");
    let mut entry = Registry::builtin().get("kademlia").unwrap().clone();
    entry.abilities = Ability::ALL;
    let mut registry = Registry::empty();
    registry.register(entry);
    let request = Request { name: "storm.toml", text: &text, changes: &[] };
    let ran = run_plan(&load(request, &registry, &NoFiles).plan.unwrap(), Bug::None, 1);
    let ghosts = |from: f64, to: f64| -> Vec<f64> {
        let during = reads(&ran).into_iter().filter(|(row, _)| (from..to).contains(&row.t_start_s));
        during.filter_map(|(_, batch)| batch.ghost_ratio).collect()
    };
    assert!(ghosts(0.0, 599.0).iter().all(|share| *share <= 0.0));
    let after = ghosts(600.0, 660.0);
    assert!(after.len() > 4 && after.iter().all(|share| *share > 0.2), "{after:?}");
    let later = ghosts(721.0, 1_200.0);
    assert!(later.len() > 40 && later.iter().all(|share| *share <= 0.0), "{later:?}");
    assert!(mean(&ran, "get_many.recall") > 0.999);
}

#[test]
fn a_second_shard_changes_no_row() {
    for bug in [Bug::None, Bug::Loses] {
        let plan = plan("", &["network.clock_error=2s"]);
        let (one, two) = (run_plan(&plan, bug, 1), run_plan(&plan, bug, 2));
        assert_eq!((one.shards, two.shards), (1, 2));
        assert_eq!(one.run.operations, two.run.operations);
        assert_eq!((one.run.samples, one.run.digest), (two.run.samples, two.run.digest));
    }
}
