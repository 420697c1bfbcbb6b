//! Readers of single values: the right type, the right unit, the permitted range.

use std::ops::RangeInclusive;

use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

use super::tree::{Item, Value};
use super::units;
use crate::diag::{Diagnostic, Problem};
use crate::suggest;

fn wrong(item: &Item, wanted: &str) -> Problem {
    Diagnostic::error("E004", format!("expected {wanted}"))
        .at(item.place, format!("this is {}", item.value.kind()))
}

/// A string.
///
/// # Errors
/// When it is not one.
pub fn text(item: &Item) -> Result<String, Problem> {
    match &item.value {
        Value::Text(text) => Ok(text.clone()),
        _ => Err(wrong(item, "a string").help("put it in quotes")),
    }
}

/// `true` or `false`.
///
/// # Errors
/// When it is neither.
pub fn flag(item: &Item) -> Result<bool, Problem> {
    match item.value {
        Value::Flag(flag) => Ok(flag),
        _ => Err(wrong(item, "true or false").help("write it without quotes")),
    }
}

/// A whole number in `range`.
///
/// # Errors
/// When it is not one, or outside.
pub fn count(item: &Item, range: &RangeInclusive<u64>) -> Result<u64, Problem> {
    let Value::Integer(number) = item.value else {
        return Err(wrong(item, "a whole number").help("such as 20 or 5_000, without quotes"));
    };
    match u64::try_from(number) {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(out_of_range(item, &number.to_string(), &show_range(range))),
    }
}

/// The error for a value outside what is permitted.
pub fn out_of_range(item: &Item, written: &str, permitted: &str) -> Problem {
    Diagnostic::error("E008", format!("{written} is out of range"))
        .at(item.place, format!("permitted: {permitted}"))
}

fn show_range(range: &RangeInclusive<u64>) -> String {
    if *range.end() == u64::MAX {
        format!("{} or more", range.start())
    } else {
        format!("{} to {}", range.start(), range.end())
    }
}

/// A time in `range`.
///
/// # Errors
/// When it has no unit, is not a time, or lies outside.
pub fn span(item: &Item, range: &RangeInclusive<Span>) -> Result<Span, Problem> {
    let text = match &item.value {
        Value::Text(text) => text,
        Value::Integer(number) => {
            return Err(Diagnostic::error("E005", "a time needs a unit")
                .at(item.place, "seconds, minutes, hours?")
                .help(format!(
                    "write \"{number}s\", \"{number}m\" or \"{number}h\", with the quotes"
                )));
        }
        Value::Float(number) => {
            return Err(Diagnostic::error("E005", "a time needs a unit")
                .at(item.place, "seconds, minutes, hours?")
                .help(format!("write \"{number}s\" or \"{number}h\", with the quotes")));
        }
        _ => return Err(wrong(item, "a time").help("such as \"250ms\", \"90s\" or \"2h\"")),
    };
    let span = units::span(text).map_err(|reason| {
        Diagnostic::error("E005", format!("`{text}` is not a time"))
            .at(item.place, reason)
            .help("times look like \"250ms\", \"90s\", \"1.5h\" or \"1h30m\"")
    })?;
    if range.contains(&span) {
        return Ok(span);
    }
    let permitted = if *range.end() >= units::LONGEST {
        format!("{} or more", range.start())
    } else {
        format!("{} to {}", range.start(), range.end())
    };
    Err(out_of_range(item, text, &permitted))
}

/// Any time at all, zero included.
///
/// # Errors
/// When it is not a time.
pub fn any_span(item: &Item) -> Result<Span, Problem> {
    span(item, &(Span::ZERO..=units::LONGEST))
}

/// A time longer than zero.
///
/// # Errors
/// When it is not one.
pub fn some_span(item: &Item) -> Result<Span, Problem> {
    span(item, &(Span::from_nanos(1)..=units::LONGEST))
}

/// A size in bytes: `"64KiB"`, or a plain number of bytes.
///
/// # Errors
/// When it is neither, or outside `range`.
pub fn size(item: &Item, range: &RangeInclusive<u64>) -> Result<u64, Problem> {
    let Value::Text(text) = &item.value else { return count(item, range) };
    let bytes = units::size(text).map_err(|reason| {
        Diagnostic::error("E006", format!("`{text}` is not a size"))
            .at(item.place, reason)
            .help("sizes look like 512 (bytes), \"64KiB\" or \"1MB\"")
    })?;
    if range.contains(&bytes) {
        Ok(bytes)
    } else {
        Err(out_of_range(item, text, &format!("{} to {} bytes", range.start(), range.end())))
    }
}

/// A share or probability: `"80%"` or `"4/5"`.
///
/// # Errors
/// When it is not written so, or more than all.
pub fn share(item: &Item) -> Result<Ratio, Problem> {
    let number = match &item.value {
        Value::Text(text) => {
            return units::share(text).map_err(|reason| {
                Diagnostic::error("E007", format!("`{text}` is not a share"))
                    .at(item.place, reason)
                    .help("permitted: \"0%\" to \"100%\", or a fraction such as \"4/5\"")
            });
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return Err(wrong(item, "a share").help("such as \"80%\" or \"4/5\"")),
    };
    Err(Diagnostic::error("E007", "a share is written in quotes")
        .at(item.place, format!("is {number} a fraction, or a percentage?"))
        .help("write it as \"80%\" or \"4/5\""))
}

/// A share below 100%.
///
/// # Errors
/// When it is not a share, or all.
pub fn share_below_all(item: &Item) -> Result<Ratio, Problem> {
    let share = share(item)?;
    if share.is_one() { Err(out_of_range(item, "100%", "less than 100%")) } else { Ok(share) }
}

/// A number in `range`, for the parameters of distributions.
///
/// # Errors
/// When it is not a number, or outside.
pub fn real(item: &Item, range: &RangeInclusive<f64>) -> Result<f64, Problem> {
    let number = match item.value {
        Value::Float(number) => number,
        Value::Integer(number) => i32::try_from(number).map_or(f64::INFINITY, f64::from),
        _ => return Err(wrong(item, "a number").help("such as 0.608, without quotes")),
    };
    if range.contains(&number) {
        return Ok(number);
    }
    let permitted = format!("{} to {}", range.start(), range.end());
    Err(out_of_range(item, &number.to_string(), &permitted))
}

/// One of `names`.
///
/// # Errors
/// When it is none of them; `what` says what they name.
pub fn choice<'n>(item: &Item, what: &str, names: &[&'n str]) -> Result<&'n str, Problem> {
    let written = text(item)?;
    names.iter().copied().find(|name| *name == written).ok_or_else(|| {
        Diagnostic::error("E009", format!("unknown {what} `{written}`"))
            .at(item.place, format!("no such {what}"))
            .help(suggest::help(&written, names.iter().copied()))
    })
}

/// One of `names`, of which there are many: `dhtlab list` with `kind` shows them.
///
/// # Errors
/// When it is none of them; `what` says what they name.
pub fn listed<'n>(
    item: &Item,
    what: &str,
    names: &[&'n str],
    kind: &str,
) -> Result<&'n str, Problem> {
    let written = text(item)?;
    names.iter().copied().find(|name| *name == written).ok_or_else(|| {
        let mut problem = Diagnostic::error("E009", format!("unknown {what} `{written}`"))
            .at(item.place, format!("no such {what}"));
        if let Some(name) = suggest::nearest(&written, names.iter().copied()) {
            problem = problem.help(format!("did you mean `{name}`?"));
        }
        problem.help(format!("`dhtlab list {kind}` shows them all"))
    })
}

/// A list, each of its items read by `parse`.
///
/// # Errors
/// When it is not a list, is empty, or at the first item that is wrong.
pub fn list<T>(
    item: &Item,
    parse: impl Fn(&Item) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let Value::Array(items) = &item.value else { return Err(wrong(item, "a list")) };
    if items.is_empty() {
        return Err(Diagnostic::error("E008", "the list is empty").at(item.place, "nothing in it"));
    }
    items.iter().map(parse).collect()
}
