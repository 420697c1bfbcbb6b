//! `--set path=value`: a change to what was written, made before it is read, so that the same readers
//! check it and the same errors point at it.

use toml::de::DeValue;

use super::source::{Place, Sources};
use super::tree::{Entry, Item, Table, Value, convert};
use crate::diag::{Diagnostic, Problem};
use crate::registry::Registry;
use crate::suggest;

/// Tables that are written as `[[name]]`.
const LISTS: [&str; 4] = ["protocol", "phase", "expect", "role"];

/// Applies the change `text`, such as `network.nodes=500`, to the document `root`.
///
/// # Errors
/// When it is not `path=value`, or the path leads nowhere.
pub fn apply(
    root: &mut Table,
    text: &str,
    sources: &mut Sources,
    registry: &Registry,
) -> Result<(), Problem> {
    let source = sources.add("--set", text);
    let whole = Place { source, start: 0, end: text.len() };
    let Some((path, written)) = text.split_once('=') else {
        return Err(Diagnostic::error("E018", "a change is written path=value")
            .at(whole, "there is no `=` in it")
            .help("such as --set network.nodes=500"));
    };
    let path_place = Place { source, start: 0, end: path.len() };
    let value = parse_value(written, source, path.len() + 1)?;
    apply_item(root, path, path_place, value, registry)
}

/// Puts `value` at `path`, which stands at `place`.
///
/// # Errors
/// When the path leads nowhere.
pub fn apply_item(
    root: &mut Table,
    path: &str,
    place: Place,
    value: Item,
    registry: &Registry,
) -> Result<(), Problem> {
    let segments: Vec<&str> = path.split('.').map(str::trim).collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        return Err(Diagnostic::error("E018", "a path is names with points between them")
            .at(place, "a name is missing")
            .help("such as network.nodes, protocol.k, protocol.2.k"));
    }
    match segments.as_slice() {
        [list, rest @ ..] if LISTS.contains(list) => {
            set_in_list(root, list, rest, place, &value, registry)
        }
        [first, rest @ ..] => {
            // One way of naming seeds takes the place of the other.
            let other = match *first {
                "seed" => "seeds",
                "seeds" => "seed",
                _ => "",
            };
            root.entries.retain(|entry| entry.name != other);
            put(root, first, rest, place, value)
        }
        [] => Ok(()),
    }
}

/// The value `written`; text that is not TOML is taken as a string, so that no shell quotes are needed.
fn parse_value(written: &str, source: usize, offset: usize) -> Result<Item, Problem> {
    let place = Place { source, start: offset, end: offset + written.len() };
    match DeValue::parse(written) {
        Ok(value) => {
            let mut item = convert(value.get_ref(), value.span(), source);
            shift(&mut item, offset);
            Ok(item)
        }
        Err(_)
            if !written.is_empty() && !written.contains(['"', '\'', '[', ']', '{', '}', '\n']) =>
        {
            Ok(Item { value: Value::Text(written.trim().to_owned()), place })
        }
        Err(error) => {
            Err(Diagnostic::error("E018", format!("not a TOML value: {}", error.message()))
                .at(place, "this is the value")
                .help("quote it for the shell: --set 'network.loss=\"1%\"'"))
        }
    }
}

fn shift(item: &mut Item, by: usize) {
    item.place.start += by;
    item.place.end += by;
    match &mut item.value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, by)),
        Value::Table(table) => {
            for Entry { name_place, item, .. } in &mut table.entries {
                name_place.start += by;
                name_place.end += by;
                shift(item, by);
            }
        }
        _ => {}
    }
}

fn put(
    table: &mut Table,
    name: &str,
    rest: &[&str],
    place: Place,
    value: Item,
) -> Result<(), Problem> {
    let Some((next, rest)) = rest.split_first() else {
        table.put(name, place, value);
        return Ok(());
    };
    let item = table.get_or_table(name, place);
    match &mut item.value {
        Value::Table(inner) => put(inner, next, rest, place, value),
        Value::Array(entries) => {
            let table = next.parse().ok().and_then(|number: usize| number.checked_sub(1));
            let table = table.and_then(|at| entries.get_mut(at)).map(|item| &mut item.value);
            match (table, rest.split_first()) {
                (Some(Value::Table(inner)), Some((key, rest))) => {
                    put(inner, key, rest, place, value)
                }
                _ => Err(Diagnostic::error("E018", format!("there is no `{name}.{next}.KEY`"))
                    .at(place, "leads nowhere")
                    .with(item.place, format!("`{name}` is written here"))
                    .help(format!("such as {name}.1.KEY; entries are counted from 1"))),
            }
        }
        other => {
            Err(Diagnostic::error("E018", format!("`{name}` is {}, not a table", other.kind()))
                .at(place, format!("`{next}` cannot be inside it"))
                .with(item.place, format!("`{name}` is written here"))
                .help(format!("set `{name}` as a whole: {name}={{ ... }}")))
        }
    }
}

fn set_in_list(
    root: &mut Table,
    list: &str,
    rest: &[&str],
    place: Place,
    value: &Item,
    registry: &Registry,
) -> Result<(), Problem> {
    let nowhere = |reason: String| Diagnostic::error("E018", reason).at(place, "leads nowhere");
    let entry = root.entries.iter_mut().find(|entry| entry.name == list);
    let Some(Entry { item: Item { value: Value::Array(entries), .. }, .. }) = entry else {
        return Err(nowhere(format!("the scenario has no [[{list}]]")));
    };
    let count = entries.len();
    match rest {
        [] => {
            Err(nowhere(format!("name a key of [[{list}]]")).help(format!("such as {list}.1.KEY")))
        }
        [number, key, deeper @ ..] if number.bytes().all(|b| b.is_ascii_digit()) => {
            let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match at.and_then(|at| entries.get_mut(at)).map(|item| &mut item.value) {
                Some(Value::Table(table)) => put(table, key, deeper, place, value.clone()),
                _ => Err(nowhere(format!("there is no [[{list}]] number {number}"))
                    .help(format!("there are {count}, counted from 1"))),
            }
        }
        [key, deeper @ ..] if list == "protocol" => {
            set_everywhere(entries, key, deeper, place, value, registry)
        }
        [name, key, deeper @ ..] => {
            let named = entries.iter_mut().find_map(|item| match &mut item.value {
                Value::Table(table) if has_name(table, name) => Some(table),
                _ => None,
            });
            match named {
                Some(table) => put(table, key, deeper, place, value.clone()),
                None => Err(nowhere(format!("no [[{list}]] is called `{name}`"))),
            }
        }
        [_] => Err(nowhere(format!("say which [[{list}]]: {list}.1.KEY"))),
    }
}

fn has_name(table: &Table, name: &str) -> bool {
    matches!(table.get("name"), Some(Item { value: Value::Text(text), .. }) if text == name)
}

/// Sets `key` for every protocol that has it.
fn set_everywhere(
    entries: &mut [Item],
    key: &str,
    deeper: &[&str],
    place: Place,
    value: &Item,
    registry: &Registry,
) -> Result<(), Problem> {
    let mut found = false;
    let mut known: Vec<&str> = vec!["preset"];
    for item in entries {
        let Value::Table(table) = &mut item.value else { continue };
        let Some(Item { value: Value::Text(used), .. }) = table.get("use") else { continue };
        let Some(entry) = registry.get(used) else { continue };
        known.extend(entry.fields.iter().map(|field| field.name));
        if entry.field(key).is_some() || key == "preset" {
            found = true;
            put(table, key, deeper, place, value.clone())?;
        }
    }
    if found {
        return Ok(());
    }
    Err(Diagnostic::error("E018", format!("no protocol of this scenario has `{key}`"))
        .at(place, "leads nowhere")
        .help(suggest::help(key, known)))
}

/// A value written in TOML, as data.
pub(crate) fn toml_value(written: &str) -> toml::Value {
    let document = format!("value = {written}");
    let parsed = document.parse::<toml::Table>().ok().and_then(|mut table| table.remove("value"));
    parsed.unwrap_or_else(|| toml::Value::String(written.to_owned()))
}
