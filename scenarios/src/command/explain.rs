//! `dhtlab explain`: one name, in full.

mod keys;

use serde_json::json;
use std::fmt::Write as _;

use crate::catalog::{DISTRIBUTIONS, KEY_SETS, LINKS, Topic};
use crate::cli::ExplainArgs;
use crate::codes::{CODES, Code};
use crate::console::Console;
use crate::exit::Failure;
use crate::library::{self, Example};
use crate::plan::churn::{self, ChurnPreset};
use crate::plan::fault;
use crate::plan::law;
use crate::registry::{PresetInfo, ProtocolEntry, Registry};
use crate::suggest;
use crate::topics::{FIGURES, TOPICS};
use dhtlab_protocols::params::FieldInfo;
use dhtlab_reports::metrics::{METRICS, MetricInfo};

/// Explains `args.name`.
///
/// # Errors
/// When there is no such name.
pub fn explain(args: &ExplainArgs, registry: &Registry, console: Console) -> Result<(), Failure> {
    let Some(text) = text(&args.name, registry) else {
        let names = names(registry);
        let help = match suggest::nearest(&args.name, names.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => {
                "`dhtlab list` shows the names: protocols, metrics, keys, topics ...".to_owned()
            }
        };
        return Err(Failure::usage(format!("nothing is called `{}`", args.name), vec![help]));
    };
    if console.json {
        return console.document("explain", 0, json!({ "name": args.name, "text": text }));
    }
    console.out(&text)
}

/// Everything that can be explained.
fn names(registry: &Registry) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for entry in registry.iter() {
        names.push(entry.name);
        names.extend(entry.preset_names());
        names.extend(entry.fields.iter().map(|field| field.name));
    }
    names.extend(churn::PRESETS.iter().map(|preset| preset.name));
    names.extend(library::ALL.iter().map(|example| example.name));
    let topics = topics();
    names.extend(topics.map(|topic| topic.name));
    names.extend(METRICS.iter().map(|metric| metric.name));
    names.extend(CODES.iter().map(|code| code.code));
    names.extend(TOPICS.iter().chain(&FIGURES).map(|topic| topic.name));
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.extend(keys::names());
    names
}

fn topics() -> impl Iterator<Item = &'static Topic> {
    fault::TOPICS.iter().copied().chain(&DISTRIBUTIONS).chain(&KEY_SETS).chain(&LINKS)
}

fn text(name: &str, registry: &Registry) -> Option<String> {
    // As it may be written in a scenario.
    let name = name.trim_matches(['[', ']', '`']);
    let mut parts = Vec::new();
    for entry in registry.iter() {
        if entry.name == name {
            parts.push(protocol(entry));
        }
        parts.extend(
            entry.presets.iter().filter(|one| one.name == name).map(|one| preset(entry, one)),
        );
        parts.extend(entry.field(name).map(|field| parameter(entry, field)));
    }
    parts.extend(churn::PRESETS.iter().filter(|one| one.name == name).map(churn_preset));
    parts.extend(library::ALL.iter().filter(|one| one.name == name).map(example));
    let topics = topics();
    // A key set is also known by its law alone.
    let called = |one: &&Topic| {
        one.name == name || one.name.strip_suffix("-keys").is_some_and(|law| law == name)
    };
    parts.extend(topics.filter(called).map(topic));
    parts.extend(METRICS.iter().filter(|one| one.name == name).map(metric));
    parts.extend(keys::explain(name, registry));
    parts.extend(TOPICS.iter().filter(|one| one.name == name).map(topic));
    parts.extend(FIGURES.iter().filter(|one| one.name.eq_ignore_ascii_case(name)).map(topic));
    parts.extend(CODES.iter().filter(|one| one.code.eq_ignore_ascii_case(name)).map(code));
    if parts.is_empty() { None } else { Some(parts.join("\n")) }
}

fn protocol(entry: &ProtocolEntry) -> String {
    let mut text =
        format!("{}: a protocol\n\n  {}\n  source: {}\n", entry.name, entry.doc, entry.source);
    text.push_str("\nPresets (the first is the default):\n");
    for preset in &entry.presets {
        let _ = writeln!(text, "  {:18} {}", preset.name, preset.doc);
    }
    let _ = writeln!(text, "\nParameters, with their values in {}:", entry.presets[0].name);
    text.push_str(&fields(entry, entry.presets[0].name));
    text
}

fn preset(entry: &ProtocolEntry, preset: &PresetInfo) -> String {
    format!(
        "{}: a preset of {}\n\n  {}\n  source: {}\n\nParameters:\n{}",
        preset.name,
        entry.name,
        preset.doc,
        preset.source,
        fields(entry, preset.name)
    )
}

fn fields(entry: &ProtocolEntry, preset: &str) -> String {
    let Some(knobs) = (entry.load)(preset) else { return String::new() };
    let line = |field: &FieldInfo| {
        let value = knobs.value(field.name).map(|value| value.to_string()).unwrap_or_default();
        format!(
            "  {} = {value}  ({}; permitted: {})\n      {}\n      source: {}\n",
            field.name,
            field.kind.unit(),
            field.kind.range(),
            field.doc,
            field.source
        )
    };
    entry.fields.iter().map(line).collect()
}

fn parameter(entry: &ProtocolEntry, field: &FieldInfo) -> String {
    let mut text = format!(
        "{}: a parameter of {}\n\n  {}\n  unit: {}\n  permitted: {}\n  source: {}\n\nIn the presets:\n",
        field.name,
        entry.name,
        field.doc,
        field.kind.unit(),
        field.kind.range(),
        field.source
    );
    for preset in &entry.presets {
        let value = (entry.load)(preset.name).and_then(|knobs| knobs.value(field.name));
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        let _ = writeln!(text, "  {:18} {value}", preset.name);
    }
    text
}

fn churn_preset(preset: &ChurnPreset) -> String {
    let hours = |law: &dhtlab_core::dist::Law| law::mean_s(law) / 3_600.0;
    format!(
        "{}: a churn preset\n\n  {}\n  source: {}\n\n  session = {}   (mean {:.2} h)\n  downtime = {}   \
         (mean {:.2} h)\n  mode = \"rejoin\"\n",
        preset.name,
        preset.doc,
        preset.source,
        law::written(&preset.session),
        hours(&preset.session),
        law::written(&preset.downtime),
        hours(&preset.downtime),
    )
}

fn example(example: &Example) -> String {
    format!(
        "{0}: a shipped scenario, started by `dhtlab run --example {0}`\n\n{1}",
        example.name, example.text
    )
}

fn topic(topic: &Topic) -> String {
    let mut text = format!(
        "{}: {}\n\n{}  source: {}\n",
        topic.name,
        topic.summary,
        wrap(topic.detail),
        topic.source
    );
    if !topic.params.is_empty() {
        text.push_str("\nParameters:\n");
    }
    for param in topic.params {
        let _ = writeln!(
            text,
            "  {} ({}; default: {}; permitted: {})\n      {}",
            param.name, param.unit, param.default, param.range, param.doc
        );
    }
    text
}

/// `text` in indented lines of at most a hundred columns.
fn wrap(text: &str) -> String {
    const WIDTH: usize = 98;
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(lines, "  {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(lines, "  {line}");
    lines
}

fn metric(metric: &MetricInfo) -> String {
    let stats: Vec<&str> = metric.stats().iter().map(|stat| stat.name()).collect();
    format!(
        "{}: a metric, in {}\n\n  {}\n  stats: {}; without one, {} is meant\n",
        metric.name,
        metric.unit,
        metric.doc,
        stats.join(", "),
        metric.default_stat
    )
}

fn code(code: &Code) -> String {
    format!("{}: {}\n\n{}", code.code, code.summary, wrap(code.detail))
}
