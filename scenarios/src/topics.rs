//! What can be explained besides names: how things are judged and drawn, exit codes, `--set`.

use crate::catalog::Topic;

const fn topic(
    name: &'static str,
    summary: &'static str,
    detail: &'static str,
    source: &'static str,
) -> Topic {
    Topic { name, summary, detail, params: &[], source }
}

const OURS: &str = "dhtlab";

/// Topics.
pub static TOPICS: [Topic; 8] = [
    topic(
        "exit-codes",
        "what the number says that a command ends with",
        "0 ok; 1 runtime or I/O error; 2 wrong usage or invalid scenario; 3 some runs are missing; 4 an \
         expectation, an invariant or a digest did not hold; 5 refused: would not fit in memory; 101 a bug in \
         dhtlab; 130 or 143 interrupted. A closed pipe is no error.",
        OURS,
    ),
    topic(
        "phases",
        "named stretches of a run, which metrics are given for",
        "`warmup` is the beginning, `measure` the rest; every run has both. A [[phase]] adds another, with or \
         without a fault. Phases may overlap; two faults of one kind may not strike the same nodes at the same \
         time. An operation belongs to the phase in which it was issued.",
        OURS,
    ),
    topic(
        "seeds",
        "why there are several, and what they share",
        "A seed decides keys, places, sessions, operations and every draw on the way. All protocols of a \
         scenario meet the same world under the same seed, so that they are compared in pairs. Intervals are \
         Student t over seeds; with one seed there is none.",
        OURS,
    ),
    topic(
        "digest",
        "a number that stands for everything that happened in a run",
        "Each node chains a hash of what it saw and when; the digest adds these up. Two runs have the same \
         digest exactly when every node saw the same events at the same times, whatever the number of threads. \
         digests.csv has it at every stop, so that `dhtlab replay` can tell where two runs began to differ.",
        OURS,
    ),
    topic(
        "set",
        "--set path=value: a change to the scenario, from the command line",
        "The value is TOML; text needs no quotes. network.nodes=500 sets a key; protocol.k=8 sets it for every \
         protocol that has a `k`, protocol.2.k=8 for the second entry; phase.outage.share=50% for the phase \
         of that name. Changes are checked like what is written, and stand in the manifest.",
        OURS,
    ),
    topic(
        "times",
        "how times, sizes and shares are written",
        "Times carry a unit: \"250ms\", \"90s\", \"1h30m\". Sizes are bytes, or carry one: 512, \"64KiB\". Shares are \
         \"80%\" or \"4/5\", kept as exact fractions.",
        OURS,
    ),
    topic(
        "hops",
        "how deep the closest node found was",
        "1: it was known from the own table; else one more than the depth of the node that named it first. 0: \
         nothing was found, or no message was needed. `dhtlab trace` shows who named whom.",
        OURS,
    ),
    topic(
        "results",
        "what is in a results folder",
        "manifest.json (versions, digests, hashes), scenario.toml and scenario.resolved.toml (every default \
         spelled out), tables (runs, metrics, timeseries, hist, lookups, node_load, replicas, messages, \
         intervals, digests), figures, and perf.csv, which nothing compares. Equal inputs give equal bytes.",
        OURS,
    ),
];

/// Figures.
pub static FIGURES: [Topic; 12] = [
    topic(
        "F1",
        "lookup latency by protocol, as a cumulative share of all lookups",
        "The height at a time is the share of all lookups that had succeeded by then. A curve levels off at the \
         success ratio: failures are never left out. The horizontal axis is logarithmic.",
        "hist.csv, lookup.latency_ms",
    ),
    topic(
        "F2",
        "how many hops lookups took",
        "The share of lookups for each number of hops, by protocol; see `dhtlab explain hops`.",
        "hist.csv, lookup.hops",
    ),
    topic(
        "F3",
        "hops against the size of the network",
        "One point for each size of a sweep over network.nodes. The fine line is theory, for full tables and \
         without churn. Kademlia: log2 N / b(k), where b(k) is 1 + the expected largest of k geometric numbers; \
         of that the slope is exact, and up to 0.3 hops come on top (Cai and Devroye, arXiv 1309.5866). Chord and \
         learned Chord: log2 N / 2 - log2 r / 2 + 1 with r successors, without virtual nodes and further contacts \
         (Stoica and others 2003). Other protocols have none.",
        "metrics.csv, lookup.hops; runs.csv, hops_theory",
    ),
    topic(
        "F4",
        "success over time",
        "The share of operations issued in each window that succeeded; named phases are shaded.",
        "timeseries.csv, lookup.success_ratio",
    ),
    topic(
        "F5",
        "live replicas over time",
        "How many copies of the records are on nodes that are up, and how many records have none left.",
        "replicas.csv",
    ),
    topic(
        "F6",
        "what latency costs",
        "Bytes per node and second against latency, a point for each parameter setting of a sweep, with the \
         convex hull of each protocol: nothing below a hull was reached.",
        "metrics.csv, net.bytes_per_node_s and lookup.latency_ms",
    ),
    topic(
        "F7",
        "how evenly nodes are loaded",
        "The Lorenz curve: the least loaded share of the nodes against the share of the messages that they \
         carry, with the Gini coefficient. The diagonal is perfect evenness.",
        "node_load.csv",
    ),
    topic(
        "F8",
        "a metric over two swept parameters",
        "A heat map; each cell is the mean over seeds.",
        "metrics.csv",
    ),
    topic(
        "F9",
        "what churn does",
        "A metric against the length of sessions in a sweep over churn.",
        "metrics.csv",
    ),
    topic(
        "F10",
        "differences between two protocols",
        "For each metric the mean of the differences by seed, with its 95 % interval. One that does not hold \
         zero is a detectable difference.",
        "compare.csv",
    ),
    topic(
        "F11",
        "bytes by purpose",
        "What the traffic of each protocol was for: lookups, stores, maintenance, joins, learning, migration.",
        "messages.csv",
    ),
    topic(
        "F12",
        "recovery after a fault",
        "Success over time, aligned at the end of the fault, with the time until 95 % of the level before it.",
        "timeseries.csv and intervals.csv, recovery.time_to_95_s",
    ),
];
