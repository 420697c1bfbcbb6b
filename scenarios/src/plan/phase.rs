//! Phases: named stretches of a run, with or without a fault.

use dhtlab_core::time::Span;

use super::Context;
use crate::diag::{Diagnostic, Problem};
use crate::plan::fault::{self, FaultPlan, Ground};
use crate::schema::{Item, Place, Section, scalar};

/// A named stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhasePlan {
    /// Its name; metrics are given for it.
    pub name: String,
    /// When it begins.
    pub at: Span,
    /// How long it lasts; `None`: to the end of the run.
    pub length: Option<Span>,
    /// What happens in it.
    pub fault: Option<FaultPlan>,
}

/// Phases that every run has.
pub const BUILTIN: [&str; 2] = ["warmup", "measure"];

impl PhasePlan {
    /// When it ends in a run of `duration`.
    pub fn end(&self, duration: Span) -> Span {
        self.length.map_or(duration, |length| self.at + length)
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("name".to_owned(), self.name.as_str().into());
        table.insert("at".to_owned(), super::shown(&self.at));
        if let Some(length) = self.length {
            table.insert("for".to_owned(), super::shown(&length));
        }
        if let Some(fault) = &self.fault {
            table.insert("fault".to_owned(), fault.name().into());
            table.extend(fault.resolved());
        }
        table
    }
}

/// Reads every `[[phase]]`.
pub fn read_all(
    root: &Section<'_>,
    context: &Context<'_>,
    regions: Option<&[String]>,
) -> Vec<PhasePlan> {
    let sections = root.sections("phase");
    let mut read: Vec<(PhasePlan, Place, Place)> = Vec::new();
    for section in sections {
        let places = (section.place_of("name"), section.place_of("at"));
        if let Some(phase) = read_one(section, context, regions) {
            read.push((phase, places.0, places.1));
        }
    }
    for later in 1..read.len() {
        for earlier in 0..later {
            compare(&read[earlier], &read[later], context);
        }
    }
    read.into_iter().map(|(phase, _, _)| phase).collect()
}

fn compare(
    (a, a_name, a_at): &(PhasePlan, Place, Place),
    (b, b_name, b_at): &(PhasePlan, Place, Place),
    context: &Context<'_>,
) {
    if a.name == b.name {
        context.sink.report(
            Diagnostic::error("E014", format!("two phases are called `{}`", b.name))
                .at(*b_name, "rename this")
                .with(*a_name, "the other"),
        );
    }
    let end = |phase: &PhasePlan| phase.length.map_or(Span::MAX, |length| phase.at + length);
    let both = a.at < end(b) && b.at < end(a);
    let (Some(one), Some(other)) = (&a.fault, &b.fault) else { return };
    if both && one.clashes(other) {
        let message = format!(
            "the phases `{}` and `{}` do the same to the same nodes at the same time",
            a.name, b.name
        );
        context.sink.report(
            Diagnostic::error("E012", message)
                .at(*b_at, format!("`{}` begins while `{}` lasts", b.name, a.name))
                .with(*a_at, format!("`{}` lasts from {} to {}", a.name, a.at, shown_end(a)))
                .help("let one begin when the other has ended, or aim them at different regions"),
        );
    }
}

fn shown_end(phase: &PhasePlan) -> String {
    phase.length.map_or("the end".to_owned(), |length| (phase.at + length).to_string())
}

fn read_one(
    section: Section<'_>,
    context: &Context<'_>,
    regions: Option<&[String]>,
) -> Option<PhasePlan> {
    let name = section.require("name", "\"outage\"", read_name);
    let at = section.require("at", "\"1h\"", |item| context.within_run(item));
    let length = section.read("for", |item| {
        let length = scalar::some_span(item)?;
        match (context.duration, at) {
            (Some(duration), Some(at)) if at + length > duration => {
                let end = at + length;
                Err(Diagnostic::error("E011", format!("this phase ends at {end}, after the run"))
                    .at(item.place, format!("permitted: at most {}", duration.saturating_sub(at)))
                    .help("shorten it, lengthen `duration`, or leave out `for`: it then lasts to the end"))
            }
            _ => Ok(length),
        }
    });
    let kind = section.read("fault", |item| scalar::choice(item, "fault", &fault::NAMES));
    let ground = Ground { regions, ends: section.has("for") };
    let fault = kind.and_then(|kind| FaultPlan::read(kind, &section, context, ground));
    if kind.is_none() && section.has("fault") {
        // The fault is unknown: its parameters cannot be judged.
        section.table().entries.iter().for_each(|entry| section.allow(&entry.name));
    }
    let complete = kind.is_none() || fault.is_some();
    section.finish();
    let (name, at) = name.zip(at)?;
    complete.then_some(PhasePlan { name, at, length, fault })
}

fn read_name(item: &Item) -> Result<String, Problem> {
    let name = scalar::text(item)?;
    if BUILTIN.contains(&name.as_str()) {
        return Err(Diagnostic::error("E014", format!("every run has a phase called `{name}`"))
            .at(item.place, "take another name"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Diagnostic::error(
            "E008",
            "a phase is called 1 to 64 letters, digits, `-`, `_` or `.`",
        )
        .at(item.place, "not a name"));
    }
    Ok(name)
}

/// Reports that `name` speaks of the end of a phase that has none.
pub(crate) fn needs_end(section: &Section<'_>, context: &Context<'_>, name: &str) {
    context.sink.report(
        Diagnostic::error("E003", "this phase does not end before the run")
            .at(section.place_of(name), "speaks of the end of the phase")
            .help("add `for`, such as for = \"20m\""),
    );
}
