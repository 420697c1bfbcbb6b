//! Finished runs on disk: one file a run, with its share of every table, written when the run is over.
//!
//! A file is its rows, table after table, then a line about the run, then the length of that line and the
//! hash of everything before. A file without the right hash is no finished run: what is half written is
//! never taken for whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dhtlab_reports::columns::Columns;
use dhtlab_reports::files::{ReportError, write_whole};
use dhtlab_reports::model::Results;
use dhtlab_reports::tables;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::perf::Spent;

/// The folder of single runs inside a results folder.
pub const RUNS: &str = ".runs";

/// What is kept of a finished run beside its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Its digest.
    pub digest: String,
    /// What it cost the machine.
    pub spent: Spent,
    /// What the expectations ask for, in their order; empty where the run has no such value.
    pub values: Vec<String>,
}

/// The last line about a run.
#[derive(Serialize, Deserialize)]
struct About {
    finished: Finished,
    /// Bytes of rows, table after table.
    lengths: Vec<u64>,
}

/// The finished runs of one results folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    known: Mutex<BTreeMap<String, (Finished, Vec<u64>)>>,
    closed: Mutex<bool>,
}

/// Digits of the length of the line about the run, and of the hash, and a line break.
const TAIL: u64 = 16 + 64 + 1;

impl Store {
    /// The runs in `folder`, which is made when missing; none is known yet.
    ///
    /// # Errors
    /// Names the folder.
    pub fn open(folder: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&folder).map_err(|error| Failure::io(&folder, &error))?;
        Ok(Self { folder, known: Mutex::default(), closed: Mutex::new(false) })
    }

    /// Is the run there, and whole? From now on it is known.
    pub fn find(&self, run_id: &str) -> bool {
        let Some(about) = read_about(&self.path(run_id)) else { return false };
        let whole = about.lengths.len() == tables::names().count();
        if whole {
            lock(&self.known).insert(run_id.to_owned(), (about.finished, about.lengths));
        }
        whole
    }

    /// Keeps the rows of the one run of `results`. Nothing is kept once the store is closed.
    ///
    /// # Errors
    /// Names the file; nothing of it remains.
    pub fn keep(&self, results: &Results, finished: Finished) -> Result<(), Failure> {
        let run_id = finished.spent.run_id.clone();
        let path = self.path(&run_id);
        let part = self.folder.join(format!("{run_id}.part"));
        let written = write_run(&part, results, &finished).and_then(|lengths| {
            // Under the lock: whoever closed the store has counted what is in it.
            let closed = lock(&self.closed);
            if *closed {
                return fs::remove_file(&part);
            }
            fs::rename(&part, &path)?;
            lock(&self.known).insert(run_id, (finished, lengths));
            Ok(())
        });
        written.map_err(|error| {
            let _ = fs::remove_file(&part);
            Failure::io(&path, &error)
        })
    }

    /// Lets nothing in any more; true if somebody else has closed it before.
    pub fn close(&self) -> bool {
        std::mem::replace(&mut *lock(&self.closed), true)
    }

    /// Lets runs in again, by whoever has closed it.
    pub fn reopen(&self) {
        *lock(&self.closed) = false;
    }

    /// What is known of each run, by its identifier.
    pub fn finished(&self) -> BTreeMap<String, Finished> {
        let known = lock(&self.known);
        known.iter().map(|(run_id, (finished, _))| (run_id.clone(), finished.clone())).collect()
    }

    /// Joins the rows of all known runs to the tables in `dir`, by run identifier.
    ///
    /// # Errors
    /// Names the table.
    pub fn join(&self, columns: &Columns, dir: &Path) -> Result<(), ReportError> {
        // A copy: whoever marks the folder must not wait until the tables are written.
        let known = lock(&self.known).clone();
        for (at, name) in tables::names().enumerate() {
            write_whole(dir, name, |mut out| {
                tables::write_header(columns, name, out)?;
                for (run_id, (_, lengths)) in &known {
                    let mut rows = File::open(self.path(run_id))?;
                    rows.seek(SeekFrom::Start(lengths[..at].iter().sum()))?;
                    let copied = io::copy(&mut rows.take(lengths[at]), &mut out)?;
                    if copied != lengths[at] {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn path(&self, run_id: &str) -> PathBuf {
        self.folder.join(format!("{run_id}.rows"))
    }
}

fn write_run(part: &Path, results: &Results, finished: &Finished) -> io::Result<Vec<u64>> {
    let file = BufWriter::with_capacity(1 << 16, File::create(part)?);
    let mut out = Hashed { inner: file, hasher: blake3::Hasher::new(), bytes: 0 };
    let mut lengths = Vec::new();
    for name in tables::names() {
        let before = out.bytes;
        tables::write_rows(results, name, &mut out)?;
        lengths.push(out.bytes - before);
    }
    let about = About { finished: finished.clone(), lengths };
    let line = serde_json::to_string(&about)?;
    writeln!(out, "{line}")?;
    let (length, hash) = (line.len() + 1, out.hasher.finalize().to_hex());
    writeln!(out.inner, "{length:016x}{hash}")?;
    out.inner.flush()?;
    Ok(about.lengths)
}

/// The line about the run; `None` unless the file is whole.
fn read_about(path: &Path) -> Option<About> {
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let body = size.checked_sub(TAIL)?;
    file.seek(SeekFrom::Start(body)).ok()?;
    let mut tail = String::new();
    (&mut file).take(TAIL).read_to_string(&mut tail).ok()?;
    let (length, hash) = tail.strip_suffix('\n')?.split_at_checked(16)?;
    file.seek(SeekFrom::Start(0)).ok()?;
    if hash_of(&mut (&mut file).take(body)).ok()? != hash {
        return None;
    }
    let length = u64::from_str_radix(length, 16).ok()?;
    file.seek(SeekFrom::Start(body.checked_sub(length)?)).ok()?;
    let about: About = serde_json::from_reader(BufReader::new(file.take(length))).ok()?;
    (about.lengths.iter().sum::<u64>() + length == body).then_some(about)
}

/// The BLAKE3 hash of everything that `from` gives, in hex.
pub(crate) fn hash_of(from: &mut dyn io::Read) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            read => hasher.update(&buffer[..read]),
        };
    }
}

/// Counts and hashes what passes through.
struct Hashed<W> {
    inner: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(buf)?;
        self.hasher.update(&buf[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What the lock guards is replaced in one step: a panic elsewhere leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use dhtlab_reports::model::{Interval, Run};

    use super::*;

    fn one(run_id: &str, label: &str) -> (Results, Finished) {
        let (kind, label) = ("measure".to_owned(), label.to_owned());
        let interval = Interval { kind, label, t_start_s: 0.0, t_end_s: 1.0 };
        let run = Run { run_id: run_id.to_owned(), intervals: vec![interval], ..Run::default() };
        let columns = Some(Columns::default());
        let spent = Spent { run_id: run_id.to_owned(), wall_s: 1.5, events: 7, shards: 1 };
        let finished = Finished { digest: "d".to_owned(), spent, values: vec!["0.1".to_owned()] };
        (Results { runs: vec![run], columns, ..Results::default() }, finished)
    }

    fn store(root: &Path) -> Store {
        Store::open(root.join("runs")).unwrap()
    }

    #[test]
    fn runs_are_joined_by_identifier_in_whatever_order_they_ended() {
        let root = tempfile::tempdir().unwrap();
        let kept = store(root.path());
        for (run_id, label) in [("bb", "second"), ("aa", "first, \"quoted\"")] {
            let (results, finished) = one(run_id, label);
            kept.keep(&results, finished).unwrap();
        }
        // Another program finds them again.
        let found = store(root.path());
        assert!(found.find("aa") && found.find("bb") && !found.find("cc"));
        assert_eq!(found.finished(), kept.finished());
        found.join(&Columns::default(), root.path()).unwrap();
        let intervals = fs::read_to_string(root.path().join("intervals.csv")).unwrap();
        let rows: Vec<&str> = intervals.lines().collect();
        assert_eq!(rows[0], "run_id,kind,label,t_start_s,t_end_s");
        assert_eq!(
            &rows[1..],
            ["aa,measure,\"first, \"\"quoted\"\"\",0,1", "bb,measure,second,0,1"]
        );
        let runs = fs::read_to_string(root.path().join("runs.csv")).unwrap();
        assert_eq!(runs.lines().count(), 3);
    }

    #[test]
    fn nothing_that_was_cut_or_changed_is_taken_for_whole() {
        let root = tempfile::tempdir().unwrap();
        let (results, finished) = one("aa", "x");
        store(root.path()).keep(&results, finished).unwrap();
        let path = root.path().join("runs/aa.rows");
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(!store(root.path()).find("aa"), "cut at {end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(!store(root.path()).find("aa"), "changed at {at}");
        }
        fs::write(&path, &whole).unwrap();
        assert!(store(root.path()).find("aa"));
    }

    #[test]
    fn a_closed_store_takes_nothing_in() {
        let root = tempfile::tempdir().unwrap();
        let kept = store(root.path());
        assert!(!kept.close() && kept.close());
        let (results, finished) = one("aa", "x");
        kept.keep(&results, finished).unwrap();
        assert!(kept.finished().is_empty());
        assert_eq!(fs::read_dir(root.path().join("runs")).unwrap().count(), 0);
    }
}
