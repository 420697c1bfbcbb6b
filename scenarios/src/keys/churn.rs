//! Keys of churn.

use super::{Key, KeyTable, Kind, REQUIRED, key};
use crate::plan::{churn, law};

pub(super) static TABLES: [KeyTable; 4] = [
    KeyTable {
        path: "churn",
        doc: "When nodes come and go: a measured preset, two laws, or a trace.",
        example: "[churn]\npreset = \"ipfs-2022\"",
        keys: &[
            key("preset", Kind::ChurnPreset, "none", "measured laws; both may be replaced below"),
            key(
                "session",
                Kind::Table("churn.session"),
                "that of the preset",
                "how long a node stays",
            ),
            key(
                "downtime",
                Kind::Table("churn.downtime"),
                "that of the preset",
                "how long until it comes back, or another takes its place",
            ),
            key(
                "mode",
                Kind::Choice(&churn::MODES),
                "rejoin",
                "rejoin: the same node comes back; replace: a new one; arrivals: new ones at a rate",
            ),
            key("trace", Kind::Text, "none", "a file of `node,up,down` instead of laws"),
            key("graceful", Kind::Share, "0%", "share of sessions that end with a good-bye"),
            key("stable_core", Kind::Share, "0%", "share of nodes that are always up"),
            key("diurnal", Kind::Table("churn.diurnal"), "none", "arrivals over the day"),
        ],
    },
    KeyTable {
        path: "churn.session",
        doc: "The law of how long nodes stay.",
        example: "session = { law = \"weibull\", shape = 0.608, scale = \"3.66h\" }",
        keys: &LAW,
    },
    KeyTable {
        path: "churn.downtime",
        doc: "The law of how long nodes stay away.",
        example: "downtime = { law = \"exponential\", mean = \"1h\" }",
        keys: &LAW,
    },
    KeyTable {
        path: "churn.diurnal",
        doc: "Arrivals follow the day: rate times 1 + amplitude * cos(2 pi (t - peak) / period).",
        example: "diurnal = { amplitude = \"20%\" }",
        keys: &[
            key("amplitude", Kind::Share, REQUIRED, "how far the rate swings; below 100%"),
            key("period", Kind::Time, "24h", "the length of a day; 1h to 400d"),
            key("peak", Kind::Time, "0s", "when arrivals peak, after the start of the run"),
        ],
    },
];

static LAW: [Key; 9] = [
    key("law", Kind::Choice(&law::LAWS), REQUIRED, "the law; see `dhtlab list distributions`"),
    key("value", Kind::Time, "required for constant", "the time"),
    key("min", Kind::Time, "required for uniform", "the shortest"),
    key("max", Kind::Time, "required for uniform", "the longest"),
    key("mean", Kind::Time, "required for exponential", "the mean"),
    key("shape", Kind::Real(0.1, 100.0), "required for weibull and lomax", "the shape"),
    key("scale", Kind::Time, "required for weibull and lomax", "the scale"),
    key("median", Kind::Time, "required for lognormal", "half are shorter"),
    key("sigma", Kind::Real(0.01, 5.0), "required for lognormal", "spread of the logarithm"),
];
