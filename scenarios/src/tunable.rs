//! Parameters by name: what a scenario file may set, and what `explain` prints.

use std::fmt;

use dhtlab_core::time::Span;

/// What kind of value a field holds, and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number, bounds included.
    Count {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A time, bounds included; where the lower bound is zero, zero switches the feature off.
    Span {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Yes or no.
    Bool,
    /// One of these names.
    Choice(&'static [&'static str]),
    /// A length in bytes, bounds included.
    Bytes {
        /// The smallest.
        min: u64,
        /// The largest.
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
            Self::Span { min, max } if *min == Span::ZERO => format!("0s (off) to {max}"),
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
    /// The name in scenario files.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// What it means, in one sentence.
    pub doc: &'static str,
    /// Where the meaning and the usual value come from.
    pub source: &'static str,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// A whole number.
    Count(u64),
    /// A time.
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A parameter struct that can be read and changed by field name.
pub trait Tunable {
    /// All fields, in the order in which they are explained.
    fn fields() -> &'static [FieldInfo];

    /// The value of field `name`; `None` when there is no such field.
    fn get(&self, name: &str) -> Option<ParamValue>;

    /// Sets field `name` to `value`; checks the field alone.
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
