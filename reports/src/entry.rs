//! A protocol entry: the runs of one protocol in one variant, one per seed.

use crate::model::{Results, Run};

/// The runs of one `[[protocol]]` of the scenario.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The protocol's name.
    pub protocol: &'a str,
    /// What tells it from other entries of the same protocol.
    pub variant: &'a str,
    /// One run per seed, by seed.
    pub runs: Vec<&'a Run>,
}

impl Entry<'_> {
    /// The name for a legend: `kademlia (alpha=5)`.
    pub fn label(&self) -> String {
        label(self.protocol, self.variant)
    }

    /// `3 seeds`, `1 seed`.
    pub fn say_seeds(&self) -> String {
        say_seeds(self.runs.len())
    }
}

/// `kademlia (alpha=5)`, or `kademlia` where the variant says nothing more.
pub fn label(protocol: &str, variant: &str) -> String {
    if variant.is_empty() || variant == protocol {
        protocol.to_owned()
    } else {
        format!("{protocol} ({variant})")
    }
}

/// `3 seeds`, `1 seed`.
pub fn say_seeds(n: usize) -> String {
    if n == 1 { "1 seed".to_owned() } else { format!("{n} seeds") }
}

/// The entries, in the order of the scenario; that order also gives each its colour.
pub fn entries(results: &Results) -> Vec<Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    for run in &results.runs {
        let same = |e: &&mut Entry<'_>| e.protocol == run.protocol && e.variant == run.variant;
        if let Some(entry) = found.iter_mut().find(same) {
            entry.runs.push(run);
        } else {
            found.push(Entry { protocol: &run.protocol, variant: &run.variant, runs: vec![run] });
        }
    }
    for entry in &mut found {
        entry.runs.sort_by(|a, b| a.seed.cmp(&b.seed).then_with(|| a.run_id.cmp(&b.run_id)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_grouped_in_the_order_of_the_scenario() {
        let run = |protocol: &str, variant: &str, seed| Run {
            protocol: protocol.into(),
            variant: variant.into(),
            seed,
            ..Run::default()
        };
        let results = Results {
            runs: vec![run("z", "", 2), run("a", "k=8", 1), run("z", "", 1), run("a", "k=20", 1)],
            ..Results::default()
        };
        let said: Vec<_> = entries(&results).iter().map(Entry::label).collect();
        assert_eq!(said, ["z", "a (k=8)", "a (k=20)"]);
        assert_eq!(entries(&results)[0].runs[0].seed, 1);
        assert_eq!(entries(&results)[0].say_seeds(), "2 seeds");
    }
}
