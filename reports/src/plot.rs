//! Figures: one SVG file each, readable on light and on dark ground.
//!
//! Every figure says how many observations and seeds stand behind it and, in one line, how to read
//! it, and carries what it draws as a table. A protocol entry has the same colour, marker and dash in every
//! figure, by its position in the scenario. A figure without data is not drawn.

mod aligned;
mod canvas;
mod data;
mod heat;
mod hops;
mod label;
mod latency;
mod layout;
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
mod swept;
mod theme;
mod timeline;
mod tradeoff;

use std::path::Path;

use crate::compare::Comparison;
use crate::entry::{Entry, entries};
use crate::files::{ReportError, WrittenFile, create_folder, write_whole};
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

/// Which entries a figure is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// The first few, each a series of its own.
    First,
    /// All, because it is about what a sweep varies.
    Sweep,
}

const FIGURES: [(&str, &str, Of, Draw); 12] = [
    ("f1-latency-ecdf.svg", latency::TITLE, Of::First, latency::draw),
    ("f2-hops.svg", hops::TITLE, Of::First, hops::draw),
    ("f3-hops-by-nodes.svg", swept::HOPS.title, Of::Sweep, |entries, setting| {
        swept::draw(entries, setting, &swept::HOPS)
    }),
    ("f4-success-over-time.svg", success::TITLE, Of::First, success::draw),
    ("f5-replicas.svg", replicas::TITLE, Of::First, replicas::draw),
    ("f6-cost-latency.svg", tradeoff::TITLE, Of::Sweep, tradeoff::draw),
    ("f7-lorenz.svg", lorenz::TITLE, Of::First, lorenz::draw),
    ("f8-heat-map.svg", heat::TITLE, Of::Sweep, heat::draw),
    ("f9-success-by-churn.svg", swept::CHURN.title, Of::Sweep, |entries, setting| {
        swept::draw(entries, setting, &swept::CHURN)
    }),
    ("f11-bytes-by-purpose.svg", purposes::TITLE, Of::First, purposes::draw),
    ("f12-recovery.svg", aligned::TITLE, Of::First, aligned::draw),
    ("range-cost.svg", ranges::TITLE, Of::First, ranges::draw),
];

/// More series than this cannot be told apart.
const SERIES_MAX: usize = 12;

/// Where F10 stands among the figures.
const BEFORE_COMPARISON: &str = "f9-success-by-churn.svg";

/// Draws every figure that has data. Of a sweep with many points, the first are drawn, and said to be.
///
/// # Errors
/// Names the figure that could not be drawn.
pub fn figures(
    recorded: &Recorded,
    compared: Option<&Comparison>,
    theme: Theme,
) -> Result<Vec<Figure>, ReportError> {
    let all = entries(recorded);
    let shown = &all[..all.len().min(SERIES_MAX)];
    let note = (shown.len() < all.len())
        .then(|| format!("The first {SERIES_MAX} of {} entries and points are drawn.", all.len()));
    let of_sweep = Setting { theme, note: None };
    let of_first = Setting { theme, note };
    let mut drawn = Vec::new();
    for (name, title, of, draw) in FIGURES {
        let (about, setting) =
            if of == Of::Sweep { (&all[..], &of_sweep) } else { (shown, &of_first) };
        drawn.extend(figure(name, title, draw(about, setting))?);
        if let (BEFORE_COMPARISON, Some(compared)) = (name, compared) {
            drawn.extend(comparison(compared, theme)?);
        }
    }
    Ok(drawn)
}

/// Draws the comparison; `None` where it has no difference to show.
///
/// # Errors
/// Names the figure.
pub fn comparison(compared: &Comparison, theme: Theme) -> Result<Option<Figure>, ReportError> {
    let setting = Setting { theme, note: None };
    figure("f10-paired-differences.svg", paired::TITLE, paired::draw(compared, &setting))
}

fn figure(
    name: &'static str,
    title: &'static str,
    drawn: Result<Option<Drawing>, String>,
) -> Result<Option<Figure>, ReportError> {
    let drawn = drawn.map_err(|reason| ReportError::Draw { name: name.to_owned(), reason })?;
    Ok(drawn.map(|Drawing { svg, reading, count, data }| Figure {
        name,
        title,
        svg,
        reading,
        count,
        data,
    }))
}

/// Writes figures into `dir/figures`.
///
/// # Errors
/// Names the figure or the file.
pub fn write(figures: &[Figure], dir: &Path) -> Result<Vec<WrittenFile>, ReportError> {
    create_folder(&dir.join("figures"))?;
    let one = |figure: &Figure| {
        let name = format!("figures/{}", figure.name);
        write_whole(dir, &name, |out| out.write_all(figure.svg.as_bytes()))
    };
    figures.iter().map(one).collect()
}
