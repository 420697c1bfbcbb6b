//! Keys of roles and their jobs.

use dhtlab_core::group::BLOCKS_MAX;

use super::{Key, KeyTable, Kind, REQUIRED, key};
use crate::plan::network::NODES_MAX;
use crate::plan::role::MODES;
use crate::plan::workload::VALUE_BYTES_MAX;

const OF: Key = key("of", Kind::Text, "model", "what the blocks are of");
const EVERY: Key = key("every", Kind::Time, REQUIRED, "the time between two");
const BLOCKS: Kind = Kind::Count(1, BLOCKS_MAX as u64);

pub(super) static TABLES: [KeyTable; 4] = [
    KeyTable {
        path: "role",
        doc: "A named kind of nodes with jobs of their own, such as the servers of a Petals swarm.",
        example: "[[role]]\nname = \"server\"\nnodes = 30\n\
                  announce = { blocks = 32, span = 8, every = \"60s\" }",
        keys: &[
            key(
                "name",
                Kind::Text,
                REQUIRED,
                "its name; `bootstrap` is the role of the bootstrap nodes",
            ),
            key(
                "nodes",
                Kind::Count(1, NODES_MAX),
                "required, except for bootstrap",
                "how many nodes have it",
            ),
            key("mode", Kind::Choice(&MODES), "server", "do they answer requests"),
            key(
                "announce",
                Kind::Table("role.announce"),
                "none",
                "stores its blocks over and over",
            ),
            key("watch", Kind::Table("role.watch"), "none", "reads who announces all blocks"),
            key(
                "heartbeat",
                Kind::Table("role.heartbeat"),
                "none",
                "reads one random key at a time",
            ),
        ],
    },
    KeyTable {
        path: "role.announce",
        doc: "Each node of the role announces some blocks, all of them in one operation.",
        example: "announce = { blocks = 32, span = 8, every = \"60s\" }",
        keys: &[
            OF,
            key("blocks", BLOCKS, REQUIRED, "how many blocks there are in all"),
            key("span", BLOCKS, REQUIRED, "how many of them a node has; at most `blocks`"),
            EVERY,
            key("lifetime", Kind::Time, "twice `every`", "how long an announcement is valid"),
            key(
                "value_bytes",
                Kind::Size(VALUE_BYTES_MAX),
                "512",
                "length of the announcement of a block",
            ),
            key("index", Kind::Flag, "false", "announce in a list of all that is served, too"),
        ],
    },
    KeyTable {
        path: "role.watch",
        doc: "Each node of the role reads who announces the blocks, all of them in one operation.",
        example: "watch = { every = \"60s\" }",
        keys: &[
            OF,
            EVERY,
            key(
                "latest",
                Kind::Flag,
                "true",
                "search for the newest instead of the first still valid",
            ),
            key("index", Kind::Flag, "false", "read the list of all that is served, too"),
        ],
    },
    KeyTable {
        path: "role.heartbeat",
        doc: "Each node of the role reads a random key that nobody stores, to keep its table fresh.",
        example: "heartbeat = { every = \"30s\" }",
        keys: &[EVERY],
    },
];
