//! `dhtlab list`: what exists, one line each.

use indexmap::IndexMap;
use serde_json::json;

use crate::catalog::{DISTRIBUTIONS, KEY_SETS, LINKS};
use crate::cli::{Kind, ListArgs};
use crate::codes::CODES;
use crate::console::Console;
use crate::exit::Failure;
use crate::keys;
use crate::library;
use crate::plan::churn;
use crate::plan::fault;
use crate::registry::Registry;
use crate::topics::{FIGURES, TOPICS};
use dhtlab_reports::metrics::METRICS;

/// Lists what `args` asks for.
///
/// # Errors
/// When it cannot be printed.
pub fn list(args: &ListArgs, registry: &Registry, console: Console) -> Result<(), Failure> {
    let rows = rows(args.kind, registry);
    if console.json {
        let items: Vec<_> = rows
            .iter()
            .map(|(name, summary)| json!({ "name": name, "summary": summary }))
            .collect();
        return console.document("list", 0, json!({ "items": items }));
    }
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let lines = rows.iter().map(|(name, summary)| format!("{name:width$}  {summary}\n"));
    console.out(&lines.collect::<String>())
}

fn rows(kind: Kind, registry: &Registry) -> Vec<(String, String)> {
    let row = |name: &str, summary: &str| (name.to_owned(), summary.to_owned());
    match kind {
        Kind::Protocols => registry.iter().map(|entry| row(entry.name, entry.doc)).collect(),
        Kind::Presets => {
            // Each once, with all protocols that have it.
            let mut presets: IndexMap<(&str, &str), Vec<&str>> = IndexMap::new();
            for entry in registry.iter() {
                for preset in &entry.presets {
                    presets.entry((preset.name, preset.doc)).or_default().push(entry.name);
                }
            }
            let churn = churn::PRESETS
                .iter()
                .map(|preset| (preset.name.to_owned(), format!("churn: {}", preset.doc)));
            let of = |((name, doc), owners): ((&str, &str), Vec<&str>)| {
                (name.to_owned(), format!("{}: {doc}", owners.join(", ")))
            };
            presets.into_iter().map(of).chain(churn).collect()
        }
        Kind::Scenarios => {
            library::ALL.iter().map(|example| row(example.name, example.summary)).collect()
        }
        Kind::Faults => fault::TOPICS.iter().map(|topic| row(topic.name, topic.summary)).collect(),
        Kind::Metrics => METRICS.iter().map(|metric| row(metric.name, metric.doc)).collect(),
        Kind::Distributions => {
            let topics = DISTRIBUTIONS.iter().chain(&KEY_SETS);
            topics.map(|topic| row(topic.name, topic.summary)).collect()
        }
        Kind::Links => LINKS.iter().map(|topic| row(topic.name, topic.summary)).collect(),
        Kind::Keys => keys::all()
            .flat_map(|table| table.keys.iter().map(|key| row(&table.path_of(key), key.doc)))
            .collect(),
        Kind::Figures => FIGURES.iter().map(|topic| row(topic.name, topic.summary)).collect(),
        Kind::Codes => CODES.iter().map(|code| row(code.code, code.summary)).collect(),
        Kind::Topics => TOPICS.iter().map(|topic| row(topic.name, topic.summary)).collect(),
    }
}
