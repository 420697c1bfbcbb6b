//! `report.html`: one page that says what a run showed, for people.
//!
//! One file that loads nothing and needs no script: styles and drawings are inside, and its policy forbids
//! the rest. What it says is a [`Content`]; the template only decides the look. Names come from files that
//! anybody may have written, so every text is escaped; drawings come from [`crate::plot`], which escapes its
//! own. Same content, same bytes.

mod compared;
mod content;
mod drawing;
mod files;
mod fill;
mod glossary;
mod marks;
mod matrix;
mod report;
mod view;

pub use content::{
    Cell, Column, ComparisonRow, Content, Expectation, Fact, Figure, FigureData, FileRow, PhaseRow,
    Row, ScenarioLine, Status, Table, Term, VerdictKind,
};

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use crate::entry::say_seeds;
use crate::files::ReportError;
use crate::plot;

/// The name of the page in a results folder.
pub const NAME: &str = "report.html";
const TEMPLATE: &str = include_str!("page/report.html");
const STYLE: &str = include_str!("page/style.css");

/// A part of the page: what its heading and its link are called, and whether it is there.
struct Section {
    id: &'static str,
    title: &'static str,
    shown: fn(&Content) -> bool,
}

const fn section(id: &'static str, title: &'static str, shown: fn(&Content) -> bool) -> Section {
    Section { id, title, shown }
}

/// The sections, in the order of the template.
const SECTIONS: [Section; 13] = [
    section("incomplete", "What is missing", |c| !c.incomplete.is_empty()),
    section("verdicts", "Verdicts", |c| !c.verdicts.is_empty()),
    section("expectations", "Expectations", |c| !c.expectations.is_empty()),
    section("notices", "Before trusting a number", |c| !c.notices.is_empty()),
    section("numbers", "Key numbers", |c| !c.tables.is_empty()),
    section("comparison", "Comparison", |c| !c.comparisons.is_empty()),
    section("figures", "Figures", |c| !c.figures.is_empty()),
    section("phases", "Phases", |c| !c.phases.is_empty()),
    section("scenario", "Scenario", |c| !c.scenario.is_empty()),
    section("not-modelled", "What is not modelled", |c| !c.not_modelled.is_empty()),
    section("reproduce", "Reproduce", |c| !c.reproduce.is_empty() || !c.environment.is_empty()),
    section("files", "Files", |c| !c.files.is_empty()),
    section("glossary", "Glossary", |c| !c.glossary.is_empty()),
];

#[derive(Serialize)]
struct Link {
    id: &'static str,
    title: &'static str,
}

/// The page as one HTML document.
///
/// # Errors
/// When the template does not fit the content, which is a defect of this crate.
pub fn render(content: &Content) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let failed = |error: minijinja::Error| ReportError::Page {
        name: NAME.to_owned(),
        reason: format!("{error:#}"),
    };
    environment.add_template(NAME, TEMPLATE).map_err(failed)?;
    let shown = || SECTIONS.iter().filter(|section| (section.shown)(content));
    let sections: Vec<Link> = shown().map(|s| Link { id: s.id, title: s.title }).collect();
    let titles: BTreeMap<&str, &str> = shown().map(|s| (s.id, s.title)).collect();
    let figures: Vec<_> = (1..).zip(&content.figures).map(drawing::place).collect();
    let changed: Vec<_> = content.scenario.iter().filter(|l| !l.overridden_by.is_empty()).collect();
    let tables: Vec<_> = content.tables.iter().map(view::TableView::of).collect();
    let view = context! {
        css => format!("{}{STYLE}", plot::style_sheet()),
        sections => Value::from(Serde(&sections)),
        titles => Value::from(Serde(&titles)),
        at_a_glance => at_a_glance(content),
        changed => Value::from(Serde(&changed)),
        tables => Value::from(Serde(&tables)),
        pairs => Value::from(Serde(&view::pairs(&content.comparisons))),
        matrix => Value::from(Serde(&matrix::matrix(&content.comparisons))),
        figures => Value::from(Serde(&figures)),
        ..Value::from(Serde(content))
    };
    let mut page = environment.get_template(NAME).and_then(|t| t.render(view)).map_err(failed)?;
    if !page.ends_with('\n') {
        page.push('\n');
    }
    Ok(page)
}

/// What stands beside the status: protocols and seeds.
fn at_a_glance(content: &Content) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(table) = content.tables.first() {
        let points = content.points.max(1);
        let n = table.rows.len().div_ceil(points);
        facts.push(if n == 1 { "1 protocol".to_owned() } else { format!("{n} protocols") });
        if points > 1 {
            facts.push(format!("{points} points of a sweep"));
        }
    }
    match content.seeds[..] {
        [] => {}
        [only] => facts.push(format!("seed {only}")),
        [first, .., last] if last - first + 1 == content.seeds.len() as u64 => {
            facts.push(format!("{}: {first} to {last}", say_seeds(content.seeds.len())));
        }
        _ => facts.push(say_seeds(content.seeds.len())),
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_said_shortly() {
        let said =
            |seeds: &[u64]| at_a_glance(&Content { seeds: seeds.to_vec(), ..Content::default() });
        assert_eq!(said(&[]), [""; 0]);
        assert_eq!(said(&[7]), ["seed 7"]);
        assert_eq!(said(&[1, 2, 3]), ["3 seeds: 1 to 3"]);
        assert_eq!(said(&[1, 2, 4]), ["3 seeds"]);
    }

    #[test]
    fn the_template_has_every_section_and_no_other() {
        for section in &SECTIONS {
            assert!(
                TEMPLATE.contains(&format!("<section id=\"{}\"", section.id)),
                "{}",
                section.id
            );
            assert!(TEMPLATE.contains(&format!("heading(\"{}\")", section.id)), "{}", section.id);
        }
        assert_eq!(TEMPLATE.matches("<section ").count(), SECTIONS.len());
    }

    #[test]
    fn nothing_to_say_is_still_a_page() {
        let page = render(&Content::default()).unwrap();
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
        assert!(!page.contains("<section"));
    }
}
