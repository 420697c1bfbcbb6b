//! Makes a page of made-up results, to be looked at: `page FILE`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::path::Path;

use dhtlab_reports::files::{ReportError, write_whole};
use dhtlab_reports::page;

fn main() -> Result<(), ReportError> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "report.html".to_owned());
    let html = page::render(&fixture::page::full(&fixture::large(fixture::FULL)))?;
    write_whole(Path::new(""), &file, |out| out.write_all(html.as_bytes()))?;
    Ok(())
}
