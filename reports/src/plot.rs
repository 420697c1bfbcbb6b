//! Figures: one SVG file each, readable on light and on dark ground.
//!
//! Every figure says how many observations and seeds stand behind it and, in one line, how to read
//! it, and carries what it draws as a table. A protocol entry has the same colour, marker and dash in every
//! figure, by its position in the scenario. A figure without data is not drawn.

mod canvas;
mod data;
mod hops;
mod label;
mod latency;
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

use crate::entry::{Entry, entries};
use crate::files::ReportError;
use crate::recorded::Recorded;

pub use data::FigureData;
pub use theme::{Theme, style_sheet};

use page::{Drawing, Setting};

/// A drawn figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The file's name in the folder `figures`.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// The file's content: an XML document with one `svg` element.
    pub svg: String,
    /// How to read it, a sentence or two.
    pub reading: String,
    /// How many observations and seeds stand behind it.
    pub count: String,
    /// What it shows, as a table.
    pub data: FigureData,
}

/// Draws one figure; `None` without data, an error in the words of the plotting library.
type Draw = fn(&[Entry<'_>], &Setting) -> Result<Option<Drawing>, String>;

const FIGURES: [(&str, &str, Draw); 7] = [
    ("f1-latency-ecdf.svg", latency::TITLE, latency::draw),
    ("f2-hops.svg", hops::TITLE, hops::draw),
    ("f4-success-over-time.svg", success::TITLE, success::draw),
    ("f5-replicas.svg", replicas::TITLE, replicas::draw),
    ("f7-lorenz.svg", lorenz::TITLE, lorenz::draw),
    ("f11-bytes-by-purpose.svg", purposes::TITLE, purposes::draw),
    ("range-cost.svg", ranges::TITLE, ranges::draw),
];

/// More series than this cannot be told apart.
const SERIES_MAX: usize = 12;

/// Draws every figure that has data. Of a sweep with many points, the first are drawn, and said to be.
///
/// # Errors
/// Names the figure that could not be drawn.
pub fn figures(recorded: &Recorded, theme: Theme) -> Result<Vec<Figure>, ReportError> {
    let all = entries(recorded);
    let shown = &all[..all.len().min(SERIES_MAX)];
    let note = (shown.len() < all.len())
        .then(|| format!("The first {SERIES_MAX} of {} entries and points are drawn.", all.len()));
    let setting = Setting { theme, note };
    let mut drawn = Vec::new();
    for (name, title, draw) in FIGURES {
        let failed = |reason| ReportError::Draw { name: name.to_owned(), reason };
        if let Some(Drawing { svg, reading, count, data }) =
            draw(shown, &setting).map_err(failed)?
        {
            drawn.push(Figure { name, title, svg, reading, count, data });
        }
    }
    Ok(drawn)
}
