//! Many nodes crash at the same instant: a power cut, a bad release.

use dhtlab_core::ratio::Ratio;

use super::Ground;
use crate::catalog::{Param, Topic};
use crate::plan::Context;
use crate::schema::{Section, scalar};

/// Nodes crash when the phase begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashStorm {
    /// Which share of the nodes that are up (of the region, if there is one).
    pub share: Ratio,
    /// Only nodes of this region.
    pub region: Option<String>,
    /// Do they come back, with what they had saved, when the phase ends?
    pub returns: bool,
}

/// What `explain` says.
pub(super) static TOPIC: Topic = Topic {
    name: "crash-storm",
    summary: "a share of the nodes crashes at once and says nothing",
    detail: "When the phase begins, the chosen nodes crash at the same instant. Nobody is told: others \
             notice by timeouts only. Bootstrap nodes are among the candidates.",
    params: &[
        Param {
            name: "share",
            unit: "share",
            default: "required",
            range: "0% to 100%",
            doc: "which share of the nodes that are up crashes",
        },
        Param {
            name: "region",
            unit: "name",
            default: "everywhere",
            range: "a region of the links",
            doc: "only nodes of this region",
        },
        Param {
            name: "returns",
            unit: "bool",
            default: "true if the phase has `for`, else false",
            range: "true or false",
            doc: "do they come back when the phase ends, with what they had saved",
        },
    ],
    source: "models of correlated failures, such as a hoster or a country going dark",
};

impl CrashStorm {
    pub(super) fn read(
        section: &Section<'_>,
        context: &Context<'_>,
        ground: Ground<'_>,
    ) -> Option<Self> {
        let share = section.require("share", "\"50%\"", scalar::share);
        let region = section.read("region", |item| super::region(item, ground));
        let returns = section.read_or("returns", ground.ends, scalar::flag);
        if returns && !ground.ends {
            crate::plan::phase::needs_end(section, context, "returns");
        }
        share.map(|share| Self { share, region, returns })
    }

    pub(super) fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("share".to_owned(), self.share.to_string().into());
        if let Some(region) = &self.region {
            table.insert("region".to_owned(), region.as_str().into());
        }
        table.insert("returns".to_owned(), self.returns.into());
        table
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (&self.region, &other.region) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        }
    }
}
