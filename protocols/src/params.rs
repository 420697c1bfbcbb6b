//! Parameters by name: what a scenario file may set, and what `explain` prints.
//!
//! Every parameter of a protocol is a field of a plain struct; this is the description of such a
//! struct that does not depend on the protocol.

mod macros;
mod preset;

use std::fmt;

use dhtlab_core::author::Span;

pub(crate) use macros::{fields, getter, kind, named, setter};
pub use preset::Preset;

/// The longest permitted span.
pub(crate) const YEAR: Span = Span::from_hours(24 * 365);

/// What kind of value a field holds, and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number between two bounds, both included.
    Count {
        /// The smallest permitted number.
        min: u64,
        /// The largest permitted number.
        max: u64,
    },
    /// A length of simulated time between two bounds, both included. Where the lower bound is
    /// zero, zero switches the feature off.
    Span {
        /// The shortest permitted span.
        min: Span,
        /// The longest permitted span.
        max: Span,
    },
    /// Yes or no.
    Bool,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// A length in bytes between two bounds, both included.
    Bytes {
        /// The smallest permitted length.
        min: u64,
        /// The largest permitted length.
        max: u64,
    },
    /// `one`, `majority`, `all`, or a whole number of holders.
    Quorum,
}

impl FieldKind {
    /// The unit, as `explain` prints it.
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Count { .. } => "count",
            Self::Span { .. } => "span",
            Self::Bool => "bool",
            Self::Choice(_) => "choice",
            Self::Bytes { .. } => "bytes",
            Self::Quorum => "quorum",
        }
    }

    /// The permitted values, in words.
    pub fn range(&self) -> String {
        match self {
            Self::Count { min, max } => format!("{min} to {max}"),
            Self::Bytes { min, max } => format!("{min} to {max} bytes"),
            Self::Span { min, max } if *min == Span::ZERO => {
                format!("0s (off) to {max}")
            }
            Self::Span { min, max } => format!("{min} to {max}"),
            Self::Bool => "true or false".to_owned(),
            Self::Choice(names) => names.join(", "),
            Self::Quorum => "one, majority, all, or a number from 1 to 32".to_owned(),
        }
    }

    /// Is `value` of this kind and within its bounds?
    pub fn permits(&self, value: &ParamValue) -> bool {
        match (self, value) {
            (Self::Count { min, max }, ParamValue::Count(n))
            | (Self::Bytes { min, max }, ParamValue::Bytes(n) | ParamValue::Count(n)) => {
                (min..=max).contains(&n)
            }
            (Self::Span { min, max }, ParamValue::Span(span)) => (min..=max).contains(&span),
            (Self::Bool, ParamValue::Bool(_)) => true,
            (Self::Choice(names), ParamValue::Choice(name)) => names.contains(&name.as_str()),
            (Self::Quorum, ParamValue::Choice(name)) => {
                ["one", "majority", "all"].contains(&name.as_str())
            }
            (Self::Quorum, ParamValue::Count(n)) => (1..=32).contains(n),
            _ => false,
        }
    }
}

/// One field of a parameter struct.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// The name in scenario files; the name of the field.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// What it means, in one sentence.
    pub doc: &'static str,
    /// Where the meaning and the usual value come from.
    pub source: &'static str,
}

impl FieldInfo {
    /// The permitted values, in words.
    pub fn range(&self) -> String {
        self.kind.range()
    }
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// A whole number.
    Count(u64),
    /// A length of simulated time.
    Span(Span),
    /// Yes or no.
    Bool(bool),
    /// A name.
    Choice(String),
    /// A length in bytes.
    Bytes(u64),
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(n) | Self::Bytes(n) => write!(f, "{n}"),
            Self::Span(span) => write!(f, "{span}"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Choice(name) => f.write_str(name),
        }
    }
}

/// A value that a parameter may not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` cannot be {value}: permitted is {permitted}{}", hint_text(.hint))]
pub struct ParamError {
    /// The name of the field.
    pub field: String,
    /// The value that was refused, as text.
    pub value: String,
    /// What is permitted, in words.
    pub permitted: String,
    /// What to do about it; empty when there is nothing to add.
    pub hint: String,
}

fn hint_text(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!(" ({hint})") }
}

impl ParamError {
    /// Says that `field` cannot be `value`.
    pub(crate) fn refusal(field: &str, value: &ParamValue, permitted: String, hint: &str) -> Self {
        Self { field: field.to_owned(), value: value.to_string(), permitted, hint: hint.to_owned() }
    }
}

/// A whole number or a length in bytes, if it fits into 32 bits.
pub(crate) fn number(value: &ParamValue) -> Option<u32> {
    match value {
        ParamValue::Count(n) | ParamValue::Bytes(n) => u32::try_from(*n).ok(),
        _ => None,
    }
}

/// How a field of `P` is read.
type Get<P> = fn(&P) -> ParamValue;
/// How a field of `P` is written; `None` when the value is of another kind.
type Set<P> = fn(&mut P, &ParamValue) -> Option<()>;

/// The fields of a parameter struct with their accessors, as [`fields!`] makes them.
pub(crate) struct FieldSet<P: 'static> {
    /// What they are.
    pub(crate) infos: &'static [FieldInfo],
    /// How they are read and written, in the same order.
    pub(crate) access: &'static [(Get<P>, Set<P>)],
}

impl<P> FieldSet<P> {
    /// The value of field `name` of `params`.
    pub(crate) fn get(&self, params: &P, name: &str) -> Option<ParamValue> {
        let at = self.infos.iter().position(|info| info.name == name)?;
        Some(self.access[at].0(params))
    }

    /// Sets field `name` of `params`.
    pub(crate) fn set(
        &self,
        params: &mut P,
        name: &str,
        value: &ParamValue,
    ) -> Result<(), ParamError> {
        let Some(at) = self.infos.iter().position(|info| info.name == name) else {
            let names: Vec<&str> = self.infos.iter().map(|info| info.name).collect();
            let hint = "there is no such parameter";
            return Err(ParamError::refusal(name, value, names.join(", "), hint));
        };
        let kind = self.infos[at].kind;
        if !kind.permits(value) || self.access[at].1(params, value).is_none() {
            return Err(ParamError::refusal(name, value, kind.range(), ""));
        }
        Ok(())
    }

    /// Checks every field alone, then the `relations` between them.
    pub(crate) fn validate(
        &self,
        params: &P,
        relations: &[fn(&P) -> Vec<ParamError>],
    ) -> Result<(), Vec<ParamError>> {
        let mut errors: Vec<ParamError> = self
            .infos
            .iter()
            .zip(self.access)
            .map(|(info, access)| (info, access.0(params)))
            .filter(|(info, value)| !info.kind.permits(value))
            .map(|(info, value)| ParamError::refusal(info.name, &value, info.range(), ""))
            .collect();
        errors.extend(relations.iter().flat_map(|relation| relation(params)));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A parameter struct that can be read and changed by field name.
pub trait Tunable: Sized + 'static {
    /// All fields, in the order in which they are explained.
    fn fields() -> &'static [FieldInfo];

    /// All named rows of parameters; the first is the default.
    fn presets() -> &'static [Preset<Self>];

    /// The value of field `name`; `None` when there is no such field.
    fn get(&self, name: &str) -> Option<ParamValue>;

    /// Sets field `name` to `value`; checks the field alone, see [`Tunable::validate`] for the rest.
    ///
    /// # Errors
    /// When there is no such field, or the value is of another kind or out of range.
    fn set(&mut self, name: &str, value: ParamValue) -> Result<(), ParamError>;

    /// Checks every field and every relation between fields.
    ///
    /// # Errors
    /// All violations at once.
    fn validate(&self) -> Result<(), Vec<ParamError>>;
}

/// An enum that scenario files spell by name.
pub trait Named: Copy + Sized + 'static {
    /// All values with their names.
    const ALL: &'static [(&'static str, Self)];
    /// The names alone, in the same order.
    const NAMES: &'static [&'static str];

    /// The name of this value.
    fn name(self) -> &'static str;

    /// The value called `name`.
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }
}
