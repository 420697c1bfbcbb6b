//! A page of Markdown.

use std::fmt::Write as _;

use dhtlab::catalog::Topic;

/// A page under way.
pub(crate) struct Page(String);

impl Page {
    /// A page that says of itself where it comes from.
    pub(crate) fn new(title: &str, about: &str) -> Self {
        let made = "<!-- Made by scenarios/tests/reference: run `cargo test -p dhtlab --test reference`. -->";
        Self(format!("# {title}\n\n{made}\n\n{about}\n"))
    }

    pub(crate) fn section(&mut self, title: &str) {
        let _ = write!(self.0, "\n## {title}\n");
    }

    pub(crate) fn subsection(&mut self, title: &str) {
        let _ = write!(self.0, "\n### {title}\n");
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        let _ = write!(self.0, "\n{text}\n");
    }

    /// A table; nothing where there are no rows.
    pub(crate) fn table<const N: usize>(&mut self, header: [&str; N], rows: &[[String; N]]) {
        if rows.is_empty() {
            return;
        }
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let _ =
            write!(self.0, "\n{}{}", line(&header.map(str::to_owned)), "|---".repeat(N) + "|\n");
        for row in rows {
            let escaped = row.clone().map(|cell| cell.replace('|', "\\|"));
            self.0.push_str(&line(&escaped));
        }
    }

    /// Something with a name, and its parameters.
    pub(crate) fn topic(&mut self, topic: &Topic) {
        self.subsection(&format!("`{}`", topic.name));
        self.paragraph(&format!("{}. {}", capital(topic.summary), topic.detail));
        let rows: Vec<[String; 5]> = topic
            .params
            .iter()
            .map(|param| {
                [
                    code(param.name),
                    param.unit.into(),
                    param.default.into(),
                    param.range.into(),
                    param.doc.into(),
                ]
            })
            .collect();
        self.table(["key", "unit", "default", "permitted", "meaning"], &rows);
        self.paragraph(&format!("Source: {}.", topic.source.trim_end_matches('.')));
    }

    pub(crate) fn end(self) -> String {
        self.0
    }
}

/// `text` as code.
pub(crate) fn code(text: &str) -> String {
    format!("`{text}`")
}

/// `text` with a capital, unless it begins with a key.
pub(crate) fn capital(text: &str) -> String {
    let first = text.split([' ', ':']).next().unwrap_or("");
    if text.contains(" = ") || first.contains('_') {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |letter| letter.to_uppercase().chain(letters).collect())
}
