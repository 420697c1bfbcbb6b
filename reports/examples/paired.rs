//! Draws a comparison into a folder, to be looked at: `paired OUT` of made-up results, `paired OUT DIR` of a
//! results folder, whose table it prints.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;

use dhtlab_reports::compare::Comparison;
use dhtlab_reports::plot::{self, Theme};
use dhtlab_reports::recorded::Recorded;
use dhtlab_reports::summary::Style;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().unwrap_or_else(|| "target/paired".to_owned());
    let recorded = match arguments.next() {
        Some(dir) => Recorded::read(Path::new(&dir))?,
        None => samples::full(),
    };
    let comparison = Comparison::of(&recorded);
    io::stdout().write_all(comparison.text(Style::Plain).as_bytes())?;
    plot::write(plot::comparison(&comparison, Theme::Default)?.as_slice(), Path::new(&out))?;
    comparison.write_csv(Path::new(&out))?;
    Ok(())
}
