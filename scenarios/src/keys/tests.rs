//! The documentation of keys against the readers that take them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::diag::Sink;
use crate::library;
use crate::plan::files::NoFiles;
use crate::plan::{Context, Plan, law};
use crate::registry::Registry;
use crate::schema::{Place, Section, Sources, Table};

/// What the shipped scenarios leave out. Wrong in places, so that every reader is called: that does not
/// matter, for only the keys that it asks for count.
const EXTREMES: [&str; 3] = [
    r#"
network = { nodes = 9, loss = { model = "gilbert-elliott" }, links = { model = "uniform", jitter = { law = "lognormal" } }, clock_error = { law = "uniform" } }
churn = { session = { law = "weibull" }, downtime = { law = "lomax" }, diurnal = {} }
workload = { lookups = { popularity = { law = "zipf" } }, puts = {}, gets = { popularity = { law = "zipf" } }, publish = {}, deletes = {}, ranges = {}, key_set = { law = "normal" }, wave = [{ key_set = { law = "clusters" } }] }
role = [{ name = "a", announce = {}, watch = {}, heartbeat = {} }, { name = "bootstrap" }]
phase = [{ fault = "partition" }, { fault = "crash-storm" }, { fault = "bootstrap-block" }]
expect = [{}]
output = {}
sweep = {}
protocol = [{ use = "kademlia" }, { use = "hivemind" }, { use = "chord" }, { use = "learned-chord" }]
"#,
    r#"
network = { loss = { model = "independent" }, links = { model = "matrix", jitter = { law = "uniform" } }, clock_error = { law = "normal" } }
churn = { session = { law = "uniform" }, downtime = { law = "lognormal" } }
workload = { key_set = { law = "lognormal" }, wave = [{ key_set = { law = "zipf-gaps" } }, { key_set = { law = "step" } }, { key_set = { file = "x" } }] }
"#,
    r#"
network = { links = { model = "lognormal" } }
churn = { session = { law = "constant" }, downtime = { law = "exponential" } }
"#,
];

/// Links of every model, one after the other.
const MODELS: [&str; 3] = ["constant", "regions", "coordinates"];

fn asked(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let (sink, mut sources) = (Sink::default(), Sources::default());
    let source = sources.add("scenario.toml", text);
    let root = Table::parse(&sources, source, &sink);
    assert!(!sink.failed(), "{text}");
    let sources = RefCell::new(sources);
    let registry = Registry::builtin();
    let place = Place { source, start: 0, end: 0 };
    let section = Section::new("the scenario", &root, place, &sink);
    let (registry, files) = (&registry, &NoFiles);
    Plan::read(
        section,
        Context { sink: &sink, registry, files, sources: &sources, duration: None },
    );
    sink.noted_keys()
}

/// The path of the table that readers call `title`.
fn path_of(title: &str) -> String {
    let title = title.split(" of ").next().unwrap_or(title);
    let title = title.split(" number ").next().unwrap_or(title);
    match title {
        "the scenario" => String::new(),
        "links" | "loss" | "clock_error" => format!("network.{title}"),
        "jitter" => "network.links.jitter".to_owned(),
        "session" | "downtime" => format!("churn.{title}"),
        "announce" | "watch" => format!("role.{title}"),
        "popularity" | "key_set" => format!("workload.{title}"),
        other => other.trim_matches(['[', ']']).to_owned(),
    }
}

#[test]
fn every_key_that_a_reader_takes_is_explained_and_no_other() {
    let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut texts: Vec<String> = EXTREMES.iter().map(|text| (*text).to_owned()).collect();
    texts.extend(MODELS.map(|model| format!("network = {{ links = {{ model = \"{model}\" }} }}")));
    texts.extend(law::LAWS.map(|law| {
        format!("churn = {{ session = {{ law = \"{law}\" }}, downtime = {{ law = \"{law}\" }} }}")
    }));
    texts.extend(library::ALL.iter().map(|example| example.text.to_owned()));
    for text in &texts {
        for (title, keys) in asked(text) {
            taken.entry(path_of(&title)).or_default().extend(keys);
        }
    }
    let registry = Registry::builtin();
    let params = registry.iter().flat_map(|entry| entry.fields).map(|field| field.name);
    let faults = crate::plan::fault::TOPICS.iter().flat_map(|topic| topic.params);
    let data: BTreeSet<&str> = params.chain(faults.map(|param| param.name)).collect();
    for table in all() {
        let own: BTreeSet<String> = table.keys.iter().map(|key| key.name.to_owned()).collect();
        let mut read = taken.remove(table.path).unwrap_or_default();
        match table.path {
            "protocol" | "phase" => {
                read.retain(|key| own.contains(key) || !data.contains(key.as_str()));
            }
            "sweep" => read.clear(),
            _ => {}
        }
        assert_eq!(own, read, "[{}]: explained on the left, read on the right", table.path);
    }
    assert!(taken.is_empty(), "not explained: {taken:?}");
}

#[test]
fn tables_that_keys_speak_of_exist() {
    for key in all().flat_map(|table| table.keys) {
        let kinds: &[Kind] = if let Kind::Either(kinds) = &key.kind { kinds } else { &[key.kind] };
        for kind in kinds {
            if let Kind::Table(path) | Kind::Tables(path) = kind {
                assert!(table(path).is_some(), "{path}");
            }
        }
    }
}
