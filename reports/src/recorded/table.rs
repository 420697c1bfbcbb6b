//! One table, read row by row; what is wrong with a cell is noted and reading goes on.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use csv::StringRecord;

use super::error::{Fault, Faults};

/// The way out of most faults.
const AGAIN: &str =
    "restore the file from the original folder, or run the scenario again into a new folder";

/// What is wrong with a last line that has no end.
const CUT: &str = "the last line is cut off";

/// A table whose header is as expected.
#[derive(Debug)]
pub(super) struct Table {
    file: &'static str,
    reader: csv::Reader<File>,
    header: Vec<String>,
    /// Where each expected column stands.
    places: Vec<usize>,
    /// The file's length when its last line has no end.
    cut_at: Option<u64>,
}

impl Table {
    /// Opens `dir/file` and looks for these columns in its header, in any order and among others.
    pub(super) fn open(
        dir: &Path,
        file: &'static str,
        columns: &[&str],
    ) -> Result<Self, Box<Fault>> {
        let fault = |line: Option<u64>, found: String| Fault {
            file,
            line,
            column: None,
            found,
            expected: format!("a table with the columns {}", columns.join(", ")),
            help: AGAIN.to_owned(),
            io: false,
        };
        let refused = |error: &io::Error| match error.kind() {
            io::ErrorKind::NotFound => fault(None, "the file is missing".to_owned()),
            _ => Fault { io: true, ..fault(None, format!("the system says: {error}")) },
        };
        let (opened, cut_at) = open(&dir.join(file)).map_err(|error| refused(&error))?;
        let mut builder = csv::ReaderBuilder::new();
        let mut reader = builder.has_headers(false).flexible(true).from_reader(opened);
        let mut record = StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Err(fault(None, "the file is empty".to_owned()).into()),
            Err(error) => return Err(fault(Some(1), unreadable(&error)).into()),
        }
        let header: Vec<String> = record.iter().map(str::to_owned).collect();
        let place = |name: &&str| header.iter().position(|known| known == name);
        let missing: Vec<&str> = columns.iter().copied().filter(|n| place(n).is_none()).collect();
        if !missing.is_empty() {
            let found = format!("the header lacks {}", missing.join(", "));
            return Err(fault(Some(1), found).into());
        }
        let twice = header.iter().enumerate().find(|(nth, name)| header[..*nth].contains(name));
        if let Some((_, name)) = twice {
            return Err(fault(Some(1), format!("the column {name} stands there twice")).into());
        }
        let places = columns.iter().filter_map(place).collect();
        let table = Self { file, reader, header, places, cut_at };
        if table.is_cut() {
            return Err(fault(Some(1), "the header is cut off".to_owned()).into());
        }
        Ok(table)
    }

    /// The names of all columns.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Was the line read last the end of a file that has no end of line?
    fn is_cut(&self) -> bool {
        self.cut_at.is_some_and(|len| self.reader.position().byte() >= len)
    }

    /// Hands every row to `keep`, which reads the cells in the order of the expected columns.
    pub(super) fn rows(mut self, faults: &mut Faults, mut keep: impl FnMut(&mut Cells<'_>)) {
        let mut record = StringRecord::new();
        while self.row(&mut record, faults, &mut keep) {}
    }

    /// Hands the first row to `keep`, and looks whether the last one is whole: for a table that may be long.
    pub(super) fn ends(mut self, faults: &mut Faults, mut keep: impl FnMut(&mut Cells<'_>)) {
        self.row(&mut StringRecord::new(), faults, &mut keep);
        if self.cut_at.is_none() || self.is_cut() {
            return;
        }
        match last_line(self.reader.get_mut()) {
            Ok(line) => faults.add(self.fault(line, CUT.to_owned(), "a whole line".to_owned())),
            Err(error) => {
                let found = format!("the system says: {error}");
                let fault = self.fault(1, found, "a table to its end".to_owned());
                faults.add(Fault { line: None, io: true, ..fault });
            }
        }
    }

    /// Hands the next row to `keep`; false when there is none left.
    fn row(
        &mut self,
        record: &mut StringRecord,
        faults: &mut Faults,
        keep: &mut impl FnMut(&mut Cells<'_>),
    ) -> bool {
        let line = self.reader.position().line();
        let read = self.reader.read_record(record);
        let (found, expected) = match read {
            Ok(false) => return false,
            Ok(true) if self.is_cut() => (CUT.to_owned(), "a whole line".to_owned()),
            Ok(true) if record.len() != self.header.len() => (
                format!("a row of {} cells", record.len()),
                format!("{} as in the header", self.header.len()),
            ),
            Ok(true) => {
                keep(&mut Cells {
                    file: self.file,
                    line: record.position().map_or(line, csv::Position::line),
                    record,
                    header: &self.header,
                    places: &self.places,
                    next: 0,
                    sound: true,
                    faults,
                });
                return true;
            }
            Err(error) => {
                let io = error.is_io_error();
                let fault = self.fault(line, unreadable(&error), "a row of text".to_owned());
                faults.add(Fault { io, ..fault });
                return !io;
            }
        };
        let line = record.position().map_or(line, csv::Position::line);
        faults.add(self.fault(line, found, expected));
        true
    }

    fn fault(&self, line: u64, found: String, expected: String) -> Fault {
        let (file, help) = (self.file, AGAIN.to_owned());
        Fault { file, line: Some(line), column: None, found, expected, help, io: false }
    }
}

/// The file, and its length when its last line has no end.
fn open(path: &Path) -> io::Result<(File, Option<u64>)> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    if len == 0 {
        return Ok((file, None));
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    file.rewind()?;
    Ok((file, (last != *b"\n").then_some(len)))
}

/// The number of the line that has no end, from 1.
fn last_line(file: &mut File) -> io::Result<u64> {
    file.rewind()?;
    let mut line = 0;
    for read in BufReader::new(file).split(b'\n') {
        read?;
        line += 1;
    }
    Ok(line)
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".to_owned(),
        csv::ErrorKind::Io(error) => format!("the system says: {error}"),
        _ => error.to_string(),
    }
}

/// The cells of one row. A cell that is not what it should be is noted, and stands as zero or nothing in
/// a row that is then not [sound](Cells::sound).
#[derive(Debug)]
pub(super) struct Cells<'a> {
    file: &'static str,
    line: u64,
    record: &'a StringRecord,
    header: &'a [String],
    places: &'a [usize],
    next: usize,
    sound: bool,
    faults: &'a mut Faults,
}

impl<'a> Cells<'a> {
    /// The next cell as it is.
    pub(super) fn text(&mut self) -> &'a str {
        let at = self.places.get(self.next).copied().unwrap_or(usize::MAX);
        self.next += 1;
        self.record.get(at).unwrap_or("")
    }

    /// The next cell, which must not be empty.
    pub(super) fn name(&mut self) -> &'a str {
        let text = self.text();
        if text.is_empty() {
            self.wrong(text, "a name", AGAIN);
        }
        text
    }

    /// The next cell as a whole number of 0 or more.
    pub(super) fn count<T: std::str::FromStr + Default>(&mut self) -> T {
        let text = self.text();
        text.parse().unwrap_or_else(|_| {
            self.wrong(text, "a whole number", AGAIN);
            T::default()
        })
    }

    /// The same, or nothing.
    pub(super) fn count_opt<T: std::str::FromStr + Default>(&mut self) -> Option<T> {
        self.optional(Self::count)
    }

    /// The next cell as a finite number.
    pub(super) fn number(&mut self) -> f64 {
        let text = self.text();
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.unwrap_or_else(|| {
            self.wrong(text, "a number", AGAIN);
            0.0
        })
    }

    /// The same, or nothing.
    pub(super) fn number_opt(&mut self) -> Option<f64> {
        self.optional(Self::number)
    }

    /// The next cell as a number of 0 or more.
    pub(super) fn time(&mut self) -> f64 {
        let text = self.text();
        let time = text.parse().ok().filter(|time: &f64| time.is_finite() && *time >= 0.0);
        time.unwrap_or_else(|| {
            self.wrong(text, "a time in seconds, 0 or more", AGAIN);
            0.0
        })
    }

    /// The next cell as `true` or `false`.
    pub(super) fn truth(&mut self) -> bool {
        let text = self.text();
        text.parse().unwrap_or_else(|_| {
            self.wrong(text, "true or false", AGAIN);
            false
        })
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let at = self.places.get(self.next).copied().unwrap_or(usize::MAX);
        if self.record.get(at).is_none_or(str::is_empty) {
            self.next += 1;
            return None;
        }
        Some(read(self))
    }

    /// The cell of a column that stands at that place of the header.
    pub(super) fn at(&self, place: usize) -> &'a str {
        self.record.get(place).unwrap_or("")
    }

    /// Notes that the cell read last is not what it should be.
    pub(super) fn wrong(&mut self, text: &str, expected: &str, help: &str) {
        self.sound = false;
        let place = self.next.checked_sub(1).and_then(|nth| self.places.get(nth));
        let column = place.and_then(|place| self.header.get(*place)).cloned();
        let found = if text.is_empty() { "nothing".to_owned() } else { format!("`{}`", cut(text)) };
        self.faults.add(Fault {
            file: self.file,
            line: Some(self.line),
            column,
            found,
            expected: expected.to_owned(),
            help: help.to_owned(),
            io: false,
        });
    }

    /// Was every cell what it should be?
    pub(super) fn sound(&self) -> bool {
        self.sound
    }
}

/// At most forty characters on one line.
fn cut(text: &str) -> String {
    const MAX: usize = 40;
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let short: String = text.chars().take(MAX).map(plain).collect();
    if text.chars().nth(MAX).is_some() { short + "…" } else { short }
}

/// Texts that stand in many rows, each kept once.
#[derive(Debug, Default)]
pub(super) struct Words(BTreeSet<Arc<str>>);

impl Words {
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let word: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&word));
        word
    }
}
