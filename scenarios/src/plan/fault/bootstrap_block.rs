//! Someone keeps newcomers from the bootstrap nodes.

use dhtlab_core::ratio::Ratio;

use super::Ground;
use crate::catalog::{Param, Topic};
use crate::diag::Diagnostic;
use crate::plan::Context;
use crate::schema::{Section, scalar};

/// Messages between the scope and the blocked bootstrap nodes are dropped while the phase lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapBlock {
    /// Which share of the bootstrap nodes is blocked.
    pub share: Ratio,
    /// For whom.
    pub scope: Scope,
    /// May a node that comes back use the peers it saved when it left?
    pub saved_peers: bool,
}

/// For whom bootstrap nodes are blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For everybody.
    Everyone,
    /// For the nodes of one region.
    Region(String),
    /// For nodes whose session began after the phase did.
    Joiners,
}

/// What `explain` says.
pub(super) static TOPIC: Topic = Topic {
    name: "bootstrap-block",
    summary: "a censor drops all messages to and from some bootstrap nodes",
    detail: "While the phase lasts, nothing passes in either direction between the scope and the blocked \
             bootstrap nodes. They go on working among the others. A join is possible as long as one live \
             server is known and reachable: another bootstrap node, or a peer saved from before.",
    params: &[
        Param {
            name: "share",
            unit: "share",
            default: "100%",
            range: "0% to 100%",
            doc: "which share of the bootstrap nodes is blocked; `all = true` says the same as 100%",
        },
        Param {
            name: "all",
            unit: "bool",
            default: "false",
            range: "true or false",
            doc: "block every bootstrap node; instead of `share`",
        },
        Param {
            name: "scope",
            unit: "choice",
            default: "everyone",
            range: "everyone, region, joiners",
            doc: "for whom: all nodes, the nodes of `region`, or nodes that begin a session in the phase",
        },
        Param {
            name: "region",
            unit: "name",
            default: "none",
            range: "a region of the links",
            doc: "the region, with scope = \"region\"",
        },
        Param {
            name: "saved_peers",
            unit: "bool",
            default: "true",
            range: "true or false",
            doc: "may nodes that come back use what they saved; false: all are fresh installations",
        },
    ],
    source: "reports of blocked bootstrap nodes; dht_study's claim that blocking stops all joins",
};

impl BootstrapBlock {
    pub(super) fn read(section: &Section<'_>, context: &Context<'_>, ground: Ground<'_>) -> Self {
        let share = section.read("share", scalar::share);
        let all = section.read_or("all", false, scalar::flag);
        if all && section.has("share") {
            context.excluded(section, "share", "all", "all of them are blocked");
        }
        let scope = section.read("scope", |item| {
            scalar::choice(item, "scope", &["everyone", "region", "joiners"])
        });
        let region = section.read("region", |item| super::region(item, ground));
        if section.has("region") && scope != Some("region") {
            context.sink.report(
                Diagnostic::error("E019", "`region` has a meaning only with scope = \"region\"")
                    .at(section.place_of("region"), "remove this, or set the scope"),
            );
        }
        let scope = match scope {
            Some("joiners") => Scope::Joiners,
            Some("region") => {
                section.require("region", "\"frankfurt\"", |_| Ok(()));
                Scope::Region(region.unwrap_or_default())
            }
            _ => Scope::Everyone,
        };
        let saved_peers = section.read_or("saved_peers", true, scalar::flag);
        let share = if all { Ratio::ONE } else { share.unwrap_or(Ratio::ONE) };
        Self { share, scope, saved_peers }
    }

    pub(super) fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("share".to_owned(), self.share.to_string().into());
        let scope = match &self.scope {
            Scope::Everyone => "everyone",
            Scope::Region(_) => "region",
            Scope::Joiners => "joiners",
        };
        table.insert("scope".to_owned(), scope.into());
        if let Scope::Region(region) = &self.scope {
            table.insert("region".to_owned(), region.as_str().into());
        }
        table.insert("saved_peers".to_owned(), self.saved_peers.into());
        table
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (&self.scope, &other.scope) {
            (Scope::Region(a), Scope::Region(b)) => a == b,
            _ => true,
        }
    }
}
