//! The document: tables, arrays and scalars, each with its place.

use toml::de::{DeTable, DeValue};

use super::source::{Place, Sources};
use crate::diag::{Diagnostic, Sink};

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number; one beyond 128 bits is the nearest that fits.
    Integer(i128),
    /// A number with a point or an exponent.
    Float(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A date or time of day, which no key takes.
    Date(String),
    /// A list.
    Array(Vec<Item>),
    /// A table.
    Table(Table),
}

impl Value {
    /// What a user would call this kind of value.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number with a fraction",
            Self::Flag(_) => "true or false",
            Self::Date(_) => "a date",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
}

/// A key, where it stands, and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub name: String,
    /// Where the key stands.
    pub name_place: Place,
    /// Its value.
    pub item: Item,
}

/// Keys and values in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The entries.
    pub entries: Vec<Entry>,
}

impl Table {
    /// Parses the text with number `source`. Every mistake in the syntax goes into `sink`; what could
    /// be understood is returned all the same, so that the rest is checked too.
    pub fn parse(sources: &Sources, source: usize, sink: &Sink) -> Self {
        let text = &sources.get(source).text;
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let message = format!("not valid TOML: {}", error.message());
            let at = Place { source, start: span.start, end: span.end };
            sink.report(Diagnostic::error("E001", message).at(at, "here"));
        }
        convert_table(document.get_ref(), source)
    }

    /// The entry called `name`.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Item> {
        self.entry(name).map(|entry| &entry.item)
    }

    /// Puts `item` under `name`, in place of what was there.
    pub fn put(&mut self, name: &str, name_place: Place, item: Item) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
            entry.item = item;
            entry.name_place = name_place;
        } else {
            self.entries.push(Entry { name: name.to_owned(), name_place, item });
        }
    }

    /// The value of `name`, mutable; an empty table when there was none.
    pub fn get_or_table(&mut self, name: &str, name_place: Place) -> &mut Item {
        let at = self.entries.iter().position(|entry| entry.name == name).unwrap_or_else(|| {
            let item = Item { value: Value::Table(Self::default()), place: name_place };
            self.entries.push(Entry { name: name.to_owned(), name_place, item });
            self.entries.len() - 1
        });
        &mut self.entries[at].item
    }
}

fn convert_table(table: &DeTable<'_>, source: usize) -> Table {
    let entries = table
        .iter()
        .map(|(name, value)| {
            let span = name.span();
            Entry {
                name: name.get_ref().clone().into_owned(),
                name_place: Place { source, start: span.start, end: span.end },
                item: convert(value.get_ref(), value.span(), source),
            }
        })
        .collect();
    Table { entries }
}

/// The item for a value that stands at `span` of the text with number `source`.
pub(super) fn convert(value: &DeValue<'_>, span: std::ops::Range<usize>, source: usize) -> Item {
    let value = match value {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            let limit = if digits.starts_with('-') { i128::MIN } else { i128::MAX };
            Value::Integer(i128::from_str_radix(digits, number.radix()).unwrap_or(limit))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::Array(
            items.iter().map(|item| convert(item.get_ref(), item.span(), source)).collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(table, source)),
    };
    Item { value, place: Place { source, start: span.start, end: span.end } }
}

/// `value` as it is written in TOML, on one line.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => toml::Value::String(text.clone()).to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => toml::Value::Float(*number).to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Date(date) => date.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| written(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => {
            let entry = |entry: &Entry| {
                let name = toml::Value::String(entry.name.clone()).to_string();
                format!("{name} = {}", written(&entry.item.value))
            };
            let entries: Vec<String> = table.entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
