//! The resolved scenario, with the lines that somebody changed.

use std::collections::BTreeMap;

use super::content::ScenarioLine;

/// Marks the lines that `overrides` (`protocol.2.alpha=5`, what differs from a preset) and `changes`
/// (`network.nodes=500`, what the command line said) are about.
pub(super) fn mark(resolved: &str, overrides: &[String], changes: &[String]) -> Vec<ScenarioLine> {
    let mut place = Place::default();
    let line = |text: &str| {
        let path = place.path(text);
        let change = changes.iter().find(|c| path.as_deref().is_some_and(|p| touches(c, p)));
        let preset = || overrides.iter().any(|o| path.as_deref().is_some_and(|p| touches(o, p)));
        let overridden_by = match change {
            Some(change) => format!("--set {change}"),
            None if preset() => "the scenario, against the preset".to_owned(),
            None => String::new(),
        };
        ScenarioLine { text: text.to_owned(), overridden_by }
    };
    resolved.lines().map(line).collect()
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
                        [[protocol]]\nuse = \"a\"\nk = 8\nalpha = 3\n\n[[protocol]]\nuse = \"b\"\nk = 8\nalpha = 5\n";
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
                (15, "--set protocol.k=8"),
                (16, "the scenario, against the preset"),
            ]
        );
        assert_eq!(lines.len(), resolved.lines().count());
    }
}
