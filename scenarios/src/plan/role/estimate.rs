//! What roles are expected to do, for estimates.

use dhtlab_core::group::{BOOTSTRAP, GroupSpec};
use dhtlab_core::time::Span;

/// Operations of all roles over `duration`, among `bootstrap` bootstrap nodes, if nobody ever leaves.
pub fn operations(roles: &[GroupSpec], duration: Span, bootstrap: f64) -> f64 {
    let of_role = |role: &GroupSpec| {
        let strokes = |every: Option<Span>| every.map_or(0.0, |every| times(duration, every));
        let announce = role.announce.as_ref();
        let stores = strokes(announce.map(|job| job.every));
        let index = if announce.is_some_and(|job| job.index) { stores } else { 0.0 };
        let reads = strokes(role.watch.as_ref().map(|job| job.every));
        members(role, bootstrap) * (stores + index + reads + strokes(role.heartbeat))
    };
    roles.iter().map(of_role).sum()
}

/// Records that all roles store over `duration`, likewise.
pub fn records(roles: &[GroupSpec], duration: Span, bootstrap: f64) -> f64 {
    let of_role = |role: &GroupSpec| {
        let each = role.announce.as_ref().map_or(0.0, |job| {
            times(duration, job.every) * f64::from(job.span + u32::from(job.index))
        });
        members(role, bootstrap) * each
    };
    roles.iter().map(of_role).sum()
}

fn members(role: &GroupSpec, bootstrap: f64) -> f64 {
    if role.name == BOOTSTRAP { bootstrap } else { f64::from(role.nodes) }
}

fn times(duration: Span, every: Span) -> f64 {
    duration.as_secs_f64() / every.as_secs_f64()
}
