//! Which files a scenario reads, and what was in them: a part of what decides its results.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Files;

/// A file that a scenario reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path, relative to the scenario.
    pub path: String,
    /// The BLAKE3 hash of its content, in hex.
    pub hash: String,
}

/// Reads each file once, however many points of a sweep name it, and remembers what was in it.
pub struct Inputs<'a> {
    files: &'a dyn Files,
    texts: RefCell<Known<str>>,
    bytes: RefCell<Known<[u8]>>,
}

/// What was in files, or why they cannot be read, by path.
type Known<T> = BTreeMap<String, Result<Arc<T>, String>>;

impl std::fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").finish_non_exhaustive()
    }
}

impl<'a> Inputs<'a> {
    /// Nothing was read yet.
    pub fn new(files: &'a dyn Files) -> Self {
        Self { files, texts: RefCell::default(), bytes: RefCell::default() }
    }

    /// Every file that could be read, by path.
    pub fn read_so_far(&self) -> Vec<Input> {
        let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for (path, text) in &*self.texts.borrow() {
            found.extend(text.as_ref().ok().map(|text| (path.clone(), hash(text.as_bytes()))));
        }
        for (path, bytes) in &*self.bytes.borrow() {
            found.extend(bytes.as_ref().ok().map(|bytes| (path.clone(), hash(bytes))));
        }
        found.into_iter().map(|(path, hash)| Input { path, hash }).collect()
    }
}

impl Files for Inputs<'_> {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        let mut known = self.texts.borrow_mut();
        known.entry(path.to_owned()).or_insert_with(|| self.files.read(path)).clone()
    }

    fn read_bytes(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let mut known = self.bytes.borrow_mut();
        known.entry(path.to_owned()).or_insert_with(|| self.files.read_bytes(path)).clone()
    }
}
