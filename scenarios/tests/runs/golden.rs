//! Digests of small scenarios, kept in the repository: whoever changes what a run does, knows it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{plan, run};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// One line for each entry of each scenario in the folder.
fn digests(shards: u32) -> String {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut lines = String::new();
    for path in paths {
        let plan = plan(&fs::read_to_string(&path).unwrap(), &[]);
        for (number, entry) in plan.protocols.iter().enumerate() {
            let outcome = run(&plan, number, shards);
            let stem = path.file_stem().unwrap().to_string_lossy();
            let name = format!("{stem}/{}", entry.label.replace(' ', "_"));
            writeln!(lines, "{name} {} {}", outcome.run.digest, outcome.run.events).unwrap();
        }
    }
    lines
}

#[test]
fn runs_are_what_they_were() {
    let kept = fs::read_to_string(folder().join("digests.txt")).unwrap_or_default();
    let found = digests(1);
    assert_eq!(found, digests(2), "a second shard changes what happens");
    if found != kept {
        let accepted = Path::new(env!("CARGO_TARGET_TMPDIR")).join("digests.txt");
        fs::write(&accepted, &found).unwrap();
        panic!(
            "runs differ from tests/golden/digests.txt (name, digest, events)\n\nkept:\n{kept}\n\
             found:\n{found}\nIf that is meant to be, say so in the changelog and accept them:\n  \
             cp {} {}",
            accepted.display(),
            folder().join("digests.txt").display()
        );
    }
}
