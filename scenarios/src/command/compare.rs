//! `dhtlab compare`: finished results against each other.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dhtlab_reports::compare::{Choice, CompareError, Comparison, Row};
use dhtlab_reports::plot::{self, Theme};
use dhtlab_reports::recorded::Recorded;
use dhtlab_reports::summary::Style;
use serde_json::json;

use super::report::{failure, unreadable};
use crate::cli::CompareArgs;
use crate::console::Console;
use crate::exit::Failure;
use crate::rebuild::Sealed;
use crate::suggest;

/// Compares the folders, paired by world and seed where they agree.
///
/// # Errors
/// When a folder cannot be read, when there is nothing to compare, and when a file cannot be written.
pub fn compare(args: &CompareArgs, console: Console) -> Result<(), Failure> {
    let folders: Vec<(String, Recorded)> =
        args.folders.iter().map(|folder| read(folder)).collect::<Result<_, _>>()?;
    let choice =
        Choice { base: args.base, metrics: args.metrics.clone(), phase: args.phase.clone() };
    let comparison = Comparison::chosen(&folders, &choice).map_err(|error| refused(&error))?;
    let written = match &args.output {
        Some(dir) => write(&comparison, dir, args.force)?,
        None => Vec::new(),
    };
    if console.json {
        let verdicts: Vec<String> = comparison.key_rows().map(Row::say).collect();
        let document =
            json!({ "verdicts": verdicts, "comparison": comparison, "written": written });
        return console.document("compare", 0, document);
    }
    let mut text = comparison.text(Style::Ansi);
    for path in &written {
        let _ = writeln!(text, "wrote {}", path.display());
    }
    console.out(&text)
}

fn read(folder: &Path) -> Result<(String, Recorded), Failure> {
    let sealed = Sealed::read(folder)?;
    if sealed.as_ref().is_some_and(Sealed::is_unfinished) {
        let shown = folder.display();
        let part =
            format!("`dhtlab report {shown}` writes the runs that are over to {shown}/partial");
        let help = vec!["run it again with --resume to compute what is missing".to_owned(), part];
        return Err(Failure::usage(format!("{shown} holds an unfinished run"), help));
    }
    let recorded = Recorded::read(folder).map_err(|error| unreadable(&error))?;
    // A table that ends too early at the end of a line looks whole.
    if let Some(sealed) = sealed {
        sealed.check_tables(folder)?;
    }
    Ok((folder.display().to_string(), recorded))
}

fn refused(error: &CompareError) -> Failure {
    match error {
        CompareError::NoMetric { name, known } => {
            let help = vec![suggest::help(name, known.iter().map(String::as_str))];
            Failure::usage(format!("no run has a metric `{name}`"), help)
        }
        CompareError::NoPhase { name, known } => {
            let help = vec![suggest::help(name, known.iter().map(String::as_str))];
            Failure::usage(format!("no run has a phase `{name}`"), help)
        }
        other => Failure::usage(other.to_string(), Vec::new()),
    }
}

/// Writes the table and the figure into `dir`, which must not be a results folder: the hashes in its
/// manifest would no longer hold.
fn write(comparison: &Comparison, dir: &Path, force: bool) -> Result<Vec<PathBuf>, Failure> {
    if dir.join("manifest.json").exists() {
        let help = vec!["name a folder of its own for the comparison".to_owned()];
        let message = format!("{} is a results folder and is left as it is", dir.display());
        return Err(Failure::usage(message, help));
    }
    let table = dir.join("compare.csv");
    if table.exists() && !force {
        let help =
            vec!["-o DIR writes somewhere else".to_owned(), "--force replaces it".to_owned()];
        return Err(Failure::usage(format!("{} exists", table.display()), help));
    }
    dhtlab_reports::files::create_folder(dir).map_err(failure)?;
    let figure = plot::comparison(comparison, Theme::Default).map_err(failure)?;
    // The table last: where it stands, the comparison is whole.
    let mut written = plot::write(figure.as_slice(), dir).map_err(failure)?;
    written.insert(0, comparison.write_csv(dir).map_err(failure)?);
    Ok(written.into_iter().map(|file| dir.join(file.name)).collect())
}
