//! What is measured.

use dhtlab_reports::metrics::{Direction, METRICS};

use crate::page::{Page, code};

const ABOUT: &str = "The rows of `metrics.csv`, what `[[expect]]` may name, and what `dhtlab list metrics` lists. A metric has one \
row for each run, phase and stat. The stat in bold is meant where none is named. Percentiles are nearest rank; one that ends in `_all` is over all \
operations, with a failure as infinitely slow, and is empty where it falls among the failures. `count` is a number of operations, whatever \
the unit. A metric that a run has no observation of has no row.";

pub(crate) fn page() -> String {
    let mut page = Page::new("Metrics", ABOUT);
    let families = METRICS.iter().map(|metric| family(metric.name));
    let mut families: Vec<&str> = families.collect();
    families.dedup();
    for name in families {
        page.section(&code(name));
        let own = METRICS.iter().filter(|metric| family(metric.name) == name);
        let rows: Vec<[String; 5]> = own
            .map(|metric| {
                let stat = |stat: &dhtlab_reports::metrics::Stat| {
                    let usual = *stat == metric.default_stat;
                    if usual { format!("**{stat}**") } else { stat.to_string() }
                };
                let stats: Vec<String> = metric.stats().iter().map(stat).collect();
                let good = match metric.direction {
                    Direction::HigherIsBetter => "more",
                    Direction::LowerIsBetter => "less",
                    Direction::Neither => "depends",
                };
                [
                    code(metric.name),
                    metric.unit.into(),
                    stats.join(", "),
                    good.into(),
                    metric.doc.into(),
                ]
            })
            .collect();
        page.table(["metric", "unit", "stats", "better", "meaning"], &rows);
    }
    page.end()
}

fn family(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
