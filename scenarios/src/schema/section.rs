//! A table on its way into a plan: each key is asked for once, and what nobody asked for is unknown.

use std::cell::RefCell;

use super::source::Place;
use super::tree::{Item, Table, Value};
use crate::diag::{Diagnostic, Problem, Sink};
use crate::suggest;

/// One table, the sink its findings go to, and the keys that were asked for.
#[derive(Debug)]
pub struct Section<'a> {
    table: &'a Table,
    place: Place,
    name: String,
    sink: &'a Sink,
    known: RefCell<Vec<String>>,
    missing: RefCell<Vec<(String, Problem)>>,
}

impl<'a> Section<'a> {
    /// The table `table`, which users know as `name` and which stands at `place`.
    pub fn new(name: impl Into<String>, table: &'a Table, place: Place, sink: &'a Sink) -> Self {
        Self {
            table,
            place,
            name: name.into(),
            sink,
            known: RefCell::default(),
            missing: RefCell::default(),
        }
    }

    /// The table that `item` must be.
    ///
    /// # Errors
    /// When it is something else.
    pub fn of(name: impl Into<String>, item: &'a Item, sink: &'a Sink) -> Result<Self, Problem> {
        let name = name.into();
        match &item.value {
            Value::Table(table) => Ok(Self::new(name, table, item.place, sink)),
            other => Err(Diagnostic::error("E004", format!("`{name}` must be a table"))
                .at(item.place, format!("this is {}", other.kind()))),
        }
    }

    /// Where findings go.
    pub const fn sink(&self) -> &'a Sink {
        self.sink
    }

    /// Where this table stands.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// What users call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the value of `name` stands; the table itself when there is none.
    pub fn place_of(&self, name: &str) -> Place {
        self.table.get(name).map_or(self.place, |item| item.place)
    }

    /// Is `name` written? Does not count as asking for it.
    pub fn has(&self, name: &str) -> bool {
        self.table.get(name).is_some()
    }

    /// Makes `name` a known key.
    pub fn allow(&self, name: &str) {
        let mut known = self.known.borrow_mut();
        if !known.iter().any(|one| one == name) {
            known.push(name.to_owned());
        }
    }

    /// The value of `name`, if it is written.
    pub fn item(&self, name: &str) -> Option<&'a Item> {
        self.allow(name);
        self.table.get(name)
    }

    /// The value of `name` as `parse` reads it: `None` when absent, or wrong and reported.
    pub fn read<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&'a Item) -> Result<T, Problem>,
    ) -> Option<T> {
        let item = self.item(name)?;
        self.sink.keep(parse(item))
    }

    /// As [`Section::read`], with `default` where it is absent or wrong.
    pub fn read_or<T>(
        &self,
        name: &str,
        default: T,
        parse: impl FnOnce(&'a Item) -> Result<T, Problem>,
    ) -> T {
        self.read(name, parse).unwrap_or(default)
    }

    /// As [`Section::read`], and an error when absent; `example` shows how it is written.
    pub fn require<T>(
        &self,
        name: &str,
        example: &str,
        parse: impl FnOnce(&'a Item) -> Result<T, Problem>,
    ) -> Option<T> {
        if self.item(name).is_none() {
            let message = format!("{} needs `{name}`", self.name);
            let problem = Diagnostic::error("E003", message)
                .at(self.place, format!("`{name}` is missing here"))
                .help(format!("add `{name} = {example}`"));
            self.missing.borrow_mut().push((name.to_owned(), problem));
        }
        self.read(name, parse)
    }

    /// The table under `name`, if there is one.
    pub fn section(&self, name: &str) -> Option<Self> {
        self.allow(name);
        let entry = self.table.entry(name)?;
        let mut child = self.sink.keep(Self::of(self.child_name(name), &entry.item, self.sink))?;
        child.place = entry.name_place;
        Some(child)
    }

    /// The tables under `[[name]]`, in order.
    pub fn sections(&self, name: &str) -> Vec<Self> {
        let Some(item) = self.item(name) else { return Vec::new() };
        let path = match self.name.strip_prefix('[').and_then(|own| own.strip_suffix(']')) {
            Some(own) => format!("{own}.{name}"),
            None => name.to_owned(),
        };
        let Value::Array(items) = &item.value else {
            let message = format!("`{name}` must be written as [[{path}]], once for each");
            let label = format!("this is {}", item.value.kind());
            self.sink.report(Diagnostic::error("E004", message).at(item.place, label));
            return Vec::new();
        };
        let read = |(number, item): (usize, &'a Item)| {
            let title = format!("[[{path}]] number {}", number + 1);
            self.sink.keep(Self::of(title, item, self.sink))
        };
        items.iter().enumerate().filter_map(read).collect()
    }

    /// All entries, for tables whose keys are data.
    pub const fn table(&self) -> &'a Table {
        self.table
    }

    fn child_name(&self, name: &str) -> String {
        if self.name == "the scenario" {
            return format!("[{name}]");
        }
        // `[[role]] number 2` has the tables `[role.watch]`, and it must be said in which of them.
        let of_list = self.name.strip_prefix("[[").and_then(|own| own.split_once("]]"));
        let of_table = self.name.strip_prefix('[').and_then(|own| own.split_once(']'));
        match (of_list, of_table) {
            (Some((own, _)), _) => format!("[{own}.{name}] of {}", self.name),
            (None, Some((own, rest))) => format!("[{own}.{name}]{rest}"),
            (None, None) => format!("{}.{name}", self.name),
        }
    }

    /// Reports every key that nobody asked for. Where such a key stands for a missing one, that is one
    /// mistake and is reported once.
    pub fn finish(self) {
        let known = self.known.borrow();
        for entry in &self.table.entries {
            if !known.contains(&entry.name) {
                let message = format!("unknown key `{}` in {}", entry.name, self.name);
                let names = known.iter().map(String::as_str);
                if let Some(meant) = suggest::nearest(&entry.name, names.clone()) {
                    self.missing.borrow_mut().retain(|(name, _)| name != meant);
                }
                self.sink.report(
                    Diagnostic::error("E002", message)
                        .at(entry.name_place, "no such key")
                        .help(suggest::help(&entry.name, names)),
                );
            }
        }
    }
}

/// What is missing is reported even where a reader gave up early.
impl Drop for Section<'_> {
    fn drop(&mut self) {
        #[cfg(test)]
        self.sink.note_keys(&self.name, &self.known.borrow());
        for (_, problem) in self.missing.take() {
            self.sink.report(problem);
        }
    }
}
