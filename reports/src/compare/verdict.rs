//! The words: what is thought of a row, how it was judged, and with which others.

use serde::Serialize;

/// Rows whose verdicts are adjusted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// What a reader looks at first, or asked for by name.
    Key,
    /// All the rest.
    #[default]
    Further,
}

impl Family {
    /// Its name in `compare.csv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Further => "further",
        }
    }
}

/// How a difference was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Student's t over the differences within pairs.
    PairedT,
    /// Welch's t between independent samples.
    Welch,
    /// The sign test over pairs, some of which have no number.
    Sign,
    /// The rank-sum test between independent samples, some of which have no number.
    RankSum,
}

impl Method {
    /// Its name in `compare.csv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PairedT => "paired-t",
            Self::Welch => "welch",
            Self::Sign => "sign",
            Self::RankSum => "rank-sum",
        }
    }
}

/// What is to be thought of the other, against the base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Verdict {
    /// It is better.
    #[serde(rename = "better")]
    Better,
    /// It is worse.
    #[serde(rename = "worse")]
    Worse,
    /// It is higher, of a metric that is neither good nor bad.
    #[serde(rename = "higher")]
    Higher,
    /// It is lower, of a metric that is neither good nor bad.
    #[serde(rename = "lower")]
    Lower,
    /// A difference may be there, but these runs do not show it.
    #[serde(rename = "no detectable difference")]
    NoDetectableDifference,
    /// One pair, or values without a number of a metric that is neither good nor bad.
    #[serde(rename = "undecided")]
    Undecided,
    /// One side or both have no number at all.
    #[default]
    #[serde(rename = "no data")]
    NoData,
}

impl Verdict {
    /// All of them, in the order of the text.
    pub const ALL: [Self; 7] = [
        Self::Better,
        Self::Worse,
        Self::Higher,
        Self::Lower,
        Self::NoDetectableDifference,
        Self::Undecided,
        Self::NoData,
    ];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::NoDetectableDifference => "no detectable difference",
            Self::Undecided => "undecided",
            Self::NoData => "no data",
        }
    }
}
