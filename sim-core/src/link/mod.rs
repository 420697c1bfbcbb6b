//! Links: how long a message takes from one node to another, and whether it is lost.
//!
//! Both are pure functions of the pair, the model and a 64-bit draw that the engine derives from the
//! sender and its sequence number, so that no draw depends on threads or on other nodes. A delay
//! costs a table look-up or two; the only float on the way is one correctly rounded square root.

mod cut;
pub mod jitter;
pub mod loss;
pub mod matrix;
pub mod model;
pub mod point;
pub mod read;
pub mod table;

use std::ops::Range;

use crate::dist::Law;
use crate::node::NodeIx;
use crate::place::Places;
use crate::seed::{Draw, Purpose, Seed, Stream, mix_pair};
use crate::time::Span;
use jitter::{Factors, QUANTILES, quantile_index, scaled};
use loss::Sieve;
use matrix::Matrix;
use model::{LinkModel, LinkSpec};
use point::{Bounds, Point};

/// The network's links between all pairs of nodes.
#[derive(Clone, Debug)]
pub struct Links {
    base: Base,
    factors: Factors,
    sieve: Sieve,
    /// The region of each node, by number; empty when there is one region only.
    regions: Vec<u8>,
    /// Where in the numbering of the nodes each stretch of one region begins.
    runs: Vec<(u32, u8)>,
    names: Vec<String>,
    /// Does an answer take as long as its request?
    paired: bool,
}

/// The base delay of a pair.
#[derive(Clone, Debug)]
enum Base {
    Constant(Span),
    /// Uniform over the unordered pairs.
    Uniform {
        salt: u64,
        min: Span,
        width: u64,
    },
    /// A table of quantiles, one of them for each unordered pair.
    Quantiles {
        salt: u64,
        table: Vec<Span>,
    },
    /// By regions, row by row.
    Regions {
        count: usize,
        one_way: Vec<Span>,
    },
    /// By points; one box for each region.
    Points {
        points: Vec<Point>,
        bounds: Vec<Option<Bounds>>,
    },
    /// By rows of a matrix.
    Rows {
        rows: Vec<u32>,
        matrix: Matrix,
    },
}

impl Links {
    /// Every message takes `delay` one way and none is lost.
    pub const fn constant(delay: Span) -> Self {
        Self {
            base: Base::Constant(delay),
            factors: Factors::One,
            sieve: Sieve::NONE,
            regions: Vec::new(),
            runs: Vec::new(),
            names: Vec::new(),
            paired: false,
        }
    }

    /// The links of `spec` between nodes at `places`; pairs draw their delays under `seed`.
    ///
    /// # Panics
    /// When the places were not drawn for the model of `spec`.
    pub fn new(spec: &LinkSpec, seed: Seed, places: Places) -> Self {
        let mut salt = Stream::new(seed, Purpose::Links, 0);
        let Places { regions, points, rows } = places;
        let base = match &spec.model {
            LinkModel::Constant { one_way } => Base::Constant(*one_way),
            LinkModel::Uniform { min, max } => {
                let width = (*max - *min).as_nanos() + 1;
                Base::Uniform { salt: salt.next_u64(), min: *min, width }
            }
            LinkModel::LogNormal { median, sigma, floor } => {
                let mut table =
                    Law::LogNormal { median: *median, sigma: *sigma }.quantiles(QUANTILES);
                for delay in &mut table {
                    *delay = (*delay).max(*floor);
                }
                Base::Quantiles { salt: salt.next_u64(), table }
            }
            LinkModel::Regions(table) => {
                let pairs = (0..table.len()).flat_map(|a| (0..table.len()).map(move |b| (a, b)));
                let one_way = pairs.map(|(a, b)| table.one_way(a, b)).collect();
                Base::Regions { count: table.len(), one_way }
            }
            LinkModel::Synthetic | LinkModel::Coordinates(_) => {
                let within = |region: usize| {
                    let here = (0..points.len())
                        .filter(|i| regions.get(*i).is_none_or(|r| usize::from(*r) == region));
                    Bounds::around(here.map(|i| points[i]))
                };
                let count = spec.model.region_shares().len();
                Base::Points { bounds: (0..count).map(within).collect(), points }
            }
            LinkModel::Matrix(matrix) => Base::Rows { rows, matrix: matrix.clone() },
        };
        let runs = (0..)
            .zip(&regions)
            .filter(|(node, region)| {
                *node == 0 || regions[usize::try_from(*node - 1).unwrap_or(0)] != **region
            })
            .map(|(node, region)| (node, *region))
            .collect();
        Self {
            base,
            factors: Factors::new(spec.jitter),
            sieve: Sieve::new(spec.loss),
            regions,
            runs,
            names: spec.model.region_names(),
            paired: false,
        }
    }

    /// The same, but an answer draws what its request drew: with jitter, a round trip has one draw,
    /// half of it each way. No scenario asks for this; it is how simulators of requests alone, without
    /// messages, see a network, and their numbers are compared in it.
    ///
    /// # Panics
    /// When messages may be lost: an answer would share the fate of its request.
    #[must_use]
    pub fn with_paired_delays(mut self) -> Self {
        assert!(!self.lossy(), "draws of loss are never shared");
        self.paired = true;
        self
    }

    /// Do requests and their answers share their draws?
    #[inline]
    pub const fn are_paired(&self) -> bool {
        self.paired
    }

    /// How long a message from `from` to `to` takes, one way. `draw` is uniform.
    #[inline]
    pub fn delay(&self, from: NodeIx, to: NodeIx, draw: u64) -> Span {
        self.factors.apply(self.base_delay(from, to), draw)
    }

    /// The delay of the pair without jitter.
    #[inline]
    pub fn base_delay(&self, from: NodeIx, to: NodeIx) -> Span {
        match &self.base {
            Base::Constant(delay) => *delay,
            Base::Uniform { salt, min, width } => {
                *min + Span::from_nanos(scaled(*width, pair(*salt, from, to)))
            }
            Base::Quantiles { salt, table } => table[quantile_index(pair(*salt, from, to))],
            Base::Regions { count, one_way } => {
                let (a, b) = (self.regions[from.index()], self.regions[to.index()]);
                one_way[usize::from(a) * count + usize::from(b)]
            }
            Base::Points { points, .. } => points[from.index()].delay(points[to.index()]),
            Base::Rows { rows, matrix } => matrix.delay(rows[from.index()], rows[to.index()]),
        }
    }

    /// Is this message lost? `bad` is the sender's loss state, kept by the engine between calls.
    /// `draw` may be the one that the delay is made of.
    #[inline]
    pub fn lost(&self, bad: &mut bool, draw: u64) -> bool {
        self.sieve.lost(bad, draw)
    }

    /// Can a message be lost at all?
    pub fn lossy(&self) -> bool {
        self.sieve.possible()
    }

    /// The region of `node`, by number; 0 where the model knows no regions.
    pub fn region_of(&self, node: NodeIx) -> u8 {
        self.regions.get(node.index()).copied().unwrap_or(0)
    }

    /// The names of the regions, by number; empty for [`Links::constant`].
    pub fn region_names(&self) -> &[String] {
        &self.names
    }

    /// No message between a node of `a` and a node of `b` (ranges of node numbers) ever takes less.
    pub fn floor_between(&self, a: Range<u32>, b: Range<u32>) -> Span {
        let (there, here) = (self.regions_in(&a), self.regions_in(&b));
        let pairs = here.iter().flat_map(|to| there.iter().map(move |from| (*from, *to)));
        let least = pairs.map(|(from, to)| self.least(from, to).min(self.least(to, from))).min();
        self.factors.least(least.unwrap_or(Span::ZERO))
    }

    /// The regions that `nodes` lie in.
    fn regions_in(&self, nodes: &Range<u32>) -> Vec<usize> {
        if self.runs.is_empty() {
            return vec![0];
        }
        let first = self.runs.partition_point(|(start, _)| *start <= nodes.start).max(1) - 1;
        let after = self.runs.partition_point(|(start, _)| *start < nodes.end);
        self.runs[first..after.max(first)].iter().map(|(_, region)| usize::from(*region)).collect()
    }

    /// No base delay from a node of region `from` to one of region `to` is less.
    fn least(&self, from: usize, to: usize) -> Span {
        match &self.base {
            Base::Constant(delay) => *delay,
            Base::Uniform { min, .. } => *min,
            Base::Quantiles { table, .. } => table[0],
            Base::Regions { count, one_way } => one_way[from * count + to],
            Base::Points { bounds, .. } => match (&bounds[from], &bounds[to]) {
                (Some(a), Some(b)) => a.least_delay(b),
                _ => Span::MAX,
            },
            Base::Rows { matrix, .. } => matrix.least(),
        }
    }

    /// Where `0..nodes` may best be cut into `parts` ranges of similar size so that the smallest
    /// delay between ranges is large: `parts - 1` node numbers, ascending.
    ///
    /// Cuts at the borders of regions where that leaves no part below 35 % of an even share, else
    /// evenly.
    pub fn cuts(&self, nodes: u32, parts: u32) -> Vec<u32> {
        let borders: Vec<u32> =
            self.runs.iter().map(|(start, _)| *start).filter(|b| 0 < *b && *b < nodes).collect();
        let floor = |a: Range<u32>, b: Range<u32>| self.floor_between(a, b);
        (parts > 1 && borders.len() < 32)
            .then(|| cut::at_borders(nodes, parts, &borders, &floor))
            .flatten()
            .unwrap_or_else(|| cut::even(nodes, parts))
    }

    /// Feeds everything that decides a delay or a loss into `hasher`.
    pub(crate) fn absorb(&self, hasher: &mut blake3::Hasher) {
        // Written through `Debug`, whose output for these types is numbers and fixed names: a new
        // model cannot be forgotten here. The long lists are fed as bytes.
        let text = match &self.base {
            Base::Points { points, .. } => {
                for point in points {
                    for word in [point.x, point.y, point.height] {
                        hasher.update(&word.to_le_bytes());
                    }
                }
                "points".to_owned()
            }
            Base::Rows { rows, matrix } => {
                for row in rows {
                    hasher.update(&row.to_le_bytes());
                }
                format!("{matrix:?}")
            }
            short => format!("{short:?}"),
        };
        hasher.update(text.as_bytes());
        hasher.update(format!("{:?} {:?} {:?}", self.factors, self.sieve, self.names).as_bytes());
        hasher.update(&self.regions);
        // Nothing where draws are not shared, as in every scenario: such worlds keep their hash.
        if self.paired {
            hasher.update(b"paired");
        }
    }
}

/// The draw of an unordered pair.
fn pair(salt: u64, a: NodeIx, b: NodeIx) -> u64 {
    let (low, high) = (a.min(b), a.max(b));
    mix_pair(salt, u64::from(low.get()), u64::from(high.get()))
}

#[cfg(test)]
mod tests;
