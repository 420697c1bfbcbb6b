//! What a scenario may say.

use dhtlab::keys::{self, Key, KeyTable};

use crate::page::{Page, capital, code};

const ABOUT: &str = "Every key of a scenario file. Times and sizes carry their unit, in quotes: `\"250ms\"`, `\"1h30m\"`, `\"64KiB\"`; shares are `\"80%\"` or \
`\"4/5\"`. `dhtlab check FILE` finds all mistakes at once, `dhtlab check --resolved FILE` spells out every default, `--set PATH=VALUE` sets a key for one run, and \
`dhtlab schema` prints all this as a JSON schema for editors. The parameters of protocols stand in [parameters.md](parameters.md), those of faults in \
[faults.md](faults.md), laws, churn presets and links in [laws-and-links.md](laws-and-links.md).";

pub(crate) fn page() -> String {
    let mut page = Page::new("The scenario file", ABOUT);
    keys::all().for_each(|table| section(&mut page, table));
    page.end()
}

fn section(page: &mut Page, table: &KeyTable) {
    page.section(&if table.path.is_empty() { "The file".into() } else { code(&table.title()) });
    page.paragraph(table.doc);
    page.paragraph(&format!("```toml\n{}\n```", table.example));
    let row = |key: &Key| -> [String; 4] {
        [code(key.name), key.kind.words(), key.default.into(), capital(key.doc)]
    };
    let rows: Vec<[String; 4]> = table.keys.iter().map(row).collect();
    page.table(["key", "takes", "default", "meaning"], &rows);
}
