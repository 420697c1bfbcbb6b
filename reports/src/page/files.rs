//! The files beside the page.

use super::content::FileRow;

/// Names in a results folder, and what is in each.
const FILES: [(&str, &str); 14] = [
    ("runs.csv", "one row a run: protocol, parameters, seed, digest"),
    ("metrics.csv", "every number: run, phase, metric, statistic"),
    ("compare.csv", "every difference between two entries, with interval and verdict"),
    ("timeseries.csv", "metrics over time"),
    ("hist.csv", "distributions, in bins that add up over runs"),
    ("lookups.csv", "one row an operation"),
    ("node_load.csv", "what each node carried"),
    ("replicas.csv", "live copies over time"),
    ("messages.csv", "messages and bytes by type and purpose"),
    ("intervals.csv", "when each phase began and ended"),
    ("digests.csv", "the digest of each run on its way"),
    ("scenario.toml", "the scenario as it was written"),
    ("scenario.resolved.toml", "the scenario with every default spelled out"),
    ("manifest.json", "versions, seeds, digests, and the hash of each file"),
];

/// What stands in the folder of a run.
pub(super) fn listed(compared: bool) -> Vec<FileRow> {
    let there = FILES.iter().filter(|(name, _)| compared || *name != "compare.csv");
    let row =
        |&(name, holds): &(&str, &str)| FileRow { name: name.to_owned(), holds: holds.to_owned() };
    there.map(row).collect()
}
