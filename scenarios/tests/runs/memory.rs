//! Runs that are over are on disk and no longer in memory, however many there are.

use std::fs;

use crate::support::{SMALL, dhtlab, rows, text};

/// The most memory of `seeds` runs of the small scenario, one after the other, until their tables were there.
fn peak(folder: &tempfile::TempDir, seeds: u32) -> f64 {
    let (out, seeds) = (format!("out-{seeds}"), format!("1..={seeds}"));
    let line = ["run", "small.toml", "-q", "--jobs", "1", "--seeds", &seeds, "-o", &out];
    let output = dhtlab().args(line).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    // The manifest's number has the report in it, which reads the tables of all runs.
    let spent = rows(&folder.path().join(out).join("perf.csv"));
    spent[0]["peak_memory_bytes"].parse().unwrap()
}

/// A run of this kind is about 0.15 MiB of rows: fifty that stayed would be two thirds of the peak.
#[test]
fn sixty_runs_need_no_more_memory_than_ten() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), SMALL.replace("nodes = 40", "nodes = 24")).unwrap();
    let (few, many) = (peak(&folder, 10), peak(&folder, 60));
    println!("{few} bytes for ten runs, {many} for sixty");
    assert!(many < 1.15 * few, "{many} bytes for sixty runs, {few} for ten");
}
