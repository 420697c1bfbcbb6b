//! Keys of protocol entries, phases, expectations, sweeps and output.

use super::{KeyTable, Kind, REQUIRED, key};

pub(super) static TABLES: [KeyTable; 5] = [
    KeyTable {
        path: "protocol",
        doc: "A protocol with a preset. Any parameter of the protocol may stand beside these keys; see \
              `dhtlab explain` with its name.",
        example: "[[protocol]]\nuse = \"kademlia\"\npreset = \"rust-libp2p-0.49\"\nalpha = 5",
        keys: &[
            key("use", Kind::Protocol, REQUIRED, "which protocol"),
            key(
                "preset",
                Kind::Text,
                "the protocol's first",
                "named parameters; see `dhtlab list presets`",
            ),
            key("label", Kind::Text, "made of the others", "tells entries apart in results"),
        ],
    },
    KeyTable {
        path: "phase",
        doc: "A named stretch of the run. Metrics are given for it, and a fault may last as long. The \
              parameters of the fault stand beside these keys; see `dhtlab list faults`. Every run has the \
              phases `warmup` and `measure`.",
        example: "[[phase]]\nname = \"outage\"\nat = \"1h\"\nfor = \"20m\"\nfault = \"crash-storm\"\nshare = \"50%\"",
        keys: &[
            key("name", Kind::Text, REQUIRED, "its name, one of its own"),
            key("at", Kind::Time, REQUIRED, "when it begins"),
            key("for", Kind::Time, "to the end of the run", "how long it lasts"),
            key("fault", Kind::Fault, "none", "what happens in it"),
        ],
    },
    KeyTable {
        path: "expect",
        doc: "A bound that must hold for the mean over seeds of each protocol entry; if it does not, the exit \
              code is 4.",
        example: "[[expect]]\nmetric = \"lookup.success_ratio\"\nphase = \"measure\"\nmin = 0.95",
        keys: &[
            key("metric", Kind::Metric, REQUIRED, "which metric"),
            key("phase", Kind::Text, "measure", "over which phase"),
            key("protocol", Kind::Text, "each of them", "the label of the entry it is about"),
            key(
                "stat",
                Kind::Text,
                "that of the metric",
                "mean, p50, p90, p99, max, sum, ratio or count",
            ),
            key("min", Kind::Real(-1e15, 1e15), "none", "it is at least this"),
            key("max", Kind::Real(-1e15, 1e15), "none", "it is at most this"),
        ],
    },
    KeyTable {
        path: "sweep",
        doc: "A grid: each key is the path of a parameter, as for --set and in quotes, each value a list of what \
              it takes in turn. All combinations are run, at most 10000. A path such as protocol.k stands for \
              every protocol that has a `k`.",
        example: "[sweep]\n\"protocol.k\" = [8, 16, 20]\n\"network.nodes\" = [1_000, 10_000]",
        keys: &[],
    },
    KeyTable {
        path: "output",
        doc: "What is written besides the tables of every run.",
        example: "[output]\nsample_every = \"1m\"\nlookups = \"10%\"",
        keys: &[
            key(
                "sample_every",
                Kind::Time,
                "a sixtieth of the run, rounded",
                "time between readings of gauges",
            ),
            key("lookups", Kind::Share, "100%", "the share of operations that lookups.csv lists"),
        ],
    },
];
