//! Figures: one SVG file each, readable on light and on dark ground.
//!
//! Every figure says how many observations and seeds stand behind it and, in one line, how to read
//! it. A protocol entry has the same colour, marker and dash in every figure, by its position in the
//! scenario. A figure without data is not drawn.

mod canvas;
mod hops;
mod label;
mod latency;
mod layout;
mod lorenz;
mod page;
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

use crate::entry::{Entry, entries};
use crate::files::{ReportError, WrittenFile, create_folder, write_whole};
use crate::model::Results;

use page::Setting;

pub use theme::{Theme, style_sheet};

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
type Draw = fn(&[Entry<'_>], &Setting) -> Result<Option<String>, String>;

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
pub fn figures(results: &Results, theme: Theme) -> Result<Vec<Figure>, ReportError> {
    let entries = entries(results);
    let setting = Setting { theme };
    let mut drawn = Vec::new();
    for (name, title, draw) in FIGURES {
        let failed = |reason| ReportError::Draw { name: name.to_owned(), reason };
        if let Some(svg) = draw(&entries, &setting).map_err(failed)? {
            drawn.push(Figure { name, title, svg });
        }
    }
    Ok(drawn)
}

/// Writes every figure that has data into `dir/figures`.
///
/// # Errors
/// Names the figure or the file.
pub fn write_figures(results: &Results, dir: &Path) -> Result<Vec<WrittenFile>, ReportError> {
    create_folder(&dir.join("figures"))?;
    figures(results, Theme::Default)?
        .iter()
        .map(|figure| {
            let name = format!("figures/{}", figure.name);
            write_whole(dir, &name, |out| out.write_all(figure.svg.as_bytes()))
        })
        .collect()
}
