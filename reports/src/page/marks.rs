//! The resolved scenario, with the lines that somebody changed.

use std::collections::BTreeMap;

use super::content::ScenarioLine;

/// Marks the lines that `overrides` (`protocol.2.alpha=5`, what differs from a preset) and `changes`
/// (`network.nodes=500`, what the command line said) are about.
pub(super) fn mark(resolved: &str, overrides: &[String], changes: &[String]) -> Vec<ScenarioLine> {
    let axes = axes(resolved);
    let by = |path: &str| {
        let find = |list: &[String]| list.iter().find(|one| touches(one, path)).cloned();
        let set = find(changes).map(|change| format!("--set {change}"));
        let preset = || find(overrides).map(|_| "the scenario, against the preset".to_owned());
        find(&axes).map(|_| "the sweep, to other values too".to_owned()).or(set).or_else(preset)
    };
    let mut place = Place::default();
    let line = |text: &str| {
        let path = place.path(text);
        let overridden_by = path.as_deref().and_then(by).unwrap_or_default();
        let setting = match (path, text.split_once(" = ")) {
            (Some(path), Some((_, value))) if !overridden_by.is_empty() => {
                format!("{path} = {value}")
            }
            _ => String::new(),
        };
        ScenarioLine { text: text.to_owned(), overridden_by, setting }
    };
    resolved.lines().map(line).collect()
}

/// What is swept, by path and values.
fn axes(resolved: &str) -> Vec<String> {
    let mut place = Place::default();
    let axis = |line: &str| Some(place.path(line)?.strip_prefix("sweep.")?.to_owned());
    resolved.lines().filter_map(axis).collect()
}

/// Where in a file a line stands.
#[derive(Default)]
struct Place {
    table: String,
    /// How many tables of each array there were.
    seen: BTreeMap<String, u32>,
}

impl Place {
    /// The path of the value that begins on this line, as `--set` names it.
    fn path(&mut self, line: &str) -> Option<String> {
        if let Some(name) = line.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) {
            let nth = self.seen.entry(name.to_owned()).or_insert(0);
            *nth += 1;
            self.table = format!("{name}.{nth}.");
            return None;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            // A table inside the last one of an array: `[protocol.parameters]`.
            let (first, rest) = name.split_once('.').unwrap_or((name, ""));
            self.table = match self.seen.get(first) {
                Some(nth) => format!("{first}.{nth}.{rest}."),
                None => format!("{name}."),
            };
            return None;
        }
        let (key, _) = line.split_once(" = ")?;
        let bare = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-\".".contains(c));
        bare.then(|| format!("{}{}", self.table, key.replace('"', "")))
    }
}

/// Is the change of this value, of a part of it, or of that parameter in every protocol?
fn touches(change: &str, path: &str) -> bool {
    let changed = change.split('=').next().unwrap_or("").trim();
    let all = |path: &str| {
        let (_, parameter) = path.strip_prefix("protocol.")?.split_once('.')?;
        Some(format!("protocol.{parameter}"))
    };
    let within = |path: &str| changed == path || changed.starts_with(&format!("{path}."));
    within(path) || all(path).is_some_and(|path| within(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_changed_say_by_what() {
        let resolved = "name = \"x\"\n\n[network]\nnodes = 500\n\n[workload]\nlookups = { every = \"1m\" }\n\n\
                        [[protocol]]\nuse = \"a\"\nk = 8\nalpha = 3\n\n[[protocol]]\nuse = \"b\"\nk = 8\nalpha = 5\n\n\
                        [sweep]\n\"protocol.1.alpha\" = [3, 4]\n";
        let overrides = ["protocol.2.alpha=5".to_owned()];
        let changes = ["network.nodes=500", "workload.lookups.every=\"1m\"", "protocol.k=8"];
        let lines = mark(resolved, &overrides, &changes.map(str::to_owned));
        let marked: Vec<(usize, &str)> = (0..)
            .zip(&lines)
            .filter(|(_, line)| !line.overridden_by.is_empty())
            .map(|(nth, line)| (nth, line.overridden_by.as_str()))
            .collect();
        assert_eq!(
            marked,
            [
                (3, "--set network.nodes=500"),
                (6, "--set workload.lookups.every=\"1m\""),
                (10, "--set protocol.k=8"),
                (11, "the sweep, to other values too"),
                (15, "--set protocol.k=8"),
                (16, "the scenario, against the preset"),
            ]
        );
        assert_eq!(lines.len(), resolved.lines().count());
        assert_eq!(
            (&*lines[16].setting, &*lines[15].setting),
            ("protocol.2.alpha = 5", "protocol.2.k = 8")
        );
        assert_eq!(lines[0].setting, "");
    }
}
