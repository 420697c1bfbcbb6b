//! What the page says of a comparison.

use super::content::{ComparisonRow, Verdict, VerdictKind};
use crate::compare::{self, Comparison, Row};
use crate::num;

/// So many sentences are read; the table has the rest.
const SENTENCES_MAX: usize = 12;

/// For each entry what it is better, worse and no different in.
pub(super) fn verdicts(comparison: &Comparison) -> Vec<Verdict> {
    let mut rows: Vec<&Row> = decided(comparison).collect();
    rows.sort_by_key(|row| (row.other_number, row.point.clone(), row.verdict, row.key_place()));
    let same = |a: &&Row, b: &&Row| {
        (a.other_number, &a.point, a.verdict) == (b.other_number, &b.point, b.verdict)
    };
    rows.chunk_by(same).take(SENTENCES_MAX).map(sentence).collect()
}

/// One verdict of one entry: `chord against kademlia: lookup.hops +1.72 [+1.71, +1.73] (+109 %); ...`.
fn sentence(rows: &[&Row]) -> Verdict {
    let first = rows[0];
    let n = first.say_n();
    let said: Vec<String> = rows.iter().map(|row| differs(row)).collect();
    let sentence =
        format!("{} against {}: {}. n = {n}.", named(first), first.base, said.join("; "));
    Verdict { sentence, kind: kind(first) }
}

/// `lookup.hops +1.72 [+1.71, +1.73] (+109 %)`.
fn differs(row: &Row) -> String {
    let Some(difference) = row.mean_diff else {
        return format!("{} {}", row.name(), row.say_order());
    };
    let decimals = row.decimals();
    let interval = row.interval.map_or(String::new(), |(low, high)| {
        format!(" [{:+.decimals$}, {:+.decimals$}]", low + 0.0, high + 0.0)
    });
    let relative = relative(row).map_or(String::new(), |relative| format!(" ({relative})"));
    format!("{} {:+.decimals$}{interval}{relative}", row.name(), difference + 0.0)
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
    let mut rows: Vec<&Row> = decided(comparison).collect();
    rows.sort_by_key(|row| (row.other_number, row.point.clone(), row.key_place()));
    rows.into_iter().map(row).collect()
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

fn decided(comparison: &Comparison) -> impl Iterator<Item = &Row> {
    comparison.key_rows().filter(|row| row.p.is_some())
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
        difference: row.mean_diff.map_or_else(
            || row.say_order(),
            |difference| format!("{:+.decimals$}", difference + 0.0),
        ),
        interval: interval.unwrap_or_default(),
        relative: relative(row).unwrap_or_default(),
        n: if row.n_pairs > 0 { row.n_pairs } else { row.n_base.min(row.n_other) },
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
