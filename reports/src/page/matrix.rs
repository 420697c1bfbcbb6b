//! The verdicts at one look: a row for each metric, a column for each entry that was compared.

use serde::Serialize;

use super::content::ComparisonRow;

/// So many columns can be looked over; the comparison below has the rest.
const COLUMNS_MAX: usize = 12;

/// The comparisons, turned.
#[derive(Debug, Serialize)]
pub(super) struct Matrix<'a> {
    base: &'a str,
    others: Vec<Head<'a>>,
    rows: Vec<Line<'a>>,
    /// Entries without a column.
    left_out: usize,
}

/// Over a column.
#[derive(Debug, PartialEq, Serialize)]
struct Head<'a> {
    name: &'a str,
    /// The point of the sweep; may be empty.
    point: &'a str,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    metric: &'a str,
    phase: &'a str,
    /// One for each column; `None` where nothing could be compared.
    cells: Vec<Option<&'a ComparisonRow>>,
}

/// `None` where there is nothing to compare.
pub(super) fn matrix<'a>(comparisons: &'a [ComparisonRow]) -> Option<Matrix<'a>> {
    let base = comparisons.first()?.base.as_str();
    let mut others: Vec<&str> = Vec::new();
    for row in comparisons {
        if !others.contains(&row.other.as_str()) {
            others.push(&row.other);
        }
    }
    let left_out = others.len().saturating_sub(COLUMNS_MAX);
    others.truncate(COLUMNS_MAX);
    let mut rows: Vec<Line<'_>> = Vec::new();
    for row in comparisons {
        let Some(column) = others.iter().position(|other| *other == row.other) else { continue };
        let same = |line: &Line<'_>| line.metric == row.metric && line.phase == row.phase;
        let at = rows.iter().position(same).unwrap_or_else(|| {
            let cells = vec![None; others.len()];
            rows.push(Line { metric: &row.metric, phase: &row.phase, cells });
            rows.len() - 1
        });
        rows[at].cells[column] = Some(row);
    }
    let head = |other: &'a str| {
        let (name, point) = other.split_once(" at ").unwrap_or((other, ""));
        Head { name, point }
    };
    Some(Matrix { base, others: others.into_iter().map(head).collect(), rows, left_out })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::VerdictKind;

    fn row(metric: &str, other: String) -> ComparisonRow {
        ComparisonRow {
            metric: metric.into(),
            phase: "measure".into(),
            base: "a".into(),
            other,
            mean_base: String::new(),
            mean_other: String::new(),
            difference: "+1".into(),
            interval: String::new(),
            relative: String::new(),
            n: 1,
            verdict: "better".into(),
            kind: VerdictKind::Better,
        }
    }

    #[test]
    fn every_comparison_has_its_cell() {
        let rows = [row("m", "b".into()), row("n", "b".into()), row("n", "c at k=8".into())];
        let found = matrix(&rows).unwrap();
        let heads = [Head { name: "b", point: "" }, Head { name: "c", point: "k=8" }];
        assert_eq!((found.base, &found.others[..], found.left_out), ("a", &heads[..], 0));
        let there: Vec<Vec<bool>> = found
            .rows
            .iter()
            .map(|line| line.cells.iter().map(Option::is_some).collect())
            .collect();
        assert_eq!(there, [[true, false], [true, true]]);
        assert!(matrix(&[]).is_none());
    }

    #[test]
    fn too_many_columns_are_counted() {
        let rows: Vec<ComparisonRow> = (0..15).map(|nth| row("m", format!("b{nth}"))).collect();
        let found = matrix(&rows).unwrap();
        assert_eq!((found.others.len(), found.left_out), (12, 3));
        assert_eq!(found.rows[0].cells.len(), 12);
    }
}
