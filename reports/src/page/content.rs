//! What the page says: plain texts and numbers already written as a reader shall see them, so that the
//! template decides the look and nothing else.

use serde::Serialize;

/// Everything on the page, in the order in which it stands there. An empty list leaves its section out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Content {
    /// The scenario's name.
    pub title: String,
    /// The scenario's description; may be empty.
    pub description: String,
    /// Did everything run?
    pub status: Status,
    /// What is missing when it did not, one sentence each.
    pub incomplete: Vec<String>,
    /// The answer: of each entry that was compared, in how many metrics it is better, worse or the same.
    pub verdicts: Vec<String>,
    /// What the scenario expected of its results.
    pub expectations: Vec<Expectation>,
    /// The key table first, then those about a part: order, batches, each fault.
    pub tables: Vec<Table>,
    /// Pairs of protocol entries, metric by metric.
    pub comparisons: Vec<ComparisonRow>,
    /// How the intervals of the comparisons were made, in one sentence; may be empty.
    pub comparison_note: String,
    /// The figures, in their order.
    pub figures: Vec<Figure>,
    /// Warm-up, measure and faults.
    pub phases: Vec<PhaseRow>,
    /// The resolved scenario, line by line.
    pub scenario: Vec<ScenarioLine>,
    /// What a reader must know before trusting a number.
    pub notices: Vec<String>,
    /// What the simulator leaves out, one sentence each.
    pub not_modelled: Vec<String>,
    /// Commands that give the same bytes again.
    pub reproduce: Vec<String>,
    /// Points of the sweep; 1 without one.
    pub points: usize,
    /// Every seed, sorted.
    pub seeds: Vec<u64>,
    /// The program's version.
    pub version: String,
    /// Name and value of what else decides the bytes or was observed: target, scenario hash ...
    pub environment: Vec<Fact>,
    /// The terms that occur above, by name.
    pub glossary: Vec<Term>,
    /// The other files of the results folder.
    pub files: Vec<FileRow>,
}

/// How the runs ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every run reached its end.
    #[default]
    Complete,
    /// Some run did not, or was not begun; the page shows what was finished.
    Incomplete,
}

/// What a comparison found, as far as its colour goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// The other is better than the base.
    Better,
    /// The other is worse than the base.
    Worse,
    /// No detectable difference.
    None,
    /// Higher or lower, and neither is good; or it could not be told.
    Info,
}

/// A threshold of the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// What was expected, in words.
    pub text: String,
    /// Was it met?
    pub held: bool,
    /// What was found; may be empty.
    pub value: String,
}

/// A table with one row per protocol entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its heading.
    pub title: String,
    /// What the numbers are, and how many stand behind them.
    pub caption: String,
    /// The columns after the entry's name.
    pub columns: Vec<Column>,
    /// The rows, in the order of the scenario.
    pub rows: Vec<Row>,
}

/// A column of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it shows: `latency`.
    pub name: String,
    /// The unit: `ms`, `%`; may be empty.
    pub unit: String,
    /// The statistic: `p50`, `mean`; may be empty.
    pub stat: String,
}

/// A protocol entry's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The protocol.
    pub label: String,
    /// What tells it from other entries of the same protocol; may be empty.
    pub variant: String,
    /// Its position in the scenario, from 0: it has this colour in the figures. `None` has none.
    pub series: Option<usize>,
    /// One per column.
    pub cells: Vec<Cell>,
}

/// A number as it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The mean over seeds; empty is missing.
    pub value: String,
    /// Half the width of the 95 % interval; empty with one seed.
    pub half_width: String,
    /// Seeds behind the number.
    pub n: u64,
}

/// One metric of two protocol entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparisonRow {
    /// The metric, with its statistic and unit.
    pub metric: String,
    /// The phase it is of.
    pub phase: String,
    /// The entry compared against.
    pub base: String,
    /// The entry compared.
    pub other: String,
    /// The base's mean.
    pub mean_base: String,
    /// The other's mean.
    pub mean_other: String,
    /// Mean of the differences, other minus base, with its sign.
    pub difference: String,
    /// The interval of that mean; empty with one pair.
    pub interval: String,
    /// The difference as a share of the base's mean.
    pub relative: String,
    /// Pairs of runs behind it.
    pub n: u64,
    /// What that says, in words: `better`, `no detectable difference`.
    pub verdict: String,
    /// The colour of that.
    pub kind: VerdictKind,
}

/// A figure with all that is said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The file's name in the folder `figures`.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The drawing, as the file holds it. It is put on the page as it is: it must come from `plot`.
    pub svg: String,
    /// The same drawn for a small screen, by [`Theme::Narrow`](crate::plot::Theme); empty has none, and the
    /// wide drawing scrolls there.
    pub narrow_svg: String,
    /// How to read it.
    pub reading: String,
    /// How many observations and seeds.
    pub count: String,
    /// The same as numbers.
    pub data: FigureData,
}

/// What a figure shows, as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FigureData {
    /// The heads.
    pub columns: Vec<String>,
    /// The rows; each has one text per head.
    pub rows: Vec<Vec<String>>,
}

/// A stretch of simulated time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseRow {
    /// `warmup`, `measure` or `fault`.
    pub kind: String,
    /// Its name.
    pub label: String,
    /// Its start, with a unit.
    pub from: String,
    /// Its end, with a unit.
    pub to: String,
}

/// A line of the resolved scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScenarioLine {
    /// The line, without its end.
    pub text: String,
    /// What made it differ from the preset or the file: `--set protocol.k=8`; empty where nothing did.
    pub overridden_by: String,
    /// Then the same with its whole path: `protocol.2.k = 8`.
    pub setting: String,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// What it was.
    pub value: String,
}

/// A word and what it means here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Term {
    /// The word as it stands on the page.
    pub term: String,
    /// Its meaning, one or two sentences.
    pub meaning: String,
}

/// A file of the results folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileRow {
    /// Its name relative to the page.
    pub name: String,
    /// What it holds, in a few words; may be empty.
    pub holds: String,
}
