//! The region tables that scenarios may name. The delays themselves live with the link models.

/// A table of delays between regions.
#[derive(Debug, PartialEq, Eq)]
pub struct RegionTable {
    /// Its name in scenario files.
    pub name: &'static str,
    /// What it holds and where it was measured.
    pub doc: &'static str,
    /// Its regions, in the order of the table.
    pub regions: &'static [&'static str],
}

/// All tables; the first is the default.
pub static TABLES: [RegionTable; 3] = [
    RegionTable {
        name: "aws-2019",
        doc: "RTT between eleven AWS regions, January 2019",
        regions: &[
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
        ],
    },
    RegionTable {
        name: "simblock-2019",
        doc: "Delays between six continents, with the shares of Bitcoin nodes of 2019",
        regions: &[
            "north-america",
            "europe",
            "south-america",
            "asia-pacific",
            "japan",
            "australia",
        ],
    },
    RegionTable {
        name: "wondernetwork-2018",
        doc: "RTT between thirteen cities on six continents, November 2018",
        regions: &[
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
        ],
    },
];
