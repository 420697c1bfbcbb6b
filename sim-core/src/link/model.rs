//! Models of base delays: what a scenario says about links, before any node is placed.

use crate::link::cut;
use crate::link::jitter::Jitter;
use crate::link::loss::Loss;
use crate::link::matrix::Matrix;
use crate::link::point::{self, DELAY_LEAST, Point};
use crate::link::table::RegionTable;
use crate::time::Span;

/// Links between all pairs of nodes, as a scenario states them.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkSpec {
    /// The base delay of each pair.
    pub model: LinkModel,
    /// How single messages depart from it.
    pub jitter: Jitter,
    /// Which messages never arrive.
    pub loss: Loss,
}

impl LinkSpec {
    /// This model, without jitter and without loss.
    pub const fn plain(model: LinkModel) -> Self {
        Self { model, jitter: Jitter::None, loss: Loss::None }
    }

    /// Checks the ranges of all parameters.
    ///
    /// # Errors
    /// Says what is permitted.
    pub fn validate(&self) -> Result<(), &'static str> {
        self.model.validate()?;
        self.jitter.validate()
    }
}

/// The base delay of each pair of nodes, one way. It stays the same for the whole run: repeated
/// measurements of one pair differ by 3 % at the third quartile.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkModel {
    /// The same for all pairs.
    Constant {
        /// One way.
        one_way: Span,
    },
    /// Uniform over the pairs; both directions of a pair are equal.
    Uniform {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Lognormal over the pairs; both directions of a pair are equal. King delays have a median of
    /// 72 ms and a sigma of 0.74.
    LogNormal {
        /// The median.
        median: Span,
        /// The standard deviation of the logarithm.
        sigma: f64,
        /// What falls below is raised to this.
        floor: Span,
    },
    /// By the regions of the two nodes.
    Regions(RegionTable),
    /// Points of a synthetic plane fitted to the King set.
    Synthetic,
    /// Measured coordinates; each node takes the point of a measured host, drawn at random.
    Coordinates(Vec<Point>),
    /// Measured delays; each node takes the row of a measured host, drawn at random.
    Matrix(Matrix),
}

impl LinkModel {
    /// The name in scenario files.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Constant { .. } => "constant",
            Self::Uniform { .. } => "uniform",
            Self::LogNormal { .. } => "lognormal",
            Self::Regions(_) => "regions",
            Self::Synthetic | Self::Coordinates(_) => "coordinates",
            Self::Matrix(_) => "matrix",
        }
    }

    /// Checks the ranges of the parameters.
    ///
    /// # Errors
    /// Says what is permitted.
    pub fn validate(&self) -> Result<(), &'static str> {
        const LONGEST: Span = Span::from_secs(60);
        let permitted = |delay: Span| delay > Span::ZERO && delay <= LONGEST;
        match *self {
            Self::Constant { one_way } if !permitted(one_way) => {
                Err("a delay is longer than zero and at most 60s")
            }
            Self::Uniform { min, max } if !permitted(min) || !permitted(max) || min > max => {
                Err("uniform delays need 0s < min <= max <= 60s")
            }
            Self::LogNormal { median, sigma, floor } => {
                if !permitted(median) || !permitted(floor) || floor > median {
                    Err("lognormal delays need 0s < floor <= median <= 60s")
                } else if (0.0..=3.0).contains(&sigma) {
                    Ok(())
                } else {
                    Err("the sigma of lognormal delays is between 0 and 3")
                }
            }
            Self::Coordinates(ref points) if points.is_empty() => {
                Err("there is at least one point")
            }
            _ => Ok(()),
        }
    }

    /// The names of the regions that nodes are placed in; one where the model knows none.
    pub fn region_names(&self) -> Vec<String> {
        match self {
            Self::Regions(table) => table.names().to_vec(),
            Self::Synthetic => {
                (1..=point::cluster_shares().len()).map(|n| format!("cluster-{n}")).collect()
            }
            _ => vec!["all".to_owned()],
        }
    }

    /// The relative share of the nodes in each region.
    pub fn region_shares(&self) -> Vec<u64> {
        match self {
            Self::Regions(table) => table.shares().to_vec(),
            Self::Synthetic => point::cluster_shares(),
            _ => vec![1],
        }
    }

    /// The regions in the order in which nodes are numbered, so that a cut in the middle separates
    /// far ones.
    pub(crate) fn region_order(&self) -> Vec<usize> {
        let shares = self.region_shares();
        cut::order(&shares, &|a, b| match self {
            Self::Regions(table) => table.one_way(a, b),
            Self::Synthetic => point::cluster_bounds(a).least_delay(&point::cluster_bounds(b)),
            _ => DELAY_LEAST,
        })
    }
}
