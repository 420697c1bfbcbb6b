//! What is drawn: churn, times, names of records, links.

use dhtlab::catalog::{DISTRIBUTIONS, KEY_SETS, LINKS};
use dhtlab::plan::churn::PRESETS;
use dhtlab::plan::law::{mean_s, written};

use crate::page::{Page, code};

const ABOUT: &str = "What the world of a run is drawn from, before any protocol runs: `[churn]`, `popularity`, `key_set`, `links` and `loss` of a scenario.";

pub(crate) fn page() -> String {
    let mut page = Page::new("Laws, churn presets, key sets and links", ABOUT);
    page.section("Churn presets");
    let hours = |law| format!("{} (mean {:.2} h)", code(&written(law)), mean_s(law) / 3_600.0);
    let rows: Vec<[String; 5]> = PRESETS
        .iter()
        .map(|one| {
            let (stays, is_away) = (hours(&one.session), hours(&one.downtime));
            [code(one.name), one.doc.into(), stays, is_away, one.source.into()]
        })
        .collect();
    page.table(["preset", "is", "session", "downtime", "source"], &rows);
    page.section("Laws of times and of popularity");
    for topic in &DISTRIBUTIONS {
        page.topic(topic);
    }
    page.section("Names of records");
    for topic in &KEY_SETS {
        page.topic(topic);
    }
    page.section("Links and loss");
    for topic in &LINKS {
        page.topic(topic);
    }
    page.end()
}
