//! Measured delays between regions of the world, and where the nodes are.
//!
//! The numbers are round-trip times as published; a table holds one way, which is half.

use crate::time::Span;

/// Regions, the shares of the nodes in each, and the one-way delays between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionTable {
    names: Vec<String>,
    /// Relative weights; they need not add up to anything.
    shares: Vec<u64>,
    /// Row by row, from the region of the sender to that of the receiver.
    one_way: Vec<Span>,
}

/// The largest number of regions: a region is a byte.
pub const REGIONS_MAX: usize = 64;

impl RegionTable {
    /// A table of `one_way` delays, row by row; each region gets its share of the nodes.
    ///
    /// # Errors
    /// When the lengths do not fit together, there are no regions or more than [`REGIONS_MAX`], all
    /// shares are zero, or a delay is zero.
    pub fn new(
        names: Vec<String>,
        shares: Vec<u64>,
        one_way: Vec<Span>,
    ) -> Result<Self, &'static str> {
        let count = names.len();
        if count == 0 || count > REGIONS_MAX {
            Err("a table has 1 to 64 regions")
        } else if shares.len() != count || one_way.len() != count * count {
            Err("a table of n regions has n shares and n x n delays")
        } else if shares.iter().all(|share| *share == 0) || shares.iter().any(|s| *s > 1 << 32) {
            Err("shares are between 0 and 2^32 and not all zero")
        } else if one_way.contains(&Span::ZERO) {
            Err("a delay between regions is longer than zero")
        } else {
            Ok(Self { names, shares, one_way })
        }
    }

    /// Eleven regions of Amazon Web Services at the end of January 2019, with equal shares.
    ///
    /// Measured by cloudping.co; numbers as kept in `ConsenSys/wittgenstein` (Apache-2.0).
    pub fn aws_2019() -> Self {
        Self::builtin(&AWS_2019_NAMES, &[1; 11], &AWS_2019_RTT_MS, 1)
    }

    /// The six regions of `SimBlock` with delays of 2019 and the shares of the Bitcoin nodes of 2019.
    ///
    /// Numbers from `dsg-titech/simblock` (Apache-2.0).
    pub fn simblock_2019() -> Self {
        Self::builtin(&SIMBLOCK_NAMES, &SIMBLOCK_SHARES, &SIMBLOCK_RTT_MS, 1)
    }

    /// Thirteen cities of November 2018, with equal shares. Within a city, 2 ms there and back.
    ///
    /// Measured by `WonderNetwork`; numbers as kept in `ConsenSys/wittgenstein` (Apache-2.0). The
    /// two directions of a pair were measured apart and differ, by 38 ms there and back at the most.
    pub fn wondernetwork_2018() -> Self {
        Self::builtin(&WONDER_NAMES, &[1; 13], &WONDER_RTT_CENTI, 100)
    }

    /// The table called `name` in scenario files.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "aws-2019" => Some(Self::aws_2019()),
            "simblock-2019" => Some(Self::simblock_2019()),
            "wondernetwork-2018" => Some(Self::wondernetwork_2018()),
            _ => None,
        }
    }

    /// The names [`named`](Self::named) knows.
    pub const NAMES: [&'static str; 3] = ["aws-2019", "simblock-2019", "wondernetwork-2018"];

    fn builtin<const N: usize>(
        names: &[&str; N],
        shares: &[u64; N],
        rtt: &[[u32; N]; N],
        per_milli: u64,
    ) -> Self {
        let half_milli = |value: &u32| Span::from_nanos(u64::from(*value) * 500_000 / per_milli);
        Self {
            names: names.iter().map(ToString::to_string).collect(),
            shares: shares.to_vec(),
            one_way: rtt.iter().flatten().map(half_milli).collect(),
        }
    }

    /// How many regions there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Are there no regions? Never.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names of the regions, by number.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The share of the nodes in each region, as relative weights.
    pub fn shares(&self) -> &[u64] {
        &self.shares
    }

    /// The delay from region `from` to region `to`, one way.
    ///
    /// # Panics
    /// When there is no such region.
    pub fn one_way(&self, from: usize, to: usize) -> Span {
        assert!(to < self.len(), "no region {to}");
        self.one_way[from * self.len() + to]
    }
}

const AWS_2019_NAMES: [&str; 11] = [
    "oregon",
    "virginia",
    "mumbai",
    "seoul",
    "singapore",
    "sydney",
    "tokyo",
    "canada-central",
    "frankfurt",
    "ireland",
    "london",
];

const AWS_2019_RTT_MS: [[u32; 11]; 11] = [
    [1, 81, 216, 126, 165, 138, 97, 64, 164, 131, 141],
    [81, 1, 182, 181, 232, 195, 167, 13, 88, 80, 75],
    [216, 182, 1, 152, 62, 223, 123, 194, 111, 122, 113],
    [126, 181, 152, 1, 97, 133, 35, 184, 259, 254, 264],
    [165, 232, 62, 97, 1, 169, 69, 218, 162, 174, 171],
    [138, 195, 223, 133, 169, 1, 105, 210, 282, 269, 271],
    [97, 167, 123, 35, 69, 105, 1, 156, 235, 222, 234],
    [64, 13, 194, 184, 218, 210, 156, 1, 101, 78, 87],
    [164, 88, 111, 259, 162, 282, 235, 101, 1, 24, 13],
    [131, 80, 122, 254, 174, 269, 222, 78, 24, 1, 12],
    [141, 75, 113, 264, 171, 271, 234, 87, 13, 12, 1],
];

const SIMBLOCK_NAMES: [&str; 6] =
    ["north-america", "europe", "south-america", "asia-pacific", "japan", "australia"];

/// Per ten thousand.
const SIMBLOCK_SHARES: [u64; 6] = [3_316, 4_998, 90, 1_177, 224, 195];

const SIMBLOCK_RTT_MS: [[u32; 6]; 6] = [
    [32, 124, 184, 198, 151, 189],
    [124, 11, 227, 237, 252, 294],
    [184, 227, 88, 325, 301, 322],
    [198, 237, 325, 85, 58, 198],
    [151, 252, 301, 58, 12, 126],
    [189, 294, 322, 198, 126, 16],
];

const WONDER_NAMES: [&str; 13] = [
    "new-york",
    "los-angeles",
    "chicago",
    "sao-paulo",
    "london",
    "frankfurt",
    "stockholm",
    "johannesburg",
    "singapore",
    "tokyo",
    "sydney",
    "dubai",
    "seoul",
];

/// Hundredths of a millisecond.
#[rustfmt::skip]
const WONDER_RTT_CENTI: [[u32; 13]; 13] = [
    [200, 6_870, 2_270, 13_774, 7_128, 9_690, 9_135, 24_422, 24_406, 21_517, 21_373, 19_778, 22_250],
    [6_872, 200, 5_827, 17_794, 13_096, 14_115, 15_211, 28_601, 17_293, 10_754, 14_663, 25_098, 15_596],
    [2_266, 5_839, 200, 15_122, 8_696, 11_549, 10_921, 27_556, 22_999, 15_955, 23_980, 22_688, 21_476],
    [13_882, 17_843, 15_155, 200, 20_028, 21_531, 22_721, 38_355, 36_216, 27_136, 40_209, 32_464, 30_277],
    [7_100, 13_094, 8_564, 20_053, 200, 1_452, 2_613, 17_505, 18_320, 21_691, 26_217, 26_955, 28_360],
    [9_693, 14_116, 10_818, 21_656, 1_507, 200, 2_003, 18_339, 16_410, 26_292, 30_377, 13_394, 27_902],
    [9_143, 15_204, 11_045, 22_773, 2_606, 2_022, 200, 20_769, 19_499, 28_303, 28_470, 18_660, 29_963],
    [24_418, 28_600, 27_578, 38_782, 17_505, 18_332, 20_787, 200, 31_911, 41_189, 43_360, 29_153, 42_038],
    [24_406, 17_296, 22_444, 35_779, 16_939, 16_584, 19_503, 31_917, 200, 7_405, 9_296, 8_335, 12_218],
    [21_528, 10_752, 15_848, 26_802, 21_729, 26_300, 28_254, 41_190, 7_412, 200, 11_584, 24_636, 8_152],
    [25_194, 18_493, 24_055, 40_288, 26_289, 30_267, 28_335, 43_410, 9_301, 11_479, 200, 18_763, 30_283],
    [19_767, 25_091, 22_705, 32_458, 26_981, 13_395, 18_656, 29_163, 8_327, 24_659, 18_761, 200, 39_610],
    [22_340, 15_893, 18_567, 30_438, 28_350, 27_904, 30_008, 42_026, 12_190, 8_311, 30_290, 39_629, 200],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_half_the_published_round_trips() {
        let aws = RegionTable::aws_2019();
        let of = |name: &str| aws.names().iter().position(|n| n == name).unwrap();
        assert_eq!(aws.one_way(of("oregon"), of("virginia")), Span::from_micros(40_500));
        assert_eq!(aws.one_way(of("sydney"), of("frankfurt")), Span::from_millis(141));
        assert_eq!(aws.one_way(of("tokyo"), of("tokyo")), Span::from_micros(500));
        let simblock = RegionTable::simblock_2019();
        assert_eq!(simblock.one_way(1, 5), Span::from_millis(147));
        assert_eq!(simblock.shares().iter().sum::<u64>(), 10_000);
        let wonder = RegionTable::wondernetwork_2018();
        assert_eq!(wonder.one_way(0, 1), Span::from_micros(34_350));
        assert_eq!(wonder.one_way(12, 11), Span::from_nanos(198_145_000));
        assert_eq!(wonder.one_way(4, 4), Span::from_millis(1));
    }

    #[test]
    fn the_published_tables_are_symmetric_where_they_were_published_so() {
        for (table, slack) in [
            (RegionTable::aws_2019(), 0),
            (RegionTable::simblock_2019(), 0),
            (RegionTable::wondernetwork_2018(), 20_000_000),
        ] {
            for a in 0..table.len() {
                for b in 0..table.len() {
                    let (there, back) = (table.one_way(a, b), table.one_way(b, a));
                    assert!(there.as_nanos().abs_diff(back.as_nanos()) <= slack, "{a} {b}");
                }
            }
        }
    }

    /// A known property of the measurements, so that a transposed or mistyped row is noticed.
    #[test]
    fn eleven_triangles_of_the_aws_table_are_shorter_by_a_detour() {
        let aws = RegionTable::aws_2019();
        let mut violations = 0;
        for a in 0..11 {
            for b in 0..a {
                for via in (0..11).filter(|via| *via != a && *via != b) {
                    let detour = aws.one_way(a, via) + aws.one_way(via, b);
                    violations += u32::from(detour < aws.one_way(a, b));
                }
            }
        }
        assert_eq!(violations, 11);
    }

    #[test]
    fn a_table_that_does_not_fit_together_is_refused() {
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let delays = vec![Span::from_millis(1); 4];
        assert!(RegionTable::new(names(), vec![1, 1], delays.clone()).is_ok());
        assert!(RegionTable::new(names(), vec![1], delays.clone()).is_err());
        assert!(RegionTable::new(names(), vec![0, 0], delays).is_err());
        assert!(RegionTable::new(names(), vec![1, 1], vec![Span::ZERO; 4]).is_err());
    }
}
