//! The estimate before a run, against what the shipped scenarios really took.

use dhtlab::command::memory::refuse_if_too_large;
use dhtlab::estimate::{Estimate, largest_that_fits, of_all};
use dhtlab::experiment::Experiment;
use dhtlab::library;
use dhtlab::registry::Registry;

use crate::support::{dhtlab, plan, text};

/// What each shipped scenario took, measured on one core of a server of 2022: events in millions,
/// peak memory in MiB, seconds.
const MEASURED: [(&str, f64, f64, f64); 6] = [
    ("quickstart", 6.1, 12.1, 2.9),
    ("churn-ipfs", 651.1, 79.7, 651.0),
    ("daa-prime-presets", 170.0, 51.1, 70.0),
    ("blocked-bootstrap", 222.3, 38.1, 151.0),
    ("partition-heal", 220.4, 53.2, 148.0),
    ("million", 63.6, 2_825.0, 98.0),
];

fn estimate(text: &str, changes: &[&str]) -> Estimate {
    of_all(&Experiment::single(&plan(text, changes)), &Registry::builtin(), 1)
}

#[test]
fn estimates_are_within_a_factor_of_two() {
    let mut wrong = Vec::new();
    for (name, events, mib, seconds) in MEASURED {
        let guess = estimate(library::find(name).unwrap().text, &[]);
        for (what, guessed, measured) in [
            ("million events", guess.events / 1e6, events),
            ("MiB", guess.bytes / f64::from(1 << 20), mib),
            ("s", guess.seconds, seconds),
        ] {
            let factor = guessed / measured;
            if !(0.5..=2.0).contains(&factor) {
                wrong.push(format!("{name}: {guessed:.1} {what} expected, {measured} measured"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_refusal_names_a_network_that_would_have_been_accepted() {
    let million = library::find("million").unwrap().text;
    let available = 1 << 30;
    let guess = estimate(million, &[]);
    let refused = refuse_if_too_large(&guess, Some(available)).unwrap_err();
    assert_eq!(refused.code(), 5);
    let fits = largest_that_fits(&guess, available);
    assert!((10_000..1_000_000).contains(&fits), "{fits}");
    assert!(refused.help()[0].contains(&format!("--set network.nodes={fits}")), "{refused:?}");
    let smaller = estimate(million, &[&format!("network.nodes={fits}")]);
    assert!(refuse_if_too_large(&smaller, Some(available)).is_ok());
    // Not far below what fits, either.
    let larger = fits * 3 / 2;
    let guess = estimate(million, &[&format!("network.nodes={larger}")]);
    assert!(refuse_if_too_large(&guess, Some(available)).is_err());
    // Nobody is refused where the system does not tell.
    assert!(refuse_if_too_large(&guess, None).is_ok());
}

#[test]
fn a_network_of_two_billion_is_refused_and_not_tried() {
    let mut command = dhtlab();
    command.args(["run", "--example", "quickstart", "--set", "network.nodes=2000000000"]);
    let output = command.output().unwrap();
    let stderr = text(&output.stderr);
    let code = output.status.code();
    assert!(code == Some(5) || code == Some(2), "{code:?} {stderr}");
    assert!(stderr.starts_with("error"), "{stderr}");
}
