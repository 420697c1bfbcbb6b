//! `docs/reference` is made from what the program itself knows: this writes the pages anew and holds them against
//! those that are kept.

mod faults;
mod laws;
mod metrics;
mod page;
mod parameters;
mod scenario;
mod snippets;

use std::fs;
use std::path::Path;

/// Holds `text` against the page called `name`.
fn held(name: &str, text: &str) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(name);
    if fs::read_to_string(&kept).unwrap_or_default() != text {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&made, text).expect("the build folder takes files");
        panic!(
            "docs/reference/{name} is not what the program knows any more. Read the difference, and accept it:\n  \
             diff {kept} {made}\n  cp {made} {kept}",
            made = made.display(),
            kept = kept.display()
        );
    }
}

#[test]
fn parameters_are_what_the_registry_knows() {
    held("parameters.md", &parameters::page());
}

#[test]
fn metrics_are_what_the_tables_have() {
    held("metrics.md", &metrics::page());
}

#[test]
fn faults_are_what_a_phase_can_do() {
    held("faults.md", &faults::page());
}

#[test]
fn laws_are_those_that_are_drawn_from() {
    held("laws-and-links.md", &laws::page());
}

#[test]
fn keys_are_those_that_a_scenario_has() {
    held("scenario.md", &scenario::page());
}
