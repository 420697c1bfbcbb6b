//! Texts that were read, and places in them.

use std::fmt;

/// A stretch of one of the [`Sources`], in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which text: the number [`Sources::add`] gave.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Place {
    /// From the start of this place to the end of `other`, in the text of this one.
    pub fn to(self, other: Self) -> Self {
        Self { end: other.end.max(self.end), ..self }
    }
}

/// One text and the name users know it by.
#[derive(Clone, Debug)]
pub struct Source {
    /// A path as the user gave it, or `--set`.
    pub name: String,
    /// Everything in it.
    pub text: String,
}

/// Every text that a scenario came from: its file, then one for each `--set`.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

/// A place as people count: file, line and column, both from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The name of the text.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Sources {
    /// Adds a text and returns its number.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        self.all.push(Source { name: name.into(), text: text.into() });
        self.all.len() - 1
    }

    /// The text with number `source`.
    ///
    /// # Panics
    /// When `source` was not given by [`Sources::add`].
    pub fn get(&self, source: usize) -> &Source {
        &self.all[source]
    }

    /// The place as people count.
    pub fn spot(&self, place: Place) -> Spot {
        let source = self.get(place.source);
        let start = floor_boundary(&source.text, place.start);
        let before = &source.text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Spot {
            file: source.name.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// `place` moved onto whole characters inside its text, and at least one character long where
    /// there is one.
    pub fn clamp(&self, place: Place) -> std::ops::Range<usize> {
        let text = &self.get(place.source).text;
        let start = floor_boundary(text, place.start);
        let mut end = floor_boundary(text, place.end).max(start);
        if end == start {
            end += text[start..].chars().next().map_or(0, char::len_utf8);
        }
        start..end
    }
}

/// The largest character boundary of `text` at or below `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
