//! Draws every figure of made-up results into a folder, to be looked at: `figures DIR`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::path::Path;

use dhtlab_reports::files::ReportError;
use dhtlab_reports::plot::write_figures;
use fixture::{FULL, Scene};

const SCENES: [(&str, Scene); 3] = [
    ("three", FULL),
    (
        "one",
        Scene { entries: 1, seeds: 1, phases: false, storage: true, joins: false, overlay: false },
    ),
    ("two", Scene { entries: 2, seeds: 3, phases: true, storage: false, ..FULL }),
];

fn main() -> Result<(), ReportError> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "target/figures".to_owned());
    for (name, scene) in SCENES {
        write_figures(&fixture::large(scene), &Path::new(&dir).join(name))?;
    }
    write_figures(&fixture::small(), &Path::new(&dir).join("small"))?;
    write_figures(&fixture::crowded(), &Path::new(&dir).join("crowded"))?;
    Ok(())
}
