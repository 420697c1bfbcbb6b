//! Words of the page that a newcomer may not know. Metrics are explained by their own descriptions.

use super::content::{Content, Term};

/// A term, the words of which one must occur, and its meaning.
type Entry = (&'static str, &'static [&'static str], &'static str);

const TERMS: [Entry; 22] = [
    (
        "95 % interval",
        &["95 %", "±"],
        "Where the mean over ever more seeds lies, with 95 % confidence, by Student's t over seeds. ± is half \
         its width.",
    ),
    (
        "n",
        &["n = "],
        "How many observations stand behind a number: seeds for an interval, operations for a figure.",
    ),
    (
        "seed",
        &["seed"],
        "The number from which everything random is drawn. Runs of different seeds are independent repetitions; \
         protocols under one seed meet the same world.",
    ),
    (
        "paired",
        &["pair"],
        "Compared seed by seed in the same world, so that what differs between worlds cancels.",
    ),
    (
        "Holm",
        &["holm"],
        "A correction for asking several questions at once: it keeps the chance of any false finding in the table \
         at 5 %.",
    ),
    (
        "no detectable difference",
        &["no detectable difference"],
        "The interval of the difference holds 0. With more seeds a small difference may still show.",
    ),
    ("p50", &["p50"], "The median: half of the observations are at most this large."),
    ("p90", &["p90"], "90 of 100 observations are at most this large."),
    ("p99", &["p99"], "99 of 100 observations are at most this large."),
    (
        "hops",
        &["hops"],
        "Depth at which the closest node was found: 1 is known from the own table, else one more than the node \
         that first named it.",
    ),
    (
        "success",
        &["success"],
        "An operation that ended with the right answer. Failures, timeouts and abandoned ones count as not.",
    ),
    (
        "measure",
        &["measure"],
        "The part of the run after the warm-up, from which the key numbers are taken; faults lie inside it.",
    ),
    (
        "warm-up",
        &["warm-up", "warmup"],
        "The part of the run at its begin that no key number counts.",
    ),
    (
        "warm start",
        &["warm start"],
        "Routing tables were filled as ideal joins would leave them, instead of simulating every join.",
    ),
    (
        "fault",
        &["fault"],
        "A named disturbance with a begin and an end, the same for every protocol.",
    ),
    (
        "back to 95 %",
        &["back to 95 %", "time_to_95"],
        "Time from a fault's end until success is again 95 % of its level before the fault.",
    ),
    ("churn", &["churn"], "Nodes that come and go during the run."),
    (
        "ECDF",
        &["ecdf", "answered within"],
        "A curve that says which share of all observations is at most as large as the value below it.",
    ),
    (
        "Gini",
        &["gini"],
        "How unevenly load lies: 0 when all carry the same, towards 1 when one carries all.",
    ),
    ("recall", &["recall"], "Of what should have been found, the share that was."),
    (
        "live replicas",
        &["replica"],
        "Copies of a record on nodes that are up. A record without one is lost unless a holder returns.",
    ),
    (
        "digest",
        &["digest"],
        "A fingerprint of everything that happened in the runs. The same digest is the same run, event by event.",
    ),
];

/// The terms that occur in what the page says, with those already known of metrics, by name.
pub(super) fn complete(content: &mut Content) {
    let text = text(content).to_lowercase();
    for (term, words, meaning) in TERMS {
        let known = content.glossary.iter().any(|t| t.term == term);
        if !known && words.iter().any(|word| text.contains(word)) {
            content.glossary.push(Term { term: term.to_owned(), meaning: meaning.to_owned() });
        }
    }
    content.glossary.sort_by_key(|t| (t.term.to_lowercase(), t.meaning.clone()));
    // Two numbers may be of one metric.
    content.glossary.dedup();
}

/// All running text; words that only the template says are added as the template shows them.
fn text(content: &Content) -> String {
    let mut said: Vec<&str> = vec![&content.description, &content.comparison_note];
    said.extend(content.verdicts.iter().map(String::as_str));
    said.extend(content.expectations.iter().flat_map(|e| [e.text.as_str(), &e.value]));
    for lines in [&content.notices, &content.incomplete, &content.not_modelled, &content.reproduce]
    {
        said.extend(lines.iter().map(String::as_str));
    }
    for table in &content.tables {
        said.extend([table.title.as_str(), &table.caption]);
        said.extend(table.columns.iter().flat_map(|c| [c.name.as_str(), &c.stat]));
        said.extend(["n = "].iter().filter(|_| !table.rows.is_empty()));
    }
    for row in &content.comparisons {
        said.extend([row.metric.as_str(), &row.phase, "95 %"]);
    }
    for figure in &content.figures {
        said.extend([figure.title.as_str(), &figure.reading, &figure.count]);
    }
    said.extend(content.phases.iter().flat_map(|p| [p.kind.as_str(), &p.label]));
    said.extend(["seed"].iter().filter(|_| !content.seeds.is_empty()));
    said.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terms_that_occur_are_explained() {
        let mut content =
            Content { notices: vec!["A Warm Start was used.".into()], ..Content::default() };
        let known = Term { term: "z".into(), meaning: "known".into() };
        content.glossary.extend([known.clone(), known]);
        complete(&mut content);
        let terms: Vec<&str> = content.glossary.iter().map(|t| t.term.as_str()).collect();
        assert_eq!(terms, ["warm start", "z"]);
        let before = content.glossary.clone();
        complete(&mut content);
        assert_eq!(content.glossary, before);
    }
}
