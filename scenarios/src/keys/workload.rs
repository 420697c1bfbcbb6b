//! Keys of the workload.

use super::{Key, KeyTable, Kind, REQUIRED, key};
use crate::plan::keyset;
use crate::plan::workload::{KEYS_MAX, KINDS, PER, POPULARITIES, RANGE_MODES, VALUE_BYTES_MAX};

const EVERY: Key = key("every", Kind::Time, REQUIRED, "the mean time between two; Poisson");
const PER_: Key = key("per", Kind::Choice(&PER), "node", "each node, or the network as a whole");
const LAG: Key = key(
    "lag",
    Kind::Time,
    "1m",
    "how long after its first store a record is asked for at the earliest",
);
const KEYS: Key = key("keys", Kind::Count(1, KEYS_MAX), "1000", "how many records there are");
const BYTES: Key = key("value_bytes", Kind::Size(VALUE_BYTES_MAX), "512", "length of a record");
const AT: Key = key("at", Kind::Time, REQUIRED, "when it begins");
const OVER: Key = key("over", Kind::Time, "1m", "how long the stores are spread over");
const POPULARITY: Kind =
    Kind::Either(&[Kind::Choice(&POPULARITIES), Kind::Table("workload.popularity")]);
const KEY_SET: Kind = Kind::Either(&[Kind::Choice(&keyset::LAWS), Kind::Table("workload.key_set")]);

pub(super) static TABLES: [KeyTable; 10] = [
    KeyTable {
        path: "workload",
        doc: "What nodes are asked to do. What is not written never happens.",
        example: "[workload]\nlookups = { every = \"10m\", per = \"node\" }",
        keys: &[
            key(
                "lookups",
                Kind::Table("workload.lookups"),
                "none",
                "searches for the nodes closest to a key",
            ),
            key(
                "puts",
                Kind::Table("workload.puts"),
                "none",
                "stores of one of the records, by any node",
            ),
            key(
                "gets",
                Kind::Table("workload.gets"),
                "none",
                "reads of stored records, by any node",
            ),
            key("publish", Kind::Table("workload.publish"), "none", "one store of every record"),
            key("wave", Kind::Tables("workload.wave"), "none", "a further batch of records"),
            key(
                "deletes",
                Kind::Table("workload.deletes"),
                "none",
                "removals, where the protocol can",
            ),
            key(
                "ranges",
                Kind::Table("workload.ranges"),
                "none",
                "range queries, where the protocol can",
            ),
            key("key_set", KEY_SET, "random", "where the names of the records lie"),
            KEYS,
            BYTES,
            key("kind", Kind::Choice(&KINDS), "value", "values, or announcements of providers"),
            key("settle", Kind::Time, "1m", "how long after its boot a node is left alone"),
        ],
    },
    KeyTable {
        path: "workload.lookups",
        doc: "Searches for the nodes closest to a key: a random one, or one of the records.",
        example: "lookups = { every = \"10m\", per = \"node\" }",
        keys: &[
            EVERY,
            PER_,
            key("popularity", POPULARITY, "random keys", "search for records instead"),
        ],
    },
    KeyTable {
        path: "workload.puts",
        doc: "Stores of one of the records, chosen evenly, by any node.",
        example: "puts = { every = \"1h\", per = \"node\", value_bytes = 512 }",
        keys: &[EVERY, PER_, KEYS, BYTES],
    },
    KeyTable {
        path: "workload.gets",
        doc: "Reads of records that were stored, by any node.",
        example: "gets = { every = \"10m\", per = \"node\", popularity = \"zipf\" }",
        keys: &[
            EVERY,
            PER_,
            key("popularity", POPULARITY, "uniform", "which records are asked for how often"),
            LAG,
        ],
    },
    KeyTable {
        path: "workload.publish",
        doc: "One store of every record, each by a node of its own choice.",
        example: "publish = { at = \"10m\", over = \"5m\", keys = 1_000 }",
        keys: &[
            KEYS,
            BYTES,
            AT,
            OVER,
            key(
                "publisher_leaves",
                Kind::Either(&[Kind::Time, Kind::Choice(&["never"])]),
                "never",
                "how long after its last store a publisher leaves for good",
            ),
        ],
    },
    KeyTable {
        path: "workload.wave",
        doc: "A further batch of records, each stored once.",
        example: "[[workload.wave]]\nat = \"1h\"\nkeys = 1_000\nkey_set = \"sequential\"",
        keys: &[
            AT,
            OVER,
            key("keys", Kind::Count(1, KEYS_MAX), REQUIRED, "how many records it has"),
            key("key_set", KEY_SET, "that of the workload", "where their names lie"),
        ],
    },
    KeyTable {
        path: "workload.deletes",
        doc: "Removals of stored records, by any node.",
        example: "deletes = { every = \"1h\", per = \"node\" }",
        keys: &[EVERY, PER_, LAG],
    },
    KeyTable {
        path: "workload.ranges",
        doc: "Range queries over the names stored by then.",
        example: "ranges = { every = \"10m\", per = \"node\", keys = 100 }",
        keys: &[
            EVERY,
            PER_,
            key("keys", Kind::Count(1, KEYS_MAX), "100", "how many names a query spans"),
            key(
                "mode",
                Kind::Choice(&RANGE_MODES),
                "bounds",
                "bounds: all between two names; count: so many from a name on",
            ),
            LAG,
        ],
    },
    KeyTable {
        path: "workload.popularity",
        doc: "Which records are asked for how often.",
        example: "popularity = { law = \"zipf\", exponent = 0.9, keys = 10_000 }",
        keys: &[
            key("law", Kind::Choice(&POPULARITIES), REQUIRED, "the law"),
            key("exponent", Kind::Real(0.0, 4.0), "0.9", "zipf: larger is more unequal"),
            KEYS,
        ],
    },
    KeyTable {
        path: "workload.key_set",
        doc: "Where the names of records lie; see `dhtlab list distributions`.",
        example: "key_set = { law = \"lognormal\", sigma = 2.0 }",
        keys: &[
            key("law", Kind::Choice(&keyset::LAWS), "required without a file", "the law"),
            key("file", Kind::Text, "none", "a SOSD file, relative to the scenario"),
            key("mean", Kind::Real(0.0, 1.0), "0.5", "normal: the middle, as a share of the range"),
            key("sd", Kind::Real(1e-9, 1.0), "0.1", "normal: the standard deviation, as a share"),
            key("mu", Kind::Real(-10.0, 10.0), "0", "lognormal: the mean of the logarithm"),
            key("sigma", Kind::Real(0.01, 4.0), "2", "lognormal: its standard deviation"),
            key("count", Kind::Count(1, 1_000_000), "50", "clusters: how many"),
            key(
                "width",
                Kind::Real(1e-12, 1.0),
                "0.001",
                "clusters: standard deviation, as a share",
            ),
            key("exponent", Kind::Real(1.1, 4.0), "1.5", "zipf-gaps: s in P(gap = g) ~ g^-s"),
            key("plateaus", Kind::Count(1, 1_000_000), "2", "step: how many runs"),
        ],
    },
];
