//! What users see when a scenario is wrong, and that a sound one means what it says.

use std::collections::BTreeMap;
use std::sync::Arc;

use dhtlab::diag::{self, Diagnostic};
use dhtlab::library;
use dhtlab::load::{Loaded, Request, load};
use dhtlab::plan::{Files, Plan};
use dhtlab::registry::{Ability, Registry};
use dhtlab::run::Judging;
use dhtlab_core::keyset::KeySet;
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::ratio::Ratio;
use dhtlab_core::seed::Seed;
use dhtlab_core::time::Span;
use dhtlab_core::workload::RangeMode;

/// Files that exist only here.
#[derive(Default)]
struct Desk(BTreeMap<String, Vec<u8>>);

impl Files for Desk {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        let bytes = self.read_bytes(path)?;
        Ok(Arc::from(std::str::from_utf8(&bytes).expect("a text")))
    }

    fn read_bytes(&self, path: &str) -> Result<Arc<[u8]>, String> {
        self.0.get(path).map(|bytes| Arc::from(bytes.as_slice())).ok_or("no such file".to_owned())
    }
}

fn desk() -> Desk {
    let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    let words = |name: &str, words: &[u64]| {
        (name.to_owned(), words.iter().flat_map(|word| word.to_le_bytes()).collect())
    };
    Desk(BTreeMap::from([
        file("good.csv", "0,80\n80,0\n"),
        file("ragged.csv", "# round-trip times\n0,80\n80\n"),
        words("good.sosd", &[5, 1, 2, 2, 30, u64::MAX]),
        words("truncated.sosd", &[5, 1, 2]),
        words("unsorted.sosd", &[3, 1, 9, 8]),
        words("empty.sosd", &[0]),
        file("good.trace", "node,up,down\na,0,3600\nb,600,1200\nb,1800,\n"),
        file("unsorted.trace", "node,up,down\na,1800,2400\na,600,1200\n"),
    ]))
}

fn load_with(text: &str, changes: &[&str]) -> Loaded {
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    let request = Request { name: "scenario.toml", text, changes: &changes };
    load(request, &Registry::builtin(), &desk())
}

/// What `check` prints to stderr, without colours.
fn complaints(text: &str, changes: &[&str]) -> String {
    let loaded = load_with(text, changes);
    assert!(loaded.plan.is_none(), "this should not be valid:\n{text}");
    diag::render(&loaded.found, &loaded.sources, false)
}

fn plan(text: &str, changes: &[&str]) -> Plan {
    let loaded = load_with(text, changes);
    let findings = diag::render(&loaded.found, &loaded.sources, false);
    loaded.plan.unwrap_or_else(|| panic!("{findings}"))
}

/// A sound scenario with `old` replaced by `new`.
fn base(old: &str, new: &str) -> String {
    const BASE: &str = r#"schema = 1
name = "base"
duration = "2h"
warmup = "30m"

[network]
nodes = 1_000
links = { model = "constant", delay = "50ms" }
loss = "0.1%"

[churn]
session = { law = "exponential", mean = "1h" }
downtime = { law = "exponential", mean = "1h" }

[workload]
lookups = { every = "10m", per = "node" }

[[protocol]]
use = "kademlia"
preset = "rust-libp2p-0.49"
"#;
    assert!(BASE.contains(old), "the base scenario has no {old}");
    BASE.replacen(old, new, 1)
}

#[test]
fn three_mistakes_are_found_in_one_go() {
    let text = "schema = 1\nname = \"three\"\nduration = \"1h\"\n\n[network]\nnodez = 10\n\n\
                [[protocol]]\nuse = \"kademila\"\nalfa = 3\n";
    insta::assert_snapshot!(complaints(text, &[]));
}

#[test]
fn a_key_a_range_and_a_name_are_found_wrong_in_one_go() {
    let text = base("nodes = 1_000", "nodes = 0\nbootstrap_node = 4")
        .replace("\"rust-libp2p-0.49\"", "\"rust-libp2p\"");
    insta::assert_snapshot!(complaints(&text, &[]));
}

/// A protocol of which the registry says nothing can search and no more.
#[test]
fn a_walk_that_stores_and_starts_warm() {
    let text = base("lookups =", "puts = { every = \"1h\" }\ngets = { every = \"1h\" }\nlookups =")
        .replace("nodes = 1_000", "nodes = 1_000\nstart = \"warm\"")
        .replace("use = \"kademlia\"\npreset = \"rust-libp2p-0.49\"", "use = \"walk\"")
        .replace(
            "[workload]",
            "[[role]]\nname = \"a\"\nnodes = 9\nheartbeat = { every = \"1m\" }\n\n[workload]",
        );
    insta::assert_snapshot!(complaints(&text, &[]));
}

macro_rules! bad {
    ($($name:ident: $old:expr => $new:expr;)+) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(complaints(&base($old, $new), &[]));
        }
    )+};
}

bad! {
    no_nodes: "nodes = 1_000" => "nodes = 0";
    negative_rate: "every = \"10m\"" => "every = \"-10m\"";
    negative_count: "nodes = 1_000" => "nodes = -5";
    loss_above_all: "\"0.1%\"" => "\"150%\"";
    loss_without_percent: "\"0.1%\"" => "0.001";
    duration_without_unit: "duration = \"2h\"" => "duration = 10";
    k_of_zero: "preset = \"rust-libp2p-0.49\"" => "k = 0";
    alpha_above_k: "preset = \"rust-libp2p-0.49\"" => "k = 8\nalpha = 16";
    warmup_longer_than_run: "warmup = \"30m\"" => "warmup = \"3h\"";
    missing_matrix: "model = \"constant\", delay = \"50ms\"" => "model = \"matrix\", file = \"none.csv\"";
    ragged_matrix: "model = \"constant\", delay = \"50ms\"" => "model = \"matrix\", file = \"ragged.csv\"";
    unsorted_trace: "session = { law = \"exponential\", mean = \"1h\" }\ndowntime = { law = \"exponential\", mean = \"1h\" }"
        => "trace = \"unsorted.trace\"";
    session_without_downtime: "downtime = { law = \"exponential\", mean = \"1h\" }\n" => "";
    unknown_metric_expected: "[workload]" => "[[expect]]\nmetric = \"lookup.sucess_ratio\"\nmin = 0.9\n\n[workload]";
    metric_like_no_other: "[workload]" => "[[expect]]\nmetric = \"happiness\"\nmin = 0.9\n\n[workload]";
    unknown_preset: "rust-libp2p-0.49" => "rust-libp2p";
    unknown_fault: "[workload]" => "[[phase]]\nname = \"p\"\nat = \"1h\"\nfault = \"partitoin\"\nshare = \"50%\"\n\n[workload]";
    ranges_refused: "lookups =" => "puts = { every = \"1h\" }\ndeletes = { every = \"1h\" }\nranges =";
    ranges_without_stores: "lookups =" => "deletes = { every = \"1h\" }\nranges =";
    ranges_of_providers: "lookups =" => "kind = \"provider\"\nputs = { every = \"1h\" }\nranges =";
    ranges_out_of_range: "lookups =" => "puts = { every = \"1h\" }\nranges = { every = \"1h\", keys = 0, mode = \"limit\", lag = 5 }\nlookups =";
    unknown_key_set: "lookups =" => "key_set = \"lognormall\"\nlookups =";
    key_set_out_of_range: "lookups =" => "key_set = { law = \"lognormal\", mu = 11, sigma = 0, sigmma = 1 }\nlookups =";
    key_set_of_two_sources: "lookups =" => "key_set = { law = \"uniform\", file = \"good.sosd\" }\nlookups =";
    key_set_without_a_law: "lookups =" => "key_set = { sigma = 2.0 }\nlookups =";
    key_set_of_bad_files: "lookups =" => "key_set = { file = \"none.sosd\" }\n\
        wave = [{ at = \"1h\", keys = 5, key_set = { file = \"truncated.sosd\" } },\n\
        { at = \"1h\", keys = 5, key_set = { file = \"unsorted.sosd\" } },\n\
        { at = \"1h\", keys = 5, key_set = { file = \"empty.sosd\" } },\n\
        { at = \"1h\", keys = 5, key_set = { file = \"good.sosd\" } }]\nlookups =";
    fewer_names_than_keys: "lookups =" => "puts = { every = \"1h\", keys = 5 }\nkey_set = { file = \"good.sosd\" }\n\
        wave = [{ at = \"1h\", keys = 4 }, { at = \"1h\", keys = 6 }]\nlookups =";
    wave_after_the_end: "lookups =" => "wave = [{ at = \"3h\", keys = 0 }, { over = \"1m\", value_bytes = 8 }]\nlookups =";
    wave_as_a_table: "lookups =" => "wave = { at = \"1h\", keys = 5 }\nlookups =";
    too_many_records: "lookups =" => "wave = [{ at = \"1h\", keys = 67_000_000 }, { at = \"1h\", keys = 67_000_000 }]\nlookups =";
    clock_error_out_of_range: "loss = \"0.1%\"" => "loss = \"0.1%\"\nclock_error = \"61m\"";
    clock_error_of_no_law: "loss = \"0.1%\"" => "loss = \"0.1%\"\nclock_error = { law = \"gauss\", sd = \"200ms\" }";
    clock_error_without_spread: "loss = \"0.1%\"" => "loss = \"0.1%\"\nclock_error = { law = \"normal\", max = \"1s\" }";
    roles_refused: "[workload]" => "[[role]]\nname = \"holder\"\nnodes = 30\nannounce = { blocks = 32, span = 8, every = \"1m\" }\n\n\
        [[role]]\nname = \"reader\"\nnodes = 30\nwatch = { every = \"1m\" }\n\n[workload]";
    roles_out_of_range: "[workload]" => "[[role]]\nname = \"server\"\nnodes = 0\nmode = \"clinet\"\n\
        announce = { blocks = 32, span = 33, every = \"0s\", value_bytes = \"2MiB\" }\nheartbeat = \"30s\"\n\n\
        [[role]]\nname = \"reader\"\nnodes = 5\nwatch = { evry = \"1m\", latest = \"yes\" }\nhartbeat = { every = \"1m\" }\n\n[workload]";
    roles_that_disagree: "[workload]" => "[[role]]\nname = \"a\"\nnodes = 5\nannounce = { of = \"bloom\", blocks = 70, span = 10, every = \"1m\" }\n\n\
        [[role]]\nname = \"b\"\nnodes = 5\nannounce = { of = \"bloom\", blocks = 32, span = 10, every = \"1m\" }\n\n\
        [[role]]\nname = \"a\"\nnodes = 5\nwatch = { of = \"blom\", every = \"1m\" }\n\n[workload]";
    role_of_too_many_bootstrap_nodes: "[workload]" => "[[role]]\nname = \"bootstrap\"\nnodes = 3\nmode = \"client\"\nwatch = { every = \"1m\" }\n\n[workload]";
    roles_without_room: "[workload]" => "[[role]]\nname = \"a\"\nnodes = 990\n\n[[role]]\nname = \"b\"\nnodes = 3\n\n[workload]";
    role_as_a_table: "[workload]" => "[role]\nname = \"a\"\nnodes = 9\n\n[workload]";
    too_many_announcements: "[workload]" => "[[role]]\nname = \"a\"\nnodes = 100\nannounce = { blocks = 60_000, span = 60_000, every = \"1s\" }\n\n[workload]";
    broken_toml: "warmup = \"30m\"" => "warmup = \"30m";
    region_without_regions: "[workload]"
        => "[[phase]]\nname = \"p\"\nat = \"1h\"\nfault = \"crash-storm\"\nshare = \"50%\"\nregion = \"tokyo\"\n\n[workload]";
    phase_after_the_end: "[workload]" => "[[phase]]\nname = \"p\"\nat = \"1h\"\nfor = \"2h\"\n\n[workload]";
    unknown_phase_expected: "[workload]"
        => "[[expect]]\nmetric = \"lookup.sucess_ratio\"\nphase = \"p\"\nmin = 0.9\n\n[workload]";
    keys_that_disagree: "lookups =" => "publish = { keys = 9, at = \"1h\" }\nputs = { every = \"1h\", keys = 8 }\nlookups =";
    reads_without_stores: "lookups =" => "gets = { every = \"10m\" }\nlookups =";
    too_many_operations: "every = \"10m\"" => "every = \"1us\"";
    ring_of_nothing: "use = \"kademlia\"\npreset = \"rust-libp2p-0.49\""
        => "use = \"learned-chord\"\nsuccessors = 0\nvirtual_nodes = 0\nleaves = 0";
    learned_places_on_plain_chord: "use = \"kademlia\"\npreset = \"rust-libp2p-0.49\""
        => "use = \"chord\"\nplacement = \"learned\"";
    ranges_along_hashed_places: "use = \"kademlia\"\npreset = \"rust-libp2p-0.49\""
        => "use = \"learned-chord\"\nplacement = \"sha\"";
    more_replicas_than_successors: "use = \"kademlia\"\npreset = \"rust-libp2p-0.49\""
        => "use = \"chord\"\nsuccessors = 2\nreplicas = 5";
    parameters_of_another_protocol: "use = \"kademlia\"\npreset = \"rust-libp2p-0.49\""
        => "use = \"chord\"\nreservoir = 100\nk = 8";
    sweep_of_what_is_fixed: "[workload]" => "[sweep]\nseeds = [1, 2]\n\"expect.1.min\" = [0.5]\n\"protocol.1.use\" = [\"chord\"]\n\n[workload]";
    sweep_of_the_same_twice: "[workload]" => "[sweep]\n\"protocol.k\" = [8, 16, 8]\n\"protocol. k\" = [8]\n\n[workload]";
    sweep_to_equal_runs: "[workload]" => "[sweep]\n\"network.loss\" = [\"1%\", \"1/100\"]\n\"protocol.k\" = [8, 16]\n\n[workload]";
    sweep_to_points_in_conflict: "[workload]" => "[sweep]\n\"protocol.k\" = [4, 20]\n\"protocol.alpha\" = [3, 8]\n\n[workload]";
    bad_sweep: "[workload]" => "[sweep]\n\"protocol.k\" = [8, 0]\n\"network.nodez\" = [10]\n\n[workload]";
}

/// Sound enough to run, with a warning that the results carry too.
#[test]
fn rings_that_are_less_than_they_seem_are_labelled() {
    let mut shown = Vec::new();
    for ring in [
        "use = \"chord\"\nsuccessors = 30",
        "use = \"learned-chord\"\nsuccessors = 2\nleaves = 1_000",
        "use = \"learned-chord\"\nsuccessors = 2\nleaves = 400\nsummary_sample = 100",
    ] {
        let text = format!(
            "schema = 1\nname = \"small\"\nseed = 1\nduration = \"1h\"\n\n[network]\nnodes = 20\n\
             start = \"warm\"\n\n[workload]\nputs = {{ every = \"1s\", keys = 500 }}\n\n\
             [[protocol]]\n{ring}\n"
        );
        let loaded = load_with(&text, &[]);
        assert!(loaded.plan.is_some() && loaded.found.iter().all(|found| found.code == "W002"));
        shown.push(diag::render(&loaded.found, &loaded.sources, false));
    }
    insta::assert_snapshot!(shown.join("\n"));
    // At the bound nothing is said.
    let text = base("use = \"kademlia\"\npreset = \"rust-libp2p-0.49\"", "use = \"chord\"");
    let born = |count: &str| load_with(&text, &[&format!("network.bootstrap_nodes={count}")]).found;
    assert!(born("17").is_empty() && born("16").len() == 1);
}

#[test]
fn phases_in_conflict_show_both_places() {
    let phase = |name: &str, at: &str| {
        format!(
            "[[phase]]\nname = \"{name}\"\nat = \"{at}\"\nfor = \"20m\"\nfault = \"partition\"\nshare = \"50%\"\n\n"
        )
    };
    let both = phase("first", "1h") + &phase("second", "70m");
    insta::assert_snapshot!(complaints(&base("[workload]", &(both + "[workload]")), &[]));
    let apart = phase("first", "1h") + &phase("second", "80m");
    assert_eq!(plan(&base("[workload]", &(apart + "[workload]")), &[]).phases.len(), 2);
}

#[test]
fn changes_are_checked_like_what_is_written() {
    let text = base("", "");
    insta::assert_snapshot!(complaints(
        &text,
        &[
            "network.nodez=5",
            "network.nodes=0",
            "protocol.kk=3",
            "protocol.2.k=8",
            "duration=5",
            "x"
        ]
    ));
}

#[test]
fn changes_reach_their_place() {
    let text = base(
        "preset = \"rust-libp2p-0.49\"",
        "\n[[protocol]]\nuse = \"kademlia\"\npreset = \"daa-prime\"",
    );
    let changes = [
        "network.nodes=500",
        "protocol.k=16",
        "protocol.2.k=8",
        "duration=3h",
        "network.links.jitter=5%",
    ];
    let changed = plan(&text, &[&changes[..], &["protocol.replication=3"]].concat());
    assert_eq!(changed.network.nodes, 500);
    assert_eq!(changed.duration.to_string(), "3h");
    let share = Ratio::new(1, 20).unwrap();
    assert_eq!(changed.network.links.jitter, Jitter::Uniform { share });
    let k: Vec<String> = changed.protocols.iter().map(|one| one.params["k"].to_string()).collect();
    assert_eq!(k, ["16", "8"]);
    let labels: Vec<&str> = changed.protocols.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["kademlia rust-libp2p-0.49", "kademlia daa-prime"]);
    assert_eq!(changed.protocols[1].variant(), "daa-prime k=8");
    assert_eq!(plan(&text, &["seeds=\"1..=3\"", "seed=9"]).seeds, [9]);
}

#[test]
fn what_is_resolved_reads_back_as_the_same_plan() {
    let more = [
        base("model = \"constant\", delay = \"50ms\"", "model = \"matrix\", file = \"good.csv\""),
        base("model = \"constant\", delay = \"50ms\"", "model = \"lognormal\", sigma = 0.5"),
        base("model = \"constant\", delay = \"50ms\"", "model = \"uniform\", jitter = \"1/3\""),
        base("model = \"constant\", delay = \"50ms\"", "model = \"coordinates\""),
        base("\"0.1%\"", "{ model = \"gilbert-elliott\", p = \"1%\", r = \"30%\" }"),
        base("lookups =", "publish = { keys = 9, at = \"1h\" }\nlookups ="),
        base(
            "lookups =",
            "kind = \"provider\"\nputs = { every = \"1h\" }\ngets = { every = \"1h\", popularity = \"zipf\" }\nlookups =",
        ),
        base(
            "session = { law = \"exponential\", mean = \"1h\" }\ndowntime = { law = \"exponential\", mean = \"1h\" }",
            "trace = \"good.trace\"",
        ),
        base("downtime = { law = \"exponential\", mean = \"1h\" }", "mode = \"arrivals\""),
        base(
            "model = \"constant\", delay = \"50ms\"",
            "model = \"regions\", jitter = \"measured\"",
        ),
        base(
            "model = \"constant\", delay = \"50ms\"",
            "model = \"regions\", jitter = { law = \"lognormal\", share = \"1%\", sigma = 2.0 }",
        ),
        base("per = \"node\"", "popularity = { law = \"zipf\", keys = 10 }"),
        base("[workload]", "[churn.diurnal]\namplitude = \"20%\"\n\n[workload]"),
        base(
            "[workload]",
            "[sweep]\n\"protocol.k\" = [8, 16]\n\"duration\" = [\"1h\"]\n\n[workload]",
        ),
        base(
            "{ law = \"exponential\", mean = \"1h\" }",
            "{ law = \"lomax\", shape = 3, scale = \"1h\" }",
        ),
        base("loss = \"0.1%\"", "loss = \"0.1%\"\nclock_error = \"500ms\""),
        base(
            "loss = \"0.1%\"",
            "loss = \"0.1%\"\nclock_error = { law = \"uniform\", max = \"2s\" }",
        ),
        base("[workload]", "[[role]]\nname = \"idle\"\nnodes = 5\n\n[workload]"),
        base("name = \"base\"", "name = \"base\"\nseeds = \"3..=9\""),
        base(
            "lookups =",
            "key_set = { file = \"good.sosd\" }\npublish = { keys = 4, at = \"1m\" }\nlookups =",
        ),
        base(
            "lookups =",
            "key_set = { law = \"lognormal\", mu = -1, sigma = 1.5 }\n\
             wave = [{ at = \"1h\", keys = 10 }, { at = \"80m\", over = \"5m\", keys = 5, key_set = \"random\" },\n\
             { at = \"1h\", keys = 10, key_set = \"clusters\" }, { at = \"1h\", keys = 1, key_set = \"step\" },\n\
             { at = \"1h\", keys = 3, key_set = { law = \"zipf-gaps\" } }, { at = \"1h\", keys = 3, key_set = \"normal\" },\n\
             { at = \"1h\", keys = 2, key_set = \"sequential\" }, { at = \"1h\", keys = 2, key_set = \"uniform\" }]\nlookups =",
        ),
    ];
    let shipped = library::ALL.iter().map(|example| example.text.to_owned());
    for text in shipped.chain(more) {
        let first = plan(&text, &[]);
        let resolved = first.resolved();
        assert_eq!(plan(&resolved, &[]), first, "{resolved}");
        assert_eq!(plan(&resolved, &[]).resolved(), resolved);
    }
}

/// Kademlia, with the abilities it lacks.
fn able() -> Registry {
    let mut entry = Registry::builtin().get("kademlia").expect("it is built in").clone();
    entry.abilities = Ability::ALL;
    let mut registry = Registry::empty();
    registry.register(entry);
    registry
}

#[test]
fn a_workload_of_names_means_what_it_says_and_is_spelled_out() {
    let text = base(
        "lookups = { every = \"10m\", per = \"node\" }",
        "key_set = \"lognormal\"\npublish = { keys = 500, at = \"5m\" }\ndeletes = { every = \"1m\", per = \"network\" }\n\
         ranges = { every = \"10m\", mode = \"count\" }\n\n[[workload.wave]]\nat = \"1h\"\nkeys = 200\nkey_set = \"sequential\"\n\n\
         [[workload.wave]]\nat = \"90m\"\nover = \"2m\"\nkeys = 100\n",
    );
    let changes = ["workload.wave.2.keys=50".to_owned()];
    let request = Request { name: "scenario.toml", text: &text, changes: &changes };
    let loaded = load(request, &able(), &desk());
    assert_eq!(loaded.found, []);
    let plan = loaded.plan.unwrap();
    // 500 and 250 stores, 120 removals, and a range query of each of 1,000 nodes every ten minutes.
    let operations = plan.workload.operations(plan.duration, 1_000.0);
    assert!((operations - 12_870.0).abs() < 1e-6, "{operations}");
    let spec = plan.world_spec(Seed(1));
    assert_eq!(spec.validate(), Ok(()));
    let sets: Vec<_> = spec.workload.waves.iter().map(|wave| wave.key_set.clone()).collect();
    assert_eq!(sets[0], Some(KeySet::Sequential));
    assert_eq!(sets[1], spec.workload.records.key_set);
    assert_eq!(spec.workload.ranges.unwrap().mode, RangeMode::Count);
    let resolved = plan.resolved();
    let request = Request { name: "again.toml", text: &resolved, changes: &[] };
    assert_eq!(load(request, &able(), &desk()).plan.as_ref(), Some(&plan));
    let (_, workload) = resolved.split_once("[workload]").unwrap();
    insta::assert_snapshot!(workload.split_once("[[protocol]]").unwrap().0);
}

#[test]
fn roles_mean_what_they_say_and_are_spelled_out() {
    let roles = "clock_error = { law = \"normal\", sd = \"200ms\" }\n\n\
        [[role]]\nname = \"holder\"\nnodes = 30\nannounce = { blocks = 32, span = 8, every = \"60s\", index = true }\n\n\
        [[role]]\nname = \"reader\"\nnodes = 20\nmode = \"client\"\nwatch = { every = \"60s\", latest = false }\n\n\
        [[role]]\nname = \"bootstrap\"\nheartbeat = { every = \"30s\" }\n\n[churn]";
    let text = base("[churn]", roles);
    let changes = ["role.1.announce.blocks=16".to_owned(), "role.reader.nodes=10".to_owned()];
    let request = Request { name: "scenario.toml", text: &text, changes: &changes };
    let loaded = load(request, &able(), &desk());
    assert_eq!(loaded.found, []);
    let plan = loaded.plan.unwrap();
    // Two hours: 30 holders announce twice a minute, 10 readers once, 8 bootstrap nodes beat twice; the
    // workload asks each of 1,000 nodes twelve times.
    let operations = plan.operations();
    assert!((operations - (7_200.0 + 1_200.0 + 1_920.0 + 12_000.0)).abs() < 1e-6, "{operations}");
    let records = plan.batch_records();
    assert!((records - 30.0 * 120.0 * 9.0).abs() < 1e-6, "{records}");
    let spec = plan.world_spec(Seed(1));
    assert_eq!(spec.validate(), Ok(()));
    assert_eq!(spec.groups, plan.roles);
    let announce = spec.groups[0].announce.as_ref().unwrap();
    assert_eq!((announce.blocks, announce.lifetime), (16, Span::from_mins(2)));
    assert!(spec.groups[1].client && !spec.groups[0].client);
    let resolved = plan.resolved();
    let request = Request { name: "again.toml", text: &resolved, changes: &[] };
    assert_eq!(load(request, &able(), &desk()).plan.as_ref(), Some(&plan));
    let (_, roles) = resolved.split_once("[[role]]").unwrap();
    insta::assert_snapshot!(roles.split_once("[[protocol]]").unwrap().0);
}

#[test]
fn changes_to_waves_are_checked() {
    let text = base("lookups =", "wave = [{ at = \"1h\", keys = 5 }]\nlookups =");
    let changes = ["workload.wave.2.keys=5", "workload.wave.1=5", "workload.wave.1.keyz=5"];
    insta::assert_snapshot!(complaints(&text, &changes));
    assert_eq!(plan(&text, &["workload.wave.1.keys=7"]).workload.waves[0].keys, 7);
}

#[test]
fn every_shipped_scenario_is_clean() {
    for example in &library::ALL {
        let loaded = load_with(example.text, &[]);
        // An entry that is told what no node could know says so, shipped or not.
        let oracle = |found: &Diagnostic| found.message.starts_with("oracle: ");
        assert!(loaded.found.iter().all(oracle), "{}: {:?}", example.name, loaded.found);
        let plan = loaded.plan.unwrap();
        assert_eq!(plan.name, example.name);
        assert!(loaded.seed_given && !plan.description.is_empty());
        assert_eq!(plan.world_spec(Seed(1)).validate(), Ok(()), "{}", example.name);
        assert_eq!(plan.job(Judging::Closest(20), 1).phases.len(), plan.phases.len());
    }
}

#[test]
fn a_quickstart_spells_out_every_default() {
    let text = library::find("quickstart").unwrap().text;
    let resolved = plan(text, &[]).resolved();
    // The parameters that follow are the protocol's own, and its own tests know them.
    let (scenario, protocol) = resolved.split_once("[[protocol]]").unwrap();
    assert!(protocol.contains("\nk = 20\nalpha = 3\n"));
    insta::assert_snapshot!(scenario);
}
