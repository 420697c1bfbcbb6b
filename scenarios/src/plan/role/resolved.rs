//! A role as it is written in a scenario, every default spelled out.

use dhtlab_core::group::{BOOTSTRAP, GroupSpec};

use super::super::{shown, whole};

/// As it is written in a scenario.
pub fn resolved(role: &GroupSpec) -> toml::Table {
    let mut table = toml::Table::new();
    let mut put = |name: &str, value: toml::Value| table.insert(name.to_owned(), value);
    put("name", role.name.as_str().into());
    if role.name != BOOTSTRAP {
        put("nodes", whole(role.nodes.into()));
        put("mode", if role.client { "client" } else { "server" }.into());
    }
    if let Some(job) = &role.announce {
        let parts = [
            ("of", job.of.as_str().into()),
            ("blocks", whole(job.blocks.into())),
            ("span", whole(job.span.into())),
            ("every", shown(&job.every)),
            ("lifetime", shown(&job.lifetime)),
            ("value_bytes", whole(job.value_bytes.into())),
            ("index", job.index.into()),
        ];
        put("announce", table_of(parts));
    }
    if let Some(job) = &role.watch {
        let parts = [
            ("of", job.of.as_str().into()),
            ("every", shown(&job.every)),
            ("latest", job.latest.into()),
            ("index", job.index.into()),
        ];
        put("watch", table_of(parts));
    }
    if let Some(every) = role.heartbeat {
        put("heartbeat", table_of([("every", shown(&every))]));
    }
    table
}

fn table_of<const N: usize>(parts: [(&str, toml::Value); N]) -> toml::Value {
    let named = parts.into_iter().map(|(name, value)| (name.to_owned(), value));
    named.collect::<toml::Table>().into()
}
