//! A workload as it is written in a scenario, every default spelled out.

use dhtlab_core::workload::{Popularity, RangeMode, Rate, RecordKind, Target};

use super::super::{shown, whole};
use super::{PublishPlan, WavePlan, WorkloadPlan};

impl WorkloadPlan {
    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let kind = if self.kind == RecordKind::Provider { "provider" } else { "value" };
        let mut table = table_of([
            ("keys", whole(self.keys)),
            ("value_bytes", whole(self.value_bytes)),
            ("kind", kind.into()),
            ("key_set", self.key_set.resolved()),
            ("settle", shown(&self.settle)),
        ]);
        let mut put = |name: &str, value: toml::Table| table.insert(name.to_owned(), value.into());
        if let Some(lookups) = self.lookups {
            let mut part = resolved_rate(lookups.rate);
            if let Target::Record(popularity) = lookups.target {
                part.insert("popularity".to_owned(), resolved_popularity(popularity));
            }
            put("lookups", part);
        }
        if let Some(puts) = self.puts {
            put("puts", resolved_rate(puts));
        }
        if let Some(gets) = self.gets {
            let mut part = resolved_rate(gets.rate);
            part.insert("lag".to_owned(), shown(&gets.lag));
            part.insert("popularity".to_owned(), resolved_popularity(gets.popularity));
            put("gets", part);
        }
        if let Some(publish) = self.publish {
            put("publish", resolved_publish(&publish));
        }
        if let Some(deletes) = self.deletes {
            let mut part = resolved_rate(deletes.rate);
            part.insert("lag".to_owned(), shown(&deletes.lag));
            put("deletes", part);
        }
        if let Some(ranges) = self.ranges {
            let mode = if ranges.mode == RangeMode::Count { "count" } else { "bounds" };
            let mut part = resolved_rate(ranges.rate);
            part.insert("keys".to_owned(), whole(ranges.keys.into()));
            part.insert("mode".to_owned(), mode.into());
            part.insert("lag".to_owned(), shown(&ranges.lag));
            put("ranges", part);
        }
        if !self.waves.is_empty() {
            let waves: Vec<toml::Value> =
                self.waves.iter().map(|wave| resolved_wave(wave).into()).collect();
            table.insert("wave".to_owned(), waves.into());
        }
        table
    }
}

fn table_of<const N: usize>(parts: [(&str, toml::Value); N]) -> toml::Table {
    parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn resolved_rate(rate: Rate) -> toml::Table {
    let (every, per) = match rate {
        Rate::PerNode { every } => (every, "node"),
        Rate::Network { every } => (every, "network"),
    };
    table_of([("every", shown(&every)), ("per", per.into())])
}

fn resolved_popularity(popularity: Popularity) -> toml::Value {
    match popularity {
        Popularity::Uniform => table_of([("law", "uniform".into())]).into(),
        Popularity::Zipf { exponent } => {
            table_of([("law", "zipf".into()), ("exponent", exponent.into())]).into()
        }
    }
}

fn resolved_publish(publish: &PublishPlan) -> toml::Table {
    let leaves = publish.publisher_leaves.map_or("never".to_owned(), |span| span.to_string());
    table_of([
        ("at", shown(&publish.at)),
        ("over", shown(&publish.over)),
        ("publisher_leaves", leaves.into()),
    ])
}

fn resolved_wave(wave: &WavePlan) -> toml::Table {
    table_of([
        ("at", shown(&wave.at)),
        ("over", shown(&wave.over)),
        ("keys", whole(wave.keys)),
        ("key_set", wave.key_set.resolved()),
    ])
}
