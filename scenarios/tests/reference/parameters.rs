//! What each protocol lets a scenario set.

use dhtlab::Registry;
use dhtlab::registry::{Knobs, ProtocolEntry};
use dhtlab_protocols::params::FieldInfo;

use crate::page::{Page, code};

const ABOUT: &str = "What may stand below `[[protocol]]` besides `use`, `preset` and `label`, with the value it has in each preset. \
`--set protocol.NAME=VALUE` sets a parameter for one run, `[sweep]` runs several values, and `dhtlab explain NAME` prints one line of this page.";

pub(crate) fn page() -> String {
    let mut page = Page::new("Parameters of the protocols", ABOUT);
    for entry in Registry::builtin().iter() {
        page.section(&code(entry.name));
        page.paragraph(&format!("{}.", entry.doc));
        page.paragraph(&format!("Source: {}.", entry.source));
        let presets: Vec<[String; 3]> = entry
            .presets
            .iter()
            .map(|preset| [code(preset.name), preset.doc.into(), preset.source.into()])
            .collect();
        page.table(["preset", "is", "source"], &presets);
        let first = entry.presets[0].name;
        let fields: Vec<[String; 6]> = entry.fields.iter().map(|field| row(entry, field)).collect();
        let header = ["parameter", first, "other presets", "permitted", "meaning", "source"];
        page.table(header, &fields);
    }
    page.end()
}

fn row(entry: &ProtocolEntry, field: &FieldInfo) -> [String; 6] {
    let value = |preset: &str| -> String {
        let knobs: Box<dyn Knobs> = (entry.load)(preset).expect("a preset of the registry");
        knobs.value(field.name).expect("a field of the protocol").to_string()
    };
    let usual = value(entry.presets[0].name);
    let others: Vec<String> = entry
        .presets
        .iter()
        .map(|preset| (preset.name, value(preset.name)))
        .filter(|(_, other)| *other != usual)
        .map(|(name, other)| format!("{name}: {other}"))
        .collect();
    let range = field.kind.range();
    [code(field.name), usual, others.join("; "), range, field.doc.into(), field.source.into()]
}
