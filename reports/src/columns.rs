//! Which columns and metrics the tables of a scenario have, whatever its runs turn out to do.
//!
//! Runs are written one by one, long before the last one is over: what tables look like is decided from
//! the scenario, so that the rows of all runs stand under one header.

use std::collections::BTreeSet;

use crate::scope::Scope;

/// The columns of a scenario's tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// What the scenario is about.
    pub scope: Scope,
    /// Parameters of any of its protocols, for the columns `param.*`.
    pub params: BTreeSet<String>,
    /// Paths that are swept, in order, for the columns `sweep.*`.
    pub axes: Vec<String>,
}
