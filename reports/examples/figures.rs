//! Draws every figure of made-up results into a folder, to be looked at: `figures DIR`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::path::Path;

use dhtlab_reports::files::ReportError;
use dhtlab_reports::model::Results;
use dhtlab_reports::plot::Theme;
use dhtlab_reports::report::{self, About};
use dhtlab_reports::tables::write_tables;
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
    let draw = |name: &str, results: &Results| -> Result<(), ReportError> {
        let folder = Path::new(&dir).join(name);
        write_tables(results, &folder)?;
        report::build(&folder, &About::default(), Theme::Default)?;
        Ok(())
    };
    for (name, scene) in SCENES {
        draw(name, &fixture::large(scene))?;
    }
    draw("small", &fixture::small())?;
    draw("crowded", &fixture::crowded())?;
    draw("ranged", &fixture::ranged::ranged(8, 3))
}
