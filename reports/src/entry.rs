//! A protocol entry: the runs of one protocol in one variant at one point of the sweep, one per seed.

use indexmap::IndexMap;

use crate::recorded::{Recorded, RecordedRun};

/// The runs of one `[[protocol]]` of the scenario at one point of the sweep.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Which `[[protocol]]`, from 1.
    pub number: u32,
    /// The protocol's name.
    pub protocol: &'a str,
    /// What tells it from other entries of the same protocol.
    pub variant: &'a str,
    /// The point of the sweep; empty without one.
    pub point: &'a IndexMap<String, String>,
    /// One run per seed, by seed.
    pub runs: Vec<&'a RecordedRun>,
}

impl Entry<'_> {
    /// The name for a legend: `kademlia (alpha=5)`.
    pub fn label(&self) -> String {
        label(self.protocol, self.variant, self.point)
    }
}

/// How an entry is called: `kademlia`, `kademlia (alpha=5)`, `kademlia (alpha=5) at network.nodes=1000`.
pub fn label(protocol: &str, variant: &str, point: &IndexMap<String, String>) -> String {
    let mut text = if variant.is_empty() || variant == protocol {
        protocol.to_owned()
    } else {
        format!("{protocol} ({variant})")
    };
    // What is swept of a protocol is an override, which the variant names, unless the user has named it.
    let named = |(path, value): &(&String, &String)| {
        let parameter = path.rsplit('.').next().unwrap_or(path);
        path.starts_with("protocol.") && variant.contains(&format!("{parameter}={value}"))
    };
    let unnamed = point.iter().filter(|axis| !named(axis));
    let said: Vec<String> = unnamed.map(|(path, value)| format!("{path}={value}")).collect();
    if !said.is_empty() {
        text.push_str(" at ");
        text.push_str(&said.join(", "));
    }
    text
}

/// `3 seeds`, `1 seed`.
pub fn say_seeds(n: usize) -> String {
    if n == 1 { "1 seed".to_owned() } else { format!("{n} seeds") }
}

/// The entries, in the order of the scenario and then of the sweep; that order also gives each its colour.
pub fn entries(recorded: &Recorded) -> Vec<Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    for run in &recorded.runs {
        let same = |e: &&mut Entry<'_>| e.number == run.entry && *e.point == run.point;
        if let Some(entry) = found.iter_mut().find(same) {
            entry.runs.push(run);
        } else {
            found.push(Entry {
                number: run.entry,
                protocol: &run.protocol,
                variant: &run.variant,
                point: &run.point,
                runs: vec![run],
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_grouped_by_entry_and_point() {
        let run = |entry, variant: &str, nodes: &str, seed| RecordedRun {
            entry,
            protocol: "z".into(),
            variant: variant.into(),
            point: IndexMap::from([("network.nodes".to_owned(), nodes.to_owned())]),
            seed,
            ..RecordedRun::default()
        };
        let mut recorded = Recorded {
            runs: vec![run(1, "", "10", 1), run(1, "", "10", 2), run(1, "", "90", 1)],
            ..Recorded::default()
        };
        recorded.runs.push(run(2, "k=8", "10", 1));
        recorded.runs[3].point.insert("protocol.2.k".to_owned(), "8".to_owned());
        let said: Vec<_> = entries(&recorded).iter().map(Entry::label).collect();
        assert_eq!(
            said,
            ["z at network.nodes=10", "z at network.nodes=90", "z (k=8) at network.nodes=10"]
        );
        assert_eq!(entries(&recorded)[0].runs.len(), 2);
    }
}
