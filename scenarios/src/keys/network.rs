//! Keys of the network and of what lies between its nodes.

use dhtlab_core::link::table::RegionTable;

use super::{KeyTable, Kind, REQUIRED, key};
use crate::plan::network::NODES_MAX;
use crate::plan::{clock, links, loss, network};

pub(super) static TABLES: [KeyTable; 5] = [
    KeyTable {
        path: "network",
        doc: "Who is there at the start, how they come in, and what lies between them.",
        example: "[network]\nnodes = 1_000\nlinks = { model = \"regions\", table = \"aws-2019\" }",
        keys: &[
            key("nodes", Kind::Count(1, NODES_MAX), REQUIRED, "target population"),
            key(
                "bootstrap_nodes",
                Kind::Count(1, NODES_MAX),
                "8, or all if fewer",
                "nodes whose addresses every installation ships with; they do not churn",
            ),
            key(
                "start",
                Kind::Choice(&network::STARTS),
                "join",
                "join: by messages; warm: tables as an ideal join leaves them, labelled in every output",
            ),
            key("join_over", Kind::Time, "10m", "how long the joins are spread over"),
            key(
                "links",
                Kind::Table("network.links"),
                "{ model = \"regions\", table = \"aws-2019\" }",
                "how long messages take",
            ),
            key(
                "loss",
                Kind::Either(&[Kind::Share, Kind::Table("network.loss")]),
                "0%",
                "which share of messages is lost",
            ),
            key(
                "unreachable",
                Kind::Share,
                "0%",
                "share of nodes that answer nobody (behind a NAT), in client mode",
            ),
            key(
                "clock_error",
                Kind::Either(&[Kind::Time, Kind::Table("network.clock_error")]),
                "0s",
                "how wrong wall clocks are, up to this on both sides",
            ),
        ],
    },
    KeyTable {
        path: "network.links",
        doc: "How long messages take. Each model has its own keys; see `dhtlab list links`.",
        example: "links = { model = \"regions\", table = \"aws-2019\", jitter = \"5%\" }",
        keys: &[
            key("model", Kind::Choice(&links::MODELS), REQUIRED, "the model of one-way delays"),
            key(
                "jitter",
                Kind::Either(&[
                    Kind::Share,
                    Kind::Choice(&["measured"]),
                    Kind::Table("network.links.jitter"),
                ]),
                "0%",
                "how far a message departs from the delay of its pair",
            ),
            key("delay", Kind::Time, "50ms", "constant: the one-way delay"),
            key("min", Kind::Time, "20ms", "uniform: the shortest one-way delay"),
            key("max", Kind::Time, "80ms", "uniform: the longest one-way delay"),
            key("median", Kind::Time, "72ms", "lognormal: the median one-way delay"),
            key(
                "sigma",
                Kind::Real(0.0, 3.0),
                "0.74",
                "lognormal: standard deviation of the logarithm",
            ),
            key("floor", Kind::Time, "1ms", "lognormal: what falls below is raised to this"),
            key(
                "table",
                Kind::Choice(&RegionTable::NAMES),
                "aws-2019",
                "regions: the table of delays",
            ),
            key(
                "file",
                Kind::Text,
                "none",
                "coordinates, matrix: the file, relative to the scenario",
            ),
            key(
                "layout",
                Kind::Choice(&["square", "king"]),
                "square",
                "matrix: how the file is laid out",
            ),
            key(
                "measure",
                Kind::Choice(&["rtt", "one-way"]),
                "rtt",
                "matrix: what the numbers are",
            ),
            key("unit", Kind::Choice(&["ms", "us", "s"]), "ms (king: us)", "matrix: their unit"),
        ],
    },
    KeyTable {
        path: "network.links.jitter",
        doc: "How far single messages depart from the delay of their pair.",
        example: "jitter = { law = \"lognormal\", share = \"1%\", sigma = 2.0 }",
        keys: &[
            key("law", Kind::Choice(&links::JITTERS), REQUIRED, "the law"),
            key("share", Kind::Share, REQUIRED, "how far, as a share of the delay; below 100%"),
            key("sigma", Kind::Real(0.0, 4.0), "required for lognormal", "spread of the logarithm"),
        ],
    },
    KeyTable {
        path: "network.loss",
        doc: "How messages are lost: each for itself, or in bursts.",
        example: "loss = { model = \"gilbert-elliott\", p = \"1%\", r = \"30%\" }",
        keys: &[
            key("model", Kind::Choice(&loss::MODELS), REQUIRED, "the model"),
            key("ratio", Kind::Share, "required for independent", "which share is lost"),
            key("p", Kind::Share, "required for gilbert-elliott", "from good to bad, per message"),
            key("r", Kind::Share, "required for gilbert-elliott", "from bad to good, per message"),
            key("loss_good", Kind::Share, "0%", "lost while good"),
            key("loss_bad", Kind::Share, "100%", "lost while bad"),
        ],
    },
    KeyTable {
        path: "network.clock_error",
        doc: "How wrong the wall clocks of nodes are; records expire by them.",
        example: "clock_error = { law = \"normal\", sd = \"200ms\" }",
        keys: &[
            key("law", Kind::Choice(&clock::LAWS), REQUIRED, "the law"),
            key("max", Kind::Time, "required for uniform", "the largest error"),
            key("sd", Kind::Time, "required for normal", "the standard deviation"),
        ],
    },
];
