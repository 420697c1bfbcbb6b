//! The network falls into two sides.

use dhtlab_core::ratio::Ratio;

use super::Ground;
use crate::catalog::{Param, Topic};
use crate::diag::Diagnostic;
use crate::plan::Context;
use crate::schema::{Section, scalar};

/// Nothing passes between two sides while the phase lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Who is cut off.
    pub sides: Sides,
    /// Which way is cut.
    pub direction: Direction,
    /// What becomes of messages on their way when the cut begins.
    pub in_flight: InFlight,
}

/// Who is cut off from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sides {
    /// This share of the nodes, drawn once.
    Share(Ratio),
    /// All nodes of these regions.
    Regions(Vec<String>),
}

/// Which way is cut, seen from those cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both.
    Both,
    /// They cannot send to the others.
    Out,
    /// The others cannot send to them.
    In,
}

/// What becomes of messages on their way when the cut begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InFlight {
    /// They are lost.
    Cut,
    /// They arrive.
    Pass,
}

/// What `explain` says.
pub(super) static TOPIC: Topic = Topic {
    name: "partition",
    summary: "two sides cannot reach each other until the phase ends",
    detail: "While the phase lasts, nothing passes between the nodes cut off and all others. Each side \
             converges to a network of its own; whether they grow together afterwards depends on which \
             contacts of the other side survive in tables.",
    params: &[
        Param {
            name: "share",
            unit: "share",
            default: "required, unless regions are given",
            range: "0% to 100%",
            doc: "which share of the nodes is cut off",
        },
        Param {
            name: "region",
            unit: "name",
            default: "none",
            range: "a region of the links",
            doc: "the nodes of this region are cut off; instead of `share`",
        },
        Param {
            name: "regions",
            unit: "list of names",
            default: "none",
            range: "regions of the links",
            doc: "the nodes of these regions are cut off; instead of `share`",
        },
        Param {
            name: "direction",
            unit: "choice",
            default: "both",
            range: "both, out, in",
            doc: "which way is cut, seen from those cut off",
        },
        Param {
            name: "in_flight",
            unit: "choice",
            default: "cut",
            range: "cut, pass",
            doc: "what becomes of messages on their way when the cut begins",
        },
    ],
    source: "the usual model of a network split",
};

impl Partition {
    pub(super) fn read(
        section: &Section<'_>,
        context: &Context<'_>,
        ground: Ground<'_>,
    ) -> Option<Self> {
        let sides = read_sides(section, context, ground);
        let direction = section.read_or("direction", "both", |item| {
            scalar::choice(item, "direction", &["both", "out", "in"])
        });
        let in_flight = section.read_or("in_flight", "cut", |item| {
            scalar::choice(item, "in_flight", &["cut", "pass"])
        });
        let direction = match direction {
            "out" => Direction::Out,
            "in" => Direction::In,
            _ => Direction::Both,
        };
        let in_flight = if in_flight == "pass" { InFlight::Pass } else { InFlight::Cut };
        sides.map(|sides| Self { sides, direction, in_flight })
    }

    pub(super) fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        match &self.sides {
            Sides::Share(share) => {
                table.insert("share".to_owned(), share.to_string().into());
            }
            Sides::Regions(regions) => {
                let regions = regions.iter().map(|name| name.as_str().into()).collect();
                table.insert("regions".to_owned(), toml::Value::Array(regions));
            }
        }
        let direction = match self.direction {
            Direction::Both => "both",
            Direction::Out => "out",
            Direction::In => "in",
        };
        table.insert("direction".to_owned(), direction.into());
        let in_flight = if self.in_flight == InFlight::Cut { "cut" } else { "pass" };
        table.insert("in_flight".to_owned(), in_flight.into());
        table
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (&self.sides, &other.sides) {
            (Sides::Regions(a), Sides::Regions(b)) => a.iter().any(|name| b.contains(name)),
            _ => true,
        }
    }
}

fn read_sides(section: &Section<'_>, context: &Context<'_>, ground: Ground<'_>) -> Option<Sides> {
    let share = section.read("share", scalar::share).map(Sides::Share);
    let one = section
        .read("region", |item| super::region(item, ground).map(|name| Sides::Regions(vec![name])));
    let many = section.read("regions", |item| {
        scalar::list(item, |item| super::region(item, ground)).map(Sides::Regions)
    });
    let written: Vec<&str> =
        ["share", "region", "regions"].into_iter().filter(|name| section.has(name)).collect();
    match written.as_slice() {
        [] => {
            context.sink.report(
                Diagnostic::error("E003", "a partition needs `share`, `region` or `regions`")
                    .at(section.place(), "who is cut off?")
                    .help("add share = \"50%\" or regions = [\"tokyo\", \"seoul\"]"),
            );
        }
        [first, .., last] => context.excluded(section, last, first, "each says who is cut off"),
        [_] => {}
    }
    share.or(one).or(many)
}
