//! Keys and tables of scenario files, explained.

use std::fmt::Write as _;

use crate::keys::{self, Key, KeyTable};
use crate::registry::Registry;

/// Everything that can be asked for: tables and keys, by path and by name.
pub(super) fn names() -> Vec<String> {
    let mut names = Vec::new();
    for table in keys::all() {
        names.extend([table.path.to_owned(), last(table.path).to_owned()]);
        names.extend(table.keys.iter().flat_map(|key| [table.path_of(key), key.name.to_owned()]));
    }
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    names
}

/// What there is to say of the table or the keys called `name`.
pub(super) fn explain(name: &str, registry: &Registry) -> Vec<String> {
    let called = |path: &str| !path.is_empty() && (path == name || last(path) == name);
    let tables = keys::all().filter(|one| called(one.path));
    let mut parts: Vec<String> = tables.map(|table| whole(table, registry)).collect();
    if parts.is_empty() {
        for table in keys::all() {
            let own = table.keys.iter().filter(|one| called(&table.path_of(one)));
            parts.extend(own.map(|key| one(table, key)));
        }
    }
    parts
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn whole(table: &KeyTable, registry: &Registry) -> String {
    let mut text =
        format!("{}: a table of scenario files\n\n{}\nSuch as:\n", table.title(), table.doc);
    for line in table.example.lines() {
        let _ = writeln!(text, "  {line}");
    }
    if !table.keys.is_empty() {
        text.push_str("\nKeys:\n");
    }
    text.extend(table.keys.iter().map(line));
    if table.path == "protocol" {
        let names = registry.names().join(", ");
        let _ = writeln!(text, "\nParameters: see `dhtlab explain` with one of {names}");
    }
    text
}

fn line(key: &Key) -> String {
    let (name, doc, default) = (key.name, key.doc, key.default);
    format!("  {name} (default: {default})\n      {doc}\n      permitted: {}\n", key.kind.words())
        .replace("(default: required", "(required")
}

fn one(table: &KeyTable, key: &Key) -> String {
    let default = format!("default: {}", key.default).replace("default: required", "required");
    format!(
        "{}: a key of {}\n\n  {}\n  permitted: {}\n  {default}\n",
        table.path_of(key),
        table.title(),
        key.doc,
        key.kind.words()
    )
}
