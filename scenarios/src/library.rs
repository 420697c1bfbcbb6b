//! The scenarios that come with the program.

/// A shipped scenario.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Its name.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! example {
    ($name:literal, $summary:literal) => {
        Example {
            name: $name,
            summary: $summary,
            text: include_str!(concat!("../library/", $name, ".toml")),
        }
    };
}

/// All of them, the simplest first.
pub static ALL: [Example; 16] = [
    example!("quickstart", "250 Kademlia nodes for an hour, with churn, stores and reads"),
    example!("churn-ipfs", "500 nodes that come and go as IPFS servers did in 2022"),
    example!(
        "daa-prime-presets",
        "do records survive their publisher with three replicas, or with twenty?"
    ),
    example!(
        "blocked-bootstrap",
        "a censor keeps newcomers from the bootstrap nodes: who still gets in?"
    ),
    example!("partition-heal", "three regions are cut off, then come back: does the network heal?"),
    example!(
        "ring-churn",
        "a Chord ring that comes and goes: copies, upkeep, recursive lookups compared"
    ),
    example!(
        "learned-range",
        "range queries over skewed names: hashed, ordered and learned placement compared"
    ),
    example!("learned-drift", "names that drift: four triggers of learning, and what each costs"),
    example!(
        "petals-announce",
        "a Petals swarm: servers announce blocks and crash; what do clients see, and which ghosts?"
    ),
    example!(
        "hivemind-join-storm",
        "1,000 Hivemind nodes start at the same moment: do they become one network?"
    ),
    example!(
        "hivemind-dead-peers",
        "a share of a Hivemind network dies: how long do searches wait for the dead?"
    ),
    example!(
        "kademlia-vs-hivemind",
        "one world, the same values: Kademlia as IPFS runs it, and Hivemind"
    ),
    example!(
        "compare-protocols",
        "Kademlia, Hivemind, Chord and learned Chord in one world under thirty seeds: the comparison"
    ),
    example!(
        "sweep-k-alpha",
        "every k with every alpha: what larger buckets and more requests cost"
    ),
    example!(
        "sweep-nodes-churn",
        "Kademlia and Chord at four sizes under four lengths of sessions: growth and churn"
    ),
    example!("million", "100,000 lookups in one minute among a million nodes, without upkeep"),
];

/// The shipped scenario called `name`.
pub fn find(name: &str) -> Option<&'static Example> {
    let name = name.strip_suffix(".toml").unwrap_or(name);
    ALL.iter().find(|example| example.name == name)
}
