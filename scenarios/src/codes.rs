//! Codes of errors and warnings, for `dhtlab explain E005`.

/// One code.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Such as `E005`.
    pub code: &'static str,
    /// What it is about, a few words.
    pub summary: &'static str,
    /// What it means and what to do.
    pub detail: &'static str,
}

const fn code(code: &'static str, summary: &'static str, detail: &'static str) -> Code {
    Code { code, summary, detail }
}

/// All of them, in order.
pub static CODES: [Code; 30] = [
    code(
        "E001",
        "not valid TOML",
        "The text cannot be read as TOML. What could be understood was checked all the same.",
    ),
    code(
        "E002",
        "unknown key",
        "No key of this name exists in this table. Nothing is ever ignored silently: a misspelt key would \
         otherwise leave a default in force.",
    ),
    code("E003", "something is missing", "A key or table without a default is not there."),
    code("E004", "wrong type", "The value is of another type: a string instead of a number, say."),
    code(
        "E005",
        "not a time",
        "Times are strings with a unit: \"250ms\", \"90s\", \"1.5h\", \"1h30m\". Units: ns, us, ms, s, m, h, \
         d, w. A bare number would leave open whether seconds or milliseconds are meant.",
    ),
    code(
        "E006",
        "not a size",
        "Sizes are whole numbers of bytes, or strings with a unit: \"512B\", \"64KiB\", \"1MB\".",
    ),
    code(
        "E007",
        "not a share",
        "Shares and probabilities are strings: \"80%\" or \"4/5\", from 0% to 100%. They are kept as exact \
         fractions; 0.8 could not be.",
    ),
    code(
        "E008",
        "out of range",
        "The value is outside what is permitted; the message says what is.",
    ),
    code("E009", "unknown name", "No such protocol, preset, model, law or choice exists."),
    code(
        "E010",
        "unknown schema",
        "The first key of a scenario is `schema = 1`. A newer file needs a newer program.",
    ),
    code(
        "E011",
        "outside the run",
        "A time lies after the end of the run, or the warm-up fills it.",
    ),
    code(
        "E012",
        "phases in conflict",
        "Two phases apply the same kind of fault to the same nodes at the same time, so that neither would \
         mean what it says. Different kinds may overlap, and so may the same kind in different regions.",
    ),
    code(
        "E013",
        "parameters that cannot stand together",
        "Each is in its own range, but not beside the other: alpha above k, for instance.",
    ),
    code("E014", "name taken", "Two things have the same name, label or seed."),
    code(
        "E015",
        "file cannot be read",
        "A file that the scenario names is missing or unreadable. Paths are relative to the scenario.",
    ),
    code(
        "E016",
        "file is malformed",
        "A matrix is a square of round-trip times in milliseconds. A trace has lines `node,up,down` in order \
         of node and time. A key set is a SOSD file: a count and as many ascending keys, 64 bits each, \
         little-endian.",
    ),
    code(
        "E017",
        "protocol cannot do this",
        "The workload asks for what a protocol has no answer to, or a start is warm and the protocol has only its join.",
    ),
    code(
        "E018",
        "bad --set",
        "A change is `path=value`, the value in TOML: network.nodes=500, protocol.k=8 (every protocol that \
         has k), protocol.2.k=8 (the second), phase.censor.share=\"50%\".",
    ),
    code(
        "E019",
        "keys that exclude each other",
        "Two keys say different things about the same matter.",
    ),
    code("E020", "too much to number", "Operations have 29-bit numbers, sessions 32-bit numbers."),
    code(
        "E021",
        "results folder is in use",
        "Results are never mixed: take another folder or --force.",
    ),
    code(
        "E022",
        "would not fit in memory",
        "The estimate exceeds the memory available; exit code 5.",
    ),
    code("E023", "no regions", "A region is named, but the model of the links knows no regions."),
    code(
        "E024",
        "reads without stores",
        "Reads, removals and range queries ask for records that were stored before: add `puts`, `publish` or \
         a [[workload.wave]]. A role watches what some role announces.",
    ),
    code(
        "E025",
        "too few names",
        "Every record has a name of its own, and the file of the key set has fewer different names than there \
         are records. Duplicates count once.",
    ),
    code(
        "E026",
        "too many nodes in roles",
        "The nodes of all roles together are at most those of the network besides its bootstrap nodes, or those \
         of the trace.",
    ),
    code(
        "E027",
        "cannot be swept",
        "A sweep varies what decides a run. What names the scenario, its seeds, what is expected and what is \
         written are the same at every point, and so is which protocol an entry uses.",
    ),
    code(
        "E028",
        "an unfinished run is in the way",
        "The folder holds the finished runs of a scenario that was interrupted or failed. --resume computes \
         what is missing, --force starts anew, `dhtlab report DIR` shows the runs that are over.",
    ),
    code(
        "W001",
        "nothing to measure",
        "An expectation speaks of a kind of operation that the workload never asks for.",
    ),
    code(
        "W002",
        "read with care",
        "A baseline is given something for nothing, or a ring is born with fewer nodes than its proof of \
         correctness wants. The run goes ahead, and its results say so.",
    ),
];
