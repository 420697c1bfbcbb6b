//! What exists besides protocols and metrics: distributions, key sets, links, faults. For `list` and `explain`.

/// A parameter as `explain` shows it.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its key.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Its default.
    pub default: &'static str,
    /// What is permitted.
    pub range: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// Something that has a name.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// The name.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// More.
    pub detail: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// Where it comes from.
    pub source: &'static str,
}

const fn param(
    name: &'static str,
    unit: &'static str,
    default: &'static str,
    range: &'static str,
    doc: &'static str,
) -> Param {
    Param { name, unit, default, range, doc }
}

/// Laws of random times, and of popularity.
pub static DISTRIBUTIONS: [Topic; 7] = [
    Topic {
        name: "constant",
        summary: "always the same time",
        detail: "Every session or absence lasts exactly as long. For tests of edge cases, not for realism.",
        params: &[param("value", "time", "required", "1s or more", "the time")],
        source: "textbook",
    },
    Topic {
        name: "exponential",
        summary: "memoryless times; real sessions are not like this",
        detail: "The usual law of analysis. Measured sessions have heavier tails.",
        params: &[param("mean", "time", "required", "1s or more", "the mean")],
        source: "textbook; used by p2psim and most early simulators",
    },
    Topic {
        name: "weibull",
        summary: "heavy-tailed for shapes below 1: what crawls of KAD and IPFS show",
        detail: "P(X > x) = exp(-(x/scale)^shape). Runs start in equilibrium: nodes that are up at the start \
                 have residual lives, not fresh ones.",
        params: &[
            param(
                "shape",
                "number",
                "required",
                "0.1 to 10",
                "below 1: most sessions short, some very long",
            ),
            param("scale", "time", "required", "1s or more", "63 % of the times are shorter"),
        ],
        source: "Steiner et al. 2009 (KAD); fits to IPFS crawls of 2021 and 2022",
    },
    Topic {
        name: "lomax",
        summary: "Pareto II: a power-law tail from zero",
        detail: "P(X > x) = (1 + x/scale)^-shape.",
        params: &[
            param("shape", "number", "required", "1.01 to 100", "the exponent of the tail"),
            param("scale", "time", "required", "1s or more", "mean times (shape - 1)"),
        ],
        source: "Yao et al. 2006; OverSim's ParetoChurn",
    },
    Topic {
        name: "lognormal",
        summary: "the logarithm is normal; also a link model",
        detail: "As churn law: `median` and `sigma` of times. As link model: of one-way delays, one draw for \
                 each pair of nodes.",
        params: &[
            param(
                "median",
                "time",
                "required (links: 72ms)",
                "1s or more (links: 1us to 1m)",
                "half are shorter",
            ),
            param(
                "sigma",
                "number",
                "required (links: 0.74)",
                "0.01 to 5 (links: 0 to 3)",
                "spread of the logarithm",
            ),
        ],
        source: "Stutzbach and Rejaie 2006 for sessions; King delays for links",
    },
    Topic {
        name: "uniform",
        summary: "all alike: times or delays between two bounds; popularity of keys",
        detail: "As popularity: every key is asked for as often as any other. As link model: one-way delays \
                 evenly between `min` and `max`, one draw for each pair of nodes.",
        params: &[
            param("keys", "count", "1000", "1 to 67108864", "how many keys (popularity)"),
            param("min", "time", "20ms", "1us to 1m", "least one-way delay (links)"),
            param("max", "time", "80ms", "min to 1m", "largest one-way delay (links)"),
        ],
        source: "textbook",
    },
    Topic {
        name: "zipf",
        summary: "popularity of keys: rank r in proportion to r^-exponent",
        detail: "A few keys take most requests.",
        params: &[
            param(
                "exponent",
                "number",
                "0.9",
                "0 to 4",
                "0.91 for DNS lookups; larger is more unequal",
            ),
            param("keys", "count", "1000", "1 to 67108864", "how many keys"),
        ],
        source: "0.91: the DNS trace used by Beehive",
    },
];

/// Where the names of records lie; `explain` knows them with and without `-keys`.
pub static KEY_SETS: [Topic; 9] = [
    Topic {
        name: "random-keys",
        summary: "key_set = \"random\": keys are uniform over 256 bits; the default",
        detail: "What hash functions make of names. The name is the last 64 bits of the key.",
        params: &[],
        source: "Maymounkov and Mazieres 2002; every DHT that hashes its keys",
    },
    Topic {
        name: "uniform-keys",
        summary: "key_set = \"uniform\": names are uniform over 64 bits",
        detail: "Protocols that keep the order of names see them as they are, all others hash them.",
        params: &[],
        source: "the sparse uniform set of the SOSD benchmark",
    },
    Topic {
        name: "normal-keys",
        summary: "key_set = \"normal\": one bell of names",
        detail: "Both parameters are shares of the range of names.",
        params: &[
            param("mean", "number", "0.5", "0 to 1", "the middle, as a share of the range"),
            param("sd", "number", "0.1", "1e-9 to 1", "the standard deviation, as a share"),
        ],
        source: "the normal set of the SOSD benchmark, with chosen parameters",
    },
    Topic {
        name: "lognormal-keys",
        summary: "key_set = \"lognormal\": most names small, a long tail",
        detail: "A name is 2^38 * exp(mu + sigma * Z). A wave with a greater `mu` moves the whole \
                 distribution.",
        params: &[
            param("mu", "number", "0", "-10 to 10", "the mean of the logarithm"),
            param("sigma", "number", "2", "0.01 to 4", "the standard deviation of the logarithm"),
        ],
        source: "the lognormal set of the SOSD benchmark: sigma 2 for 64 bits",
    },
    Topic {
        name: "clusters-keys",
        summary: "key_set = \"clusters\": gaussian clusters around uniform centres",
        detail: "Every cluster has equally many records, plus or minus one.",
        params: &[
            param("count", "count", "50", "1 to 1000000", "how many clusters"),
            param(
                "width",
                "number",
                "0.001",
                "1e-12 to 1",
                "standard deviation, share of the range",
            ),
        ],
        source: "a stand-in for coordinates on a space-filling curve (osm of SOSD)",
    },
    Topic {
        name: "zipf-gaps-keys",
        summary: "key_set = \"zipf-gaps\": gaps between names follow Zipf's law",
        detail: "A few huge gaps, many small ones; below 2 the mean gap is not finite.",
        params: &[param("exponent", "number", "1.5", "1.1 to 4", "s in P(gap = g) ~ g^-s")],
        source: "used for learned indexes; hard for models of few segments",
    },
    Topic {
        name: "sequential-keys",
        summary: "key_set = \"sequential\": a time series, above all that was stored before",
        detail: "In a [[workload.wave]] it appends behind the records and the waves before it: the worst \
                 shift for a model that was trained earlier.",
        params: &[],
        source: "log and timestamp keys",
    },
    Topic {
        name: "step-keys",
        summary: "key_set = \"step\": dense runs of names, nothing between them",
        detail: "Against learners: consecutive names in runs that lie equally far apart.",
        params: &[param("plateaus", "count", "2", "1 to 1000000", "how many runs")],
        source: "two runs are the worst for a linear root model",
    },
    Topic {
        name: "sosd-keys",
        summary: "key_set = { file = \"books.sosd\" }: measured names from a file",
        detail: "Binary: a count, then as many ascending keys, each 64 bits, little-endian; at most 1 GiB. \
                 Records take names from it without replacement; duplicates count once.",
        params: &[param("file", "path", "required", "relative to the scenario", "the file")],
        source: "the data sets of the SOSD benchmark: books, fb, osm_cellids, wiki_ts",
    },
];

/// Link models and loss models.
pub static LINKS: [Topic; 7] = [
    Topic {
        name: "constant-delay",
        summary: "links = { model = \"constant\" }: every message takes the same time",
        detail: "For tests. Nodes then act in lockstep, which real networks never do.",
        params: &[param("delay", "time", "50ms", "1us to 1m", "one-way delay")],
        source: "textbook",
    },
    Topic {
        name: "uniform-delay",
        summary: "links = { model = \"uniform\" }: each pair draws its delay evenly between two bounds",
        detail: "The delay of a pair stays the same for the whole run, in both directions.",
        params: &[
            param("min", "time", "20ms", "1us to 1m", "the shortest one-way delay"),
            param("max", "time", "80ms", "min to 1m", "the longest one-way delay"),
        ],
        source: "textbook",
    },
    Topic {
        name: "lognormal-delay",
        summary: "links = { model = \"lognormal\" }: each pair draws its delay from a lognormal law",
        detail: "The delay of a pair stays the same for the whole run, in both directions. The defaults are \
                 those of the King data set.",
        params: &[
            param("median", "time", "72ms", "1us to 1m", "the median one-way delay"),
            param("sigma", "number", "0.74", "0 to 3", "standard deviation of the logarithm"),
            param("floor", "time", "1ms", "1us to median", "what falls below is raised to this"),
        ],
        source: "fit to the King data set",
    },
    Topic {
        name: "regions",
        summary: "measured delays between regions of the world; nodes are spread over them",
        detail: "Tables: aws-2019 (eleven AWS regions, January 2019), simblock-2019 (six continents with the \
                 shares of Bitcoin nodes), wondernetwork-2018 (thirteen cities). A message takes half the \
                 round-trip time, plus jitter.",
        params: &[
            param(
                "table",
                "name",
                "aws-2019",
                "aws-2019, simblock-2019, wondernetwork-2018",
                "the table",
            ),
            param(
                "jitter",
                "share",
                "0%",
                "below 100%, measured, or { law = \"lognormal\", share, sigma }",
                "how far a message departs from its pair's delay; for every link model",
            ),
        ],
        source: "cloudping.co via wittgenstein; SimBlock; WonderNetwork",
    },
    Topic {
        name: "coordinates",
        summary: "nodes are points on a plane, each with an access delay",
        detail: "Without a file: a synthetic plane of clusters fitted to the King data set. With a file: each \
                 node takes a measured point; lines `id x y height`, one-way milliseconds. There are no \
                 shortcuts through a third node, which real networks have: take a matrix for those.",
        params: &[param("file", "path", "none", "relative to the scenario", "measured points")],
        source: "Vivaldi embedding of the King data set",
    },
    Topic {
        name: "matrix",
        summary: "measured delays of pairs from a file",
        detail: "layout = \"square\": one row a line, fields apart by commas, semicolons, tabs or spaces. \
                 layout = \"king\": lines `node N`, then `a, b, latency`. Lines that start with # are \
                 comments. Say with `measure` and `unit` what the numbers are. Nodes are dealt to rows.",
        params: &[
            param("file", "path", "required", "relative to the scenario", "the file"),
            param("layout", "name", "square", "square, king", "a square, or King text (p2psim)"),
            param("measure", "name", "rtt", "rtt, one-way", "round trips, or one way"),
            param("unit", "name", "ms (king: us)", "ms, us, s", "the unit of the numbers"),
        ],
        source: "such as the PlanetLab, King or Seattle data sets",
    },
    Topic {
        name: "gilbert-elliott",
        summary: "loss in bursts: a good and a bad state, changing with every message",
        detail: "loss = { model = \"gilbert-elliott\", p = \"1%\", r = \"30%\" } loses p/(p+r) of all messages in \
                 bursts of 1/r on average.",
        params: &[
            param("p", "share", "required", "0% to 100%", "from good to bad, per message"),
            param("r", "share", "required", "0% to 100%", "from bad to good, per message"),
            param("loss_good", "share", "0%", "0% to 100%", "lost while good"),
            param("loss_bad", "share", "100%", "0% to 100%", "lost while bad"),
        ],
        source: "Gilbert 1960, Elliott 1963",
    },
];
