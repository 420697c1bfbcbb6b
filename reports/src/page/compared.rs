//! What the page says of a comparison.

use super::content::{ComparisonRow, Verdict, VerdictKind};
use crate::compare::{self, Comparison, Row};
use crate::num;

/// So many sentences are read; the table has the rest.
const SENTENCES_MAX: usize = 12;

/// Differences that were found first, in the order of the key table.
pub(super) fn verdicts(comparison: &Comparison) -> Vec<Verdict> {
    let mut rows: Vec<&Row> = decided(comparison).collect();
    rows.sort_by_key(|row| (kind(row) == VerdictKind::None, row.key_place(), row.other_number));
    let sentence = |row: &&Row| Verdict { sentence: row.say(), kind: kind(row) };
    rows.iter().take(SENTENCES_MAX).map(sentence).collect()
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
        mean.map_or(String::new(), |m| format!("{m:.*}", decimals.max(num::decimals(m, 3))))
    };
    let interval = row
        .interval
        .map(|(low, high)| format!("{:+.decimals$} to {:+.decimals$}", low + 0.0, high + 0.0));
    let relative = row.relative.map(|relative| {
        let percent = relative.share * 100.0 + 0.0;
        format!("{percent:+.*} %", num::decimals(percent, 2).min(2))
    });
    let at = if row.point.is_empty() { String::new() } else { format!(" at {}", row.point) };
    ComparisonRow {
        metric: format!("{} ({})", row.name(), row.unit),
        phase: row.phase.to_string(),
        base: row.base.to_string(),
        other: format!("{}{at}", row.other),
        mean_base: mean(row.mean_base),
        mean_other: mean(row.mean_other),
        difference: row.mean_diff.map_or_else(
            || row.say_order(),
            |difference| format!("{:+.decimals$}", difference + 0.0),
        ),
        interval: interval.unwrap_or_default(),
        relative: relative.unwrap_or_default(),
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
