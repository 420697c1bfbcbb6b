//! Keys of the file itself.

use super::{Key, KeyTable, Kind, REQUIRED, key};

pub(super) static TABLES: [KeyTable; 1] = [KeyTable {
    path: "",
    doc: "A scenario says what runs: a network, what happens in it, and the protocols that meet it.",
    example: "schema = 1\nname = \"first\"\nduration = \"1h\"",
    keys: &KEYS,
}];

static KEYS: [Key; 17] = [
    key("schema", Kind::Count(1, 1), REQUIRED, "the version of the format"),
    key(
        "name",
        Kind::Text,
        REQUIRED,
        "1 to 64 letters, digits, `-`, `_` or `.`; names the results folder",
    ),
    key("description", Kind::Text, "empty", "what the scenario is about"),
    key(
        "seed",
        Kind::Count(0, i64::MAX as u64),
        "1",
        "the seed; the same seed gives the same bytes",
    ),
    key(
        "seeds",
        Kind::Either(&[Kind::Text, Kind::Counts]),
        "none",
        "a range \"1..=30\" or a list: one run of each protocol for each",
    ),
    key("duration", Kind::Time, REQUIRED, "simulated length; operations are issued until then"),
    key("warmup", Kind::Time, "0s", "the beginning that the phase `measure` leaves out"),
    key(
        "drain",
        Kind::Time,
        "2m",
        "how long the run goes on afterwards, so that operations can end",
    ),
    key("network", Kind::Table("network"), REQUIRED, "who is there, and what lies between them"),
    key("churn", Kind::Table("churn"), "nobody comes or goes", "when nodes come and go"),
    key("workload", Kind::Table("workload"), "nothing is asked", "what nodes are asked to do"),
    key("role", Kind::Tables("role"), "none", "named kinds of nodes with jobs of their own"),
    key("protocol", Kind::Tables("protocol"), REQUIRED, "the protocols; each meets the same world"),
    key(
        "phase",
        Kind::Tables("phase"),
        "none",
        "named stretches of the run, with or without a fault",
    ),
    key(
        "expect",
        Kind::Tables("expect"),
        "none",
        "what must hold in the end, or the exit code is 4",
    ),
    key("sweep", Kind::Table("sweep"), "none", "a grid of values for some parameters"),
    key("output", Kind::Table("output"), "as usual", "what is written"),
];
