//! `dhtlab report`: figures and summary of a results folder, made again from its tables.

use std::fmt::Write as _;
use std::path::Path;

use dhtlab_reports::files::ReportError;
use dhtlab_reports::plot::Theme;
use dhtlab_reports::recorded::ReadError;
use dhtlab_reports::report::{About, Report};
use dhtlab_reports::summary::Style;
use serde_json::{Value, json};

use crate::cli::{ReportArgs, ThemeName};
use crate::console::Console;
use crate::exit::Failure;
use crate::partial::{self, Partial};
use crate::rebuild::{Draft, Sealed};
use crate::registry::Registry;

/// Makes them again.
///
/// # Errors
/// With every fault of every table; nothing in the folder is changed then.
pub fn report(args: &ReportArgs, registry: &Registry, console: Console) -> Result<(), Failure> {
    let dir = args.dir.as_path();
    if !dir.is_dir() {
        let help = vec!["name the folder that `dhtlab run` wrote".to_owned()];
        return Err(Failure::usage(format!("{} is not a folder", dir.display()), help));
    }
    let theme = match args.theme {
        ThemeName::Default => Theme::Default,
        ThemeName::Paper => Theme::Paper,
    };
    let sealed = Sealed::read(dir)?;
    let about = about(sealed.as_ref());
    let sealed = match sealed {
        Some(sealed) if sealed.is_unfinished() => {
            let found = Partial::open(dir, registry, console)?;
            let report = found.report(sealed, about, theme, registry)?;
            return show(console, &dir.join(partial::NAME), &report);
        }
        sealed => sealed,
    };
    let report = Report::read(dir, &about, theme).map_err(failure)?;
    // Only now: a table that is cut off is said to be, instead of being said to differ.
    if let Some(sealed) = &sealed {
        sealed.check_tables(dir)?;
    }
    let draft = Draft::inside(dir)?;
    report.write(draft.path()).map_err(|error| failure(draft.meant(error, dir)))?;
    if let Some(sealed) = sealed {
        sealed.renew(draft.path(), dir)?;
    }
    draft.move_into(dir)?;
    show(console, dir, &report)
}

fn show(console: Console, dir: &Path, report: &Report) -> Result<(), Failure> {
    let about = &report.about;
    let missing =
        (!about.missing.is_empty()).then(|| Failure::Incomplete(about.missing.join("; ")));
    if console.json {
        let error = missing.as_ref().map(crate::console::failure_json);
        let code = missing.as_ref().map_or(0, Failure::code);
        console.document("report", code, document(dir, report, error.as_ref()))?;
        return missing.map_or(Ok(()), Err);
    }
    let mut text = report.text(Style::Ansi) + "\n";
    for broken in about.expectations.iter().flat_map(|expectation| &expectation.broken) {
        let _ = writeln!(text, "not met: {broken}");
    }
    let _ = writeln!(text, "results: {}", dir.display());
    if !about.reproduce.is_empty() {
        text.push_str(&about.reproduce);
        text.push('\n');
    }
    console.out(&text)?;
    missing.map_or(Ok(()), Err)
}

/// What the manifest says; that nothing is known where it says nothing.
fn about(sealed: Option<&Sealed>) -> About {
    match sealed.map(Sealed::about) {
        None => About::unknown("there is no manifest.json"),
        Some(None) => About::unknown("manifest.json is of a version that did not say more"),
        Some(Some(about)) => about,
    }
}

fn document(dir: &Path, report: &Report, error: Option<&Value>) -> Value {
    let about = &report.about;
    let figures: Vec<&str> = report.figures.iter().map(|figure| figure.name).collect();
    json!({
        "results": dir,
        "reproduce": about.reproduce,
        "figures": figures,
        "expectations": about.expectations,
        "outcome": report.summary,
        "comparison": report.comparison,
        "missing": about.missing,
        "error": error,
    })
}

/// What is wrong with a folder is the caller's to mend; what the system refuses is not.
pub fn failure(error: ReportError) -> Failure {
    match error {
        ReportError::Read(error) => unreadable(&error),
        // Its text has the cause in it.
        other => Failure::Runtime(anyhow::anyhow!(other.to_string())),
    }
}

/// The failure of a command that cannot read a results folder.
pub fn unreadable(error: &ReadError) -> Failure {
    if error.is_io() {
        return Failure::Runtime(anyhow::anyhow!(error.to_string()));
    }
    Failure::usage(error.to_string(), error.help())
}
