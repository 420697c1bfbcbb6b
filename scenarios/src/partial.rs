//! Results of the runs that are over, of a folder in which others are missing.

use std::fs;
use std::path::Path;

use dhtlab_reports::plot::Theme;
use dhtlab_reports::report::{About, Report};

use crate::again::Finished;
use crate::command::report::failure;
use crate::console::Console;
use crate::exit::Failure;
use crate::rebuild::{Draft, Sealed};
use crate::registry::Registry;
use crate::store::{RUNS, Store};

/// The folder inside the unfinished one that holds them. It goes when the other is complete.
pub const NAME: &str = "partial";

/// An unfinished folder of which at least one run is over.
#[derive(Debug)]
pub struct Partial {
    folder: Finished,
    store: Store,
    /// `11 of 120 runs are over`.
    said: String,
}

impl Partial {
    /// Looks which runs of `dir` are over.
    ///
    /// # Errors
    /// When none is, or the folder cannot be read.
    pub fn open(dir: &Path, registry: &Registry, console: Console) -> Result<Self, Failure> {
        let folder = Finished::open(dir, registry, console)?;
        let store = Store::open(dir.join(RUNS))?;
        let over = folder.tasks.iter().filter(|task| store.find(&task.run_id)).count();
        let said = format!("{over} of {} runs are over", folder.tasks.len());
        if over > 0 {
            return Ok(Self { folder, store, said });
        }
        let help = "run it again with --resume, or wait until the first is over";
        Err(Failure::usage(format!("{}: {said}", dir.display()), vec![help.to_owned()]))
    }

    /// Writes a results folder of those runs, named [`NAME`], into the unfinished one, in place of what
    /// stood there. It says how many are missing.
    ///
    /// # Errors
    /// When something cannot be read or written; nothing is changed then.
    pub fn report(
        &self,
        sealed: Sealed,
        about: About,
        theme: Theme,
        registry: &Registry,
    ) -> Result<Report, Failure> {
        let dir = &self.folder.dir;
        let draft = Draft::inside(dir)?;
        let (place, target) = (draft.path().join(NAME), dir.join(NAME));
        let failed = |error| failure(draft.meant(error, dir));
        fs::create_dir(&place).map_err(|error| Failure::io(&target, &error))?;
        self.store.join(&self.folder.experiment.columns(registry), &place).map_err(failed)?;
        for name in ["scenario.toml", "scenario.resolved.toml"] {
            let copied = fs::copy(dir.join(name), place.join(name));
            copied.map_err(|error| Failure::io(&target.join(name), &error))?;
        }
        let missing = vec![format!("{}: everything here is of those alone", self.said)];
        let about = About { missing, ..about };
        let report = Report::read(&place, &about, theme).map_err(failed)?;
        report.write(&place).map_err(failed)?;
        sealed.saying(&about).renew(&place, &target)?;
        draft.move_into(dir)?;
        Ok(report)
    }
}
