//! Places: the region, the point or the measured host each node lives at.

use crate::link::model::LinkModel;
use crate::link::point::{self, Point};
use crate::seed::{Draw, Purpose, Seed, Stream};

/// What a link model needs to know of each node, by node number. The lists that the model has no use
/// for are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The region, where there are several.
    pub regions: Vec<u8>,
    /// The point of each node.
    pub points: Vec<Point>,
    /// The row of each node in a matrix.
    pub rows: Vec<u32>,
}

/// Draws places: the same slot, the same place, whatever else is drawn.
#[derive(Debug)]
pub(crate) struct Placer<'a> {
    seed: Seed,
    model: &'a LinkModel,
    /// Cumulated shares of the regions.
    cumulated: Vec<u64>,
}

impl<'a> Placer<'a> {
    pub(crate) fn new(seed: Seed, model: &'a LinkModel) -> Self {
        let mut sum = 0;
        let cumulate = |share| {
            sum += share;
            sum
        };
        let cumulated = model.region_shares().into_iter().map(cumulate).collect();
        Self { seed, model, cumulated }
    }

    /// How many regions there are.
    pub(crate) fn regions(&self) -> usize {
        self.cumulated.len()
    }

    /// The region of `slot`.
    pub(crate) fn region(&self, slot: u32) -> u8 {
        if self.regions() == 1 {
            return 0;
        }
        self.draw_region(&mut Stream::new(self.seed, Purpose::Places, u64::from(slot)))
    }

    fn draw_region(&self, draw: &mut impl Draw) -> u8 {
        let point = draw.below(*self.cumulated.last().expect("a model has a region"));
        u8::try_from(self.cumulated.partition_point(|sum| *sum <= point)).unwrap_or(u8::MAX)
    }

    /// Adds the place of `count` successive identities of `slot`, which lies in `region`, to
    /// `places`: whoever takes over a slot lives where the one before did.
    pub(crate) fn push(&self, slot: u32, region: u8, count: usize, places: &mut Places) {
        if self.regions() > 1 {
            places.regions.extend(std::iter::repeat_n(region, count));
        }
        let mut stream = Stream::new(self.seed, Purpose::Places, u64::from(slot));
        match self.model {
            LinkModel::Synthetic => {
                // The region came first out of this stream.
                self.draw_region(&mut stream);
                let point = point::synthetic(usize::from(region), &mut stream);
                places.points.extend(std::iter::repeat_n(point, count));
            }
            LinkModel::Coordinates(points) => {
                let point = points[stream.index(points.len())];
                places.points.extend(std::iter::repeat_n(point, count));
            }
            LinkModel::Matrix(matrix) => {
                let row = u32::try_from(stream.index(matrix.rows())).unwrap_or(0);
                places.rows.extend(std::iter::repeat_n(row, count));
            }
            _ => {}
        }
    }
}
