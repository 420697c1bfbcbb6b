//! Figures: one SVG file each, readable on light and on dark ground.
//!
//! Every figure says how many observations and seeds stand behind it and, in one line, how to read
//! it. A protocol entry has the same colour, marker and dash in every figure, by its position in the
//! scenario. A figure without data is not drawn.

mod canvas;
mod hops;
mod label;
mod latency;
mod lorenz;
mod page;
mod paired;
mod panel;
mod purposes;
mod ranges;
mod replicas;
mod scale;
mod series;
mod success;
mod theme;
mod timeline;

use std::path::Path;

use crate::compare::Comparison;
use crate::entry::{Entry, entries};
use crate::files::{ReportError, WrittenFile, create_folder, write_whole};
use crate::model::Results;

pub use theme::style_sheet;

/// A drawn figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The file's name in the folder `figures`.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// The file's content: an XML document with one `svg` element.
    pub svg: String,
}

/// Draws one figure; `None` without data, an error in the words of the plotting library.
type Draw = fn(&[Entry<'_>]) -> Result<Option<String>, String>;

const FIGURES: [(&str, &str, Draw); 7] = [
    ("f1-latency-ecdf.svg", latency::TITLE, latency::draw),
    ("f2-hops.svg", hops::TITLE, hops::draw),
    ("f4-success-over-time.svg", success::TITLE, success::draw),
    ("f5-replicas.svg", replicas::TITLE, replicas::draw),
    ("f7-lorenz.svg", lorenz::TITLE, lorenz::draw),
    ("f11-bytes-by-purpose.svg", purposes::TITLE, purposes::draw),
    ("range-cost.svg", ranges::TITLE, ranges::draw),
];

/// Draws every figure that has data.
///
/// # Errors
/// Names the figure that could not be drawn.
pub fn figures(results: &Results) -> Result<Vec<Figure>, ReportError> {
    let entries = entries(results);
    let mut drawn = Vec::new();
    for (name, title, draw) in FIGURES {
        let failed = |reason| ReportError::Draw { name: name.to_owned(), reason };
        if let Some(svg) = draw(&entries).map_err(failed)? {
            drawn.push(Figure { name, title, svg });
        }
    }
    Ok(drawn)
}

/// Draws the comparison; `None` where it has no difference to show.
///
/// # Errors
/// Names the figure.
pub fn comparison(comparison: &Comparison) -> Result<Option<Figure>, ReportError> {
    let name = "f10-paired-differences.svg";
    let failed = |reason| ReportError::Draw { name: name.to_owned(), reason };
    let svg = paired::draw(comparison).map_err(failed)?;
    Ok(svg.map(|svg| Figure { name, title: paired::TITLE, svg }))
}

/// Writes the figure of the comparison into `dir/figures`.
///
/// # Errors
/// Names the figure or the file.
pub fn write_comparison(
    compared: &Comparison,
    dir: &Path,
) -> Result<Option<WrittenFile>, ReportError> {
    let Some(figure) = comparison(compared)? else { return Ok(None) };
    create_folder(&dir.join("figures"))?;
    write_figure(&figure, dir).map(Some)
}

fn write_figure(figure: &Figure, dir: &Path) -> Result<WrittenFile, ReportError> {
    let name = format!("figures/{}", figure.name);
    write_whole(dir, &name, |out| out.write_all(figure.svg.as_bytes()))
}

/// Writes every figure that has data into `dir/figures`.
///
/// # Errors
/// Names the figure or the file.
pub fn write_figures(results: &Results, dir: &Path) -> Result<Vec<WrittenFile>, ReportError> {
    create_folder(&dir.join("figures"))?;
    figures(results)?.iter().map(|figure| write_figure(figure, dir)).collect()
}
