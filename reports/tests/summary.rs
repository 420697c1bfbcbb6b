//! The text that a run prints.

mod fixture;

use dhtlab_reports::summary::Style;
use fixture::Scene;

fn text(scene: Scene) -> String {
    fixture::summary(&fixture::large(scene)).text(Style::Plain)
}

const SCENES: [(&str, Scene); 4] = [
    (
        "one_seed",
        Scene { entries: 1, seeds: 1, phases: false, storage: false, joins: false, overlay: false },
    ),
    ("two_protocols", Scene { entries: 2, seeds: 3, phases: true, ..fixture::FULL }),
    ("three_protocols", fixture::FULL),
    ("lookups_only", Scene { storage: false, joins: false, ..fixture::FULL }),
];

#[test]
fn the_text_is_as_it_was() {
    for (name, scene) in SCENES {
        insta::assert_snapshot!(name, text(scene));
    }
    insta::assert_snapshot!("small", fixture::summary(&fixture::small()).text(Style::Plain));
}

#[test]
fn lines_fit_the_width_and_columns_are_aligned() {
    for (name, scene) in SCENES {
        let text = text(scene);
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
            assert_eq!(line.trim_end(), line);
        }
        let heads = text.lines().find(|l| l.contains("p50 ms")).unwrap();
        for line in text.lines().filter(|l| l.starts_with("        ") && l.contains('.')) {
            if line.contains("repl.") || line.contains("before") {
                continue;
            }
            // Every number ends where a heading ends.
            let ends = |l: &str| -> Vec<usize> {
                let chars: Vec<char> = l.chars().chain([' ']).collect();
                let end = |i: &usize| chars[*i] != ' ' && chars[*i + 1] == ' ';
                (0..chars.len() - 1).filter(end).collect()
            };
            let heads = ends(heads);
            assert!(ends(line).iter().all(|end| heads.contains(end)), "{name}: {line}");
        }
    }
}

#[test]
fn ranges_and_learning_have_a_table_of_their_own() {
    for (name, entries, seeds) in [("ranged_eight", 8, 3), ("ranged_two", 2, 1)] {
        let text = fixture::summary(&fixture::ranged::ranged(entries, seeds)).text(Style::Plain);
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
        insta::assert_snapshot!(name, text);
    }
    let mut short = fixture::ranged::ranged(3, 3);
    for (nth, run) in short.runs.iter_mut().enumerate() {
        run.variant = ["sha", "scaled", "exact"][nth / 3].into();
    }
    insta::assert_snapshot!("ranged_short", fixture::summary(&short).text(Style::Plain));
}

#[test]
fn decoration_changes_no_character() {
    let summary = fixture::summary(&fixture::large(fixture::FULL));
    let mut ansi = summary.text(Style::Ansi);
    assert!(ansi.contains('\u{1b}'));
    for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m"] {
        ansi = ansi.replace(code, "");
    }
    let stripped: Vec<&str> = ansi.lines().map(str::trim_end).collect();
    assert_eq!(stripped, summary.text(Style::Plain).lines().collect::<Vec<_>>());
}

#[test]
fn one_seed_says_that_it_has_no_interval() {
    let one = text(SCENES[0].1);
    assert!(one.contains("n = 1: no interval") && !one.contains('±'));
    assert!(text(SCENES[1].1).contains('±'));
}

#[test]
fn notices_and_unfinished_runs_are_repeated() {
    let mut results = fixture::large(SCENES[0].1);
    results.runs[0].status = "stopped: event limit".into();
    let text = fixture::summary(&results).text(Style::Plain).replace("\n  ", " ");
    assert!(text.contains("note: warm start"));
    assert!(text.contains("seed 1: stopped: event limit"));
}

#[test]
fn nothing_at_all_is_no_panic() {
    let text = fixture::summary(&dhtlab_reports::model::Results::default()).text(Style::Plain);
    assert!(text.contains("0 seeds"));
}

#[test]
fn the_document_holds_what_the_text_says() {
    let summary = fixture::summary(&fixture::small());
    insta::assert_snapshot!("json", serde_json::to_string_pretty(&summary).unwrap());
}
