//! What the page says of a comparison.

use super::content::{ComparisonRow, VerdictKind};
use crate::compare::{self, Comparison, Row};
use crate::num;

/// Fewer seeds than this hide most of what they should show.
const FEW: u64 = 6;

/// A sentence about each entry: `chord against kademlia: better in 6, worse in 4; n = 30 pairs.`
pub(super) fn verdicts(comparison: &Comparison) -> Vec<String> {
    let rows = sorted(comparison);
    rows.chunk_by(|a, b| a.other_number == b.other_number).map(sentence).collect()
}

fn sentence(rows: &[&Row]) -> String {
    let (first, tally) = (rows[0], compare::tally(rows));
    let points = rows.chunk_by(|a, b| a.point_number == b.point_number).count();
    let (who, each) = if points > 1 {
        (
            format!("{} against {}, over {points} points of the sweep", first.other, first.base),
            " at each",
        )
    } else {
        (format!("{} against {}", named(first), first.base), "")
    };
    let few = first.n_base.min(first.n_other) < FEW;
    let few = if few { " So few seeds show the largest differences only." } else { "" };
    format!("{who}: {tally}; n = {}{each}.{few}", first.say_n())
}

/// The other, with its point of the sweep.
fn named(row: &Row) -> String {
    let at = if row.point.is_empty() { String::new() } else { format!(" at {}", row.point) };
    format!("{}{at}", row.other)
}

fn relative(row: &Row) -> Option<String> {
    let percent = row.relative?.share * 100.0 + 0.0;
    Some(format!("{percent:+.*} %", num::decimals(percent, 2).min(2)))
}

/// The key rows, by entry and then in the order of the key table.
pub(super) fn rows(comparison: &Comparison) -> Vec<ComparisonRow> {
    sorted(comparison).into_iter().map(row).collect()
}

/// How the intervals were made.
pub(super) fn note(comparison: &Comparison) -> String {
    let mut note = compare::how(comparison);
    for notice in &comparison.notices {
        note.push_str(" Note: ");
        note.push_str(notice);
        note.push('.');
    }
    note
}

fn sorted(comparison: &Comparison) -> Vec<&Row> {
    let mut rows: Vec<&Row> = comparison.key_rows().filter(|row| row.p.is_some()).collect();
    rows.sort_by_key(|row| (row.other_number, row.point_number, row.key_place()));
    rows
}

fn row(row: &Row) -> ComparisonRow {
    let decimals = row.decimals();
    let mean = |mean: Option<f64>| {
        let shown = |m| {
            if row.interval.is_some() {
                decimals.max(num::decimals(m, 3))
            } else {
                num::decimals(m, 4)
            }
        };
        mean.map_or(String::new(), |m| format!("{m:.*}", shown(m)))
    };
    let interval = row
        .interval
        .map(|(low, high)| format!("{:+.decimals$} to {:+.decimals$}", low + 0.0, high + 0.0));
    ComparisonRow {
        metric: row.name(),
        phase: if *row.unit == *"ratio" {
            row.phase.to_string()
        } else {
            format!("{}, {}", row.unit, row.phase)
        },
        base: row.base.to_string(),
        other: named(row),
        mean_base: mean(row.mean_base),
        mean_other: mean(row.mean_other),
        difference: match row.mean_diff {
            Some(difference) => format!("{:+.decimals$}", difference + 0.0),
            None if row.verdict == compare::Verdict::NoData => String::new(),
            None => row.say_order(),
        },
        interval: interval.unwrap_or_default(),
        relative: relative(row).unwrap_or_default(),
        n: if row.n_pairs > 0 { row.n_pairs } else { row.n_base.min(row.n_other) },
        verdict: row.verdict.name().to_owned(),
        kind: kind(row),
    }
}

fn kind(row: &Row) -> VerdictKind {
    match row.verdict {
        compare::Verdict::Better => VerdictKind::Better,
        compare::Verdict::Worse => VerdictKind::Worse,
        compare::Verdict::NoDetectableDifference => VerdictKind::None,
        _ => VerdictKind::Info,
    }
}
