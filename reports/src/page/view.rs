//! Tables as the template takes them: what is the same in every cell or row is said once.

use serde::Serialize;

use super::content::{Column, ComparisonRow, Row, Table};

/// A table, and the number of seeds when it is the same behind every number.
#[derive(Debug, Serialize)]
pub(super) struct TableView<'a> {
    title: &'a str,
    caption: &'a str,
    columns: &'a [Column],
    rows: &'a [Row],
    n: Option<u64>,
}

impl<'a> TableView<'a> {
    pub(super) fn of(table: &'a Table) -> Self {
        let cells = || table.rows.iter().flat_map(|row| &row.cells).filter(|c| !c.value.is_empty());
        let n = cells().next().map(|first| first.n).filter(|n| cells().all(|cell| cell.n == *n));
        Self {
            title: &table.title,
            caption: &table.caption,
            columns: &table.columns,
            rows: &table.rows,
            n,
        }
    }
}

/// The comparisons of one entry with another.
#[derive(Debug, Serialize)]
pub(super) struct Pair<'a> {
    base: &'a str,
    other: &'a str,
    rows: Vec<&'a ComparisonRow>,
}

/// Rows by the pair they compare, in the order in which the pairs first occur.
pub(super) fn pairs(comparisons: &[ComparisonRow]) -> Vec<Pair<'_>> {
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for row in comparisons {
        match pairs.iter_mut().find(|pair| pair.base == row.base && pair.other == row.other) {
            Some(pair) => pair.rows.push(row),
            None => pairs.push(Pair { base: &row.base, other: &row.other, rows: vec![row] }),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Cell, VerdictKind};

    #[test]
    fn a_common_n_is_found() {
        let cell = |value: &str, n| Cell { value: value.into(), half_width: String::new(), n };
        let row = |cells| Row { label: "a".into(), variant: String::new(), series: None, cells };
        let mut table = Table {
            title: String::new(),
            caption: String::new(),
            columns: Vec::new(),
            rows: vec![row(vec![cell("1", 3), cell("", 0)]), row(vec![cell("2", 3)])],
        };
        assert_eq!(TableView::of(&table).n, Some(3));
        table.rows[1].cells[0].n = 2;
        assert_eq!(TableView::of(&table).n, None);
    }

    #[test]
    fn rows_stand_with_their_pair() {
        let row = |base: &str, other: &str| ComparisonRow {
            metric: "m".into(),
            phase: String::new(),
            base: base.into(),
            other: other.into(),
            mean_base: String::new(),
            mean_other: String::new(),
            difference: String::new(),
            interval: String::new(),
            relative: String::new(),
            n: 1,
            verdict: String::new(),
            kind: VerdictKind::None,
        };
        let rows = [row("a", "b"), row("a", "c"), row("a", "b")];
        let found: Vec<_> = pairs(&rows).iter().map(|p| (p.base, p.other, p.rows.len())).collect();
        assert_eq!(found, [("a", "b", 2), ("a", "c", 1)]);
    }
}
