//! A comparison as aligned text: verdicts first, then the numbers behind them.

use super::row::Row;
use super::verdict::Verdict;
use super::{Comparison, Method};
use crate::num;
use crate::summary::text::{cut, pad, wrap};
use crate::summary::{Style, WIDTH};

/// Room between two columns.
const GAP: usize = 2;
/// The least room for the name of a metric.
const NAME_MIN: usize = 16;

pub(super) fn render(comparison: &Comparison, style: Style) -> String {
    let mut lines = heading(comparison, style);
    let layout = Layout::of(comparison);
    let mut groups: Vec<(usize, usize)> =
        comparison.key_rows().map(|row| (row.other_number, row.point_number)).collect();
    groups.dedup();
    for group in groups {
        let of_group = |row: &&Row| (row.other_number, row.point_number) == group;
        let mut rows: Vec<&Row> = comparison.key_rows().filter(of_group).collect();
        rows.sort_by_key(|row| (row.verdict, row.key_place()));
        lines.push(String::new());
        lines.extend(block(&rows, &layout, style));
    }
    if !comparison.notices.is_empty() {
        lines.push(String::new());
    }
    for notice in &comparison.notices {
        lines.extend(wrap(&format!("note: {notice}"), WIDTH, "  "));
    }
    let mut text: String = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

fn heading(comparison: &Comparison, style: Style) -> Vec<String> {
    let base = comparison.sides.get(comparison.base - 1).map_or("", |label| label);
    let title = format!(
        "{}: {}, against [{}] {base}",
        comparison.scenario, comparison.phase, comparison.base
    );
    let mut lines: Vec<String> =
        wrap(&title, WIDTH, "  ").iter().map(|line| style.bold(line)).collect();
    let note = how(comparison);
    lines.extend(wrap(&note, WIDTH, "").iter().map(|line| style.dim(line)));
    lines
}

/// How intervals and verdicts were made.
pub(super) fn how(comparison: &Comparison) -> String {
    let asked = comparison.key_rows().filter(|row| row.p.is_some()).count();
    if asked == 0 {
        return "Differences are other minus base. No row could be judged: one pair gives neither an \
            interval nor a verdict; five seeds show large differences, thirty show small ones."
            .to_owned();
    }
    let has = |method: Method| comparison.key_rows().any(|row| row.method == Some(method));
    let how = match (has(Method::PairedT), has(Method::Welch)) {
        (_, false) => "Student t over pairs of runs in the same world",
        (false, true) => "Welch's t between independent runs",
        (true, true) => {
            "Student t over pairs of runs in the same world, Welch's t where there are none"
        }
    };
    let plural = if asked == 1 { "" } else { "s" };
    format!(
        "Differences are other minus base, with 95 % intervals ({how}), each for itself. Verdicts are \
        adjusted by Holm over the {asked} comparison{plural} of this table: the chance of any false one \
        is at most 5 %. So an interval may leave out zero where no difference is called detectable. \
        Hops and the like are of operations that succeeded; *_all counts failures as infinite."
    )
}

/// How often each verdict was given: `better in 6, worse in 4`.
pub(crate) fn tally(rows: &[&Row]) -> String {
    let said = |verdict: Verdict| {
        let n = rows.iter().filter(|row| row.verdict == verdict).count();
        (n > 0 && verdict != Verdict::NoData).then(|| format!("{} in {n}", verdict.name()))
    };
    let counts: Vec<String> = Verdict::ALL.into_iter().filter_map(said).collect();
    counts.join(", ")
}

/// Widths of the columns, the same in all blocks.
struct Layout {
    name: usize,
    widths: [usize; 6],
}

const HEADS: [&str; 6] = ["base", "other", "difference", "95 % interval", "relative", "n"];

impl Layout {
    fn of(comparison: &Comparison) -> Self {
        let mut widths = HEADS.map(str::len);
        let mut longest = NAME_MIN;
        for row in comparison.key_rows() {
            longest = longest.max(row.name().chars().count());
            for (width, cell) in widths.iter_mut().zip(cells(row)) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let taken: usize = widths.iter().map(|width| width + GAP).sum();
        let name = longest.min(WIDTH.saturating_sub(taken + 4)).max(NAME_MIN);
        Self { name, widths }
    }

    fn line(&self, name: &str, cells: &[String; 6]) -> String {
        let mut line = format!("    {}", pad(&cut(name, self.name), self.name));
        for (cell, width) in cells.iter().zip(self.widths) {
            line.push_str(&" ".repeat((GAP + width).saturating_sub(cell.chars().count())));
            line.push_str(cell);
        }
        line
    }
}

fn block(rows: &[&Row], layout: &Layout, style: Style) -> Vec<String> {
    let Some(first) = rows.first() else { return Vec::new() };
    let at = if first.point.is_empty() { String::new() } else { format!(" at {}", first.point) };
    let title = format!("[{}] {}{at}: {}", first.other_number, first.other, tally(rows));
    let mut lines: Vec<String> = wrap(&title, WIDTH, "  ").iter().map(|l| style.bold(l)).collect();
    lines.push(style.dim(&layout.line("", &HEADS.map(str::to_owned))));
    for verdict in Verdict::ALL {
        let of_verdict: Vec<&&Row> = rows.iter().filter(|row| row.verdict == verdict).collect();
        if of_verdict.is_empty() {
            continue;
        }
        if verdict == Verdict::NoData {
            let names: Vec<String> = of_verdict.iter().map(|row| row.name()).collect();
            let said = format!("  no number to compare: {}", names.join(", "));
            lines.extend(wrap(&said, WIDTH, "    "));
            continue;
        }
        lines.push(style.bold(&format!("  {}", verdict.name())));
        for row in of_verdict {
            lines.push(layout.line(&row.name(), &cells(row)));
            lines.extend(
                asides(row).map(|aside| style.dim(&format!("      {}", cut(&aside, WIDTH - 6)))),
            );
        }
    }
    lines
}

fn cells(row: &Row) -> [String; 6] {
    let decimals = row.decimals();
    let mean = |mean: Option<f64>| {
        mean.map_or("-".to_owned(), |mean| {
            format!("{mean:.*}", decimals.max(num::decimals(mean, 3)))
        })
    };
    let difference = row.mean_diff.map_or("-".to_owned(), |d| format!("{:+.decimals$}", d + 0.0));
    let interval = row.interval.map_or("-".to_owned(), |(low, high)| {
        format!("{:+.decimals$} to {:+.decimals$}", low + 0.0, high + 0.0)
    });
    let relative = row.relative.map_or("-".to_owned(), |relative| {
        let percent = relative.share * 100.0 + 0.0;
        format!("{percent:+.*} %", num::decimals(percent, 2).min(2))
    });
    let n = match row.n_pairs {
        0 => format!("{}|{}", row.n_base, row.n_other),
        pairs => pairs.to_string(),
    };
    [mean(row.mean_base), mean(row.mean_other), difference, interval, relative, n]
}

/// What the numbers of a row cannot say.
fn asides(row: &Row) -> impl Iterator<Item = String> {
    let order = row.mean_diff.is_none().then(|| row.say_order());
    let missing = row.say_missing();
    let nothing = (row.unobserved > 0).then(|| {
        let what = if row.n_pairs > 0 { "pairs" } else { "runs" };
        format!("nothing to observe in {} further {what}", row.unobserved)
    });
    order.into_iter().chain(missing).chain(nothing)
}
