//! What a phase may do to the network.

use dhtlab::plan::fault;

use crate::page::Page;

const ABOUT: &str = "A fault is a `[[phase]]` of the scenario: `name`, `at`, `for` where it ends, `fault = \"NAME\"`, and the keys below. Nodes learn nothing of it: \
they see that nobody answers. Its stretch is a phase of every table, and the summary says what was before, during and after.";

pub(crate) fn page() -> String {
    let mut page = Page::new("Faults", ABOUT);
    for topic in &fault::TOPICS {
        page.topic(topic);
    }
    page.end()
}
