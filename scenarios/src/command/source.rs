//! Where scenarios come from: a file, or the library inside the program.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::exit::Failure;
use crate::library;
use crate::plan::Files;
use crate::suggest;

/// A scenario that was read.
#[derive(Debug)]
pub struct Scenario {
    /// What users call it: the path, or the name of the example.
    pub name: String,
    /// How it is named on the command line.
    pub argument: String,
    /// The text.
    pub text: String,
    /// Reads files beside it.
    pub files: Folder,
}

/// Reads files relative to a folder.
#[derive(Debug)]
pub struct Folder(PathBuf);

/// The largest file that a scenario may name.
const FILE_MAX: u64 = 1 << 30;

impl Folder {
    /// The files beside the scenario at `path`.
    pub fn beside(path: &Path) -> Self {
        Self(path.parent().map(Path::to_owned).unwrap_or_default())
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        read_text(&self.0.join(path)).map(Arc::from)
    }

    fn read_bytes(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let path = self.0.join(path);
        let (mut bytes, file) = (Vec::new(), open(&path)?);
        if file.metadata().map_err(|error| plain(&error))?.len() > FILE_MAX {
            return Err(format!("it is larger than {} MiB", FILE_MAX >> 20));
        }
        file.take(FILE_MAX).read_to_end(&mut bytes).map_err(|error| plain(&error))?;
        Ok(bytes.into())
    }
}

impl Scenario {
    /// Reads the scenario file `path`.
    ///
    /// # Errors
    /// When it cannot be read as text.
    pub fn from_file(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let text = read_text(path).map_err(|reason| {
            let mut help = Vec::new();
            if library::find(&name).is_some() {
                help.push(format!("the shipped scenario of this name: --example {name}"));
            }
            Failure::usage(format!("cannot read {name}: {reason}"), help)
        })?;
        Ok(Self { argument: name.clone(), name, text, files: Folder::beside(path) })
    }

    /// The shipped scenario `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn from_library(name: &str) -> Result<Self, Failure> {
        let Some(example) = library::find(name) else {
            let names = library::ALL.iter().map(|example| example.name);
            let help = vec![suggest::help(name, names), "see `dhtlab list scenarios`".to_owned()];
            return Err(Failure::usage(format!("no shipped scenario is called `{name}`"), help));
        };
        Ok(Self {
            name: format!("{}.toml", example.name),
            argument: format!("--example {}", example.name),
            text: example.text.to_owned(),
            files: Folder(PathBuf::new()),
        })
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    open(path)?.take(FILE_MAX).read_to_string(&mut text).map_err(|error| plain(&error))?;
    Ok(text)
}

fn open(path: &Path) -> Result<fs::File, String> {
    if fs::metadata(path).map_err(|error| plain(&error))?.is_dir() {
        return Err("it is a folder".to_owned());
    }
    fs::File::open(path).map_err(|error| plain(&error))
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}
