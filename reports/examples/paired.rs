//! Draws the comparison of made-up results into a folder, to be looked at: `paired DIR`.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::path::Path;

use dhtlab_reports::compare::Comparison;
use dhtlab_reports::files::ReportError;
use dhtlab_reports::plot::{self, Theme};

fn main() -> Result<(), ReportError> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "target/paired".to_owned());
    let figure = plot::comparison(&Comparison::of(&samples::full()), Theme::Default)?;
    plot::write(figure.as_slice(), Path::new(&dir))?;
    Ok(())
}
