//! What is wrong with a scenario, where, and the way out.

use std::cell::RefCell;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::schema::{Place, Sources};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// Read it before you trust the results.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The code that `dhtlab explain` knows.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// Where, and a few words under the caret.
    pub at: Option<(Place, String)>,
    /// Other places that have to do with it.
    pub related: Vec<(Place, String)>,
    /// Ways out.
    pub help: Vec<String>,
}

/// A finding on the heap, which is what readers return as their error.
pub type Problem = Box<Diagnostic>;

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Problem {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Problem {
        Self::new(Severity::Warning, code, message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Problem {
        Box::new(Self { severity, code, message, at: None, related: Vec::new(), help: Vec::new() })
    }

    /// The same at `place`, with `label` under the caret.
    pub fn at(mut self: Box<Self>, place: Place, label: impl Into<String>) -> Problem {
        self.at = Some((place, label.into()));
        self
    }

    /// The same, showing another place too.
    pub fn with(mut self: Box<Self>, place: Place, label: impl Into<String>) -> Problem {
        self.related.push((place, label.into()));
        self
    }

    /// The same with a way out.
    pub fn help(mut self: Box<Self>, help: impl Into<String>) -> Problem {
        self.help.push(help.into());
        self
    }

    fn order(&self) -> (Option<Place>, Severity, &'static str) {
        (self.at.as_ref().map(|(place, _)| *place), self.severity, self.code)
    }
}

/// Where findings are collected, so that one run shows them all.
#[derive(Debug, Default)]
pub struct Sink {
    found: RefCell<Vec<Diagnostic>>,
    /// Which keys the readers of each table know; tests hold the documentation against it.
    #[cfg(test)]
    keys: RefCell<std::collections::BTreeMap<String, std::collections::BTreeSet<String>>>,
}

impl Sink {
    /// Adds a finding, unless the very same one is there.
    pub fn report(&self, problem: Problem) {
        let mut found = self.found.borrow_mut();
        if !found.contains(&problem) {
            found.push(*problem);
        }
    }

    /// The value, or `None` with its problem reported.
    pub fn keep<T>(&self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.report(problem)).ok()
    }

    /// Notes that the readers of the table `name` know these keys.
    #[cfg(test)]
    pub(crate) fn note_keys(&self, name: &str, known: &[String]) {
        let mut keys = self.keys.borrow_mut();
        keys.entry(name.to_owned()).or_default().extend(known.iter().cloned());
    }

    /// What was noted.
    #[cfg(test)]
    pub(crate) fn noted_keys(
        &self,
    ) -> std::collections::BTreeMap<String, std::collections::BTreeSet<String>> {
        self.keys.borrow().clone()
    }

    /// Is there any error so far?
    pub fn failed(&self) -> bool {
        self.found.borrow().iter().any(|found| found.severity == Severity::Error)
    }

    /// Everything found, in the order of the text.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by(|a, b| a.order().cmp(&b.order()));
        found
    }
}

/// Findings as text, each with the line and a caret, and a closing count.
pub fn render(found: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for one in found {
        text.push_str(&renderer.render(&groups(one, sources)));
        text.push_str("\n\n");
    }
    text
}

/// "3 errors and 1 warning", or nothing.
pub fn tally(found: &[Diagnostic]) -> Option<String> {
    let count = |severity| found.iter().filter(|one| one.severity == severity).count();
    let say = |count: usize, noun: &str| match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {noun}s")),
    };
    match (say(count(Severity::Error), "error"), say(count(Severity::Warning), "warning")) {
        (Some(errors), Some(warnings)) => Some(format!("{errors} and {warnings}")),
        (some, None) | (None, some) => some,
    }
}

fn groups<'a>(one: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(one.message.as_str()).id(one.code);
    let mut group = title.elements(None::<Snippet<'_, annotate_snippets::Annotation<'_>>>);
    let marks = one.at.iter().map(|mark| (AnnotationKind::Primary, mark));
    let marks: Vec<_> =
        marks.chain(one.related.iter().map(|mark| (AnnotationKind::Context, mark))).collect();
    let mut shown: Vec<usize> = Vec::new();
    for (_, (place, _)) in &marks {
        if shown.contains(&place.source) {
            continue;
        }
        shown.push(place.source);
        let source = sources.get(place.source);
        let here = marks.iter().filter(|(_, (other, _))| other.source == place.source);
        let snippet = Snippet::source(source.text.as_str()).path(source.name.as_str()).annotations(
            here.map(|(kind, (place, label))| {
                let label = (!label.is_empty()).then_some(label.as_str());
                kind.span(first_line(sources, *place)).label(label)
            }),
        );
        group = group.element(snippet);
    }
    for help in &one.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    vec![group]
}

/// The part of `place` that lies on its first line: a caret, not a bracket down the margin.
fn first_line(sources: &Sources, place: Place) -> std::ops::Range<usize> {
    let range = sources.clamp(place);
    let text = &sources.get(place.source).text[range.clone()];
    match text.find(['\n', '\r']) {
        None => range,
        Some(newline) => range.start..range.start + newline,
    }
}

/// Findings as data, for `--json`.
pub fn to_json(found: &[Diagnostic], sources: &Sources) -> Value {
    let spot = |(place, label): &(Place, String)| {
        let spot = sources.spot(*place);
        json!({ "file": spot.file, "line": spot.line, "column": spot.column, "label": label })
    };
    let one = |one: &Diagnostic| {
        json!({
            "severity": if one.severity == Severity::Error { "error" } else { "warning" },
            "code": one.code,
            "message": one.message,
            "at": one.at.as_ref().map(spot),
            "related": one.related.iter().map(spot).collect::<Vec<_>>(),
            "help": one.help,
        })
    };
    Value::Array(found.iter().map(one).collect())
}
