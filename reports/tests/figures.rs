//! Figures are well-formed, stable, and say what they must.

mod fixture;

use std::fs;

use dhtlab_reports::model::Results;
use dhtlab_reports::plot::{figures, write_figures};
use fixture::{FULL, Scene};

const BARE: Scene =
    Scene { entries: 1, seeds: 1, phases: false, storage: false, joins: false, overlay: false };

fn names(results: &Results) -> Vec<&'static str> {
    figures(results).expect("drawn").iter().map(|f| f.name).collect()
}

/// Checks nesting, attributes and references: what a parser needs to accept the document.
fn assert_well_formed(name: &str, svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        assert!(!text.contains('>'), "{name}: stray > in {text:?}");
        assert_references(name, text);
        let end = at + rest[at..].find('>').expect("a tag ends");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}");
            continue;
        }
        let body = tag.trim_end_matches('/');
        assert_eq!(body.matches('"').count() % 2, 0, "{name}: {tag}");
        let values: Vec<&str> = body.split('"').collect();
        let keys: Vec<&str> =
            values.iter().step_by(2).map(|k| k.rsplit(' ').next().unwrap_or("")).collect();
        for (nth, key) in keys.iter().enumerate().filter(|(_, k)| !k.is_empty()) {
            assert!(
                !keys[..nth].contains(key) || !key.ends_with('='),
                "{name}: twice {key} in {tag}"
            );
        }
        for value in values.iter().skip(1).step_by(2) {
            assert_references(name, value);
        }
        if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or(""));
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{name}: {open:?} {rest:?}");
}

fn assert_references(name: &str, text: &str) {
    for part in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "apos;"];
        assert!(known.iter().any(|k| part.starts_with(k)), "{name}: &{part}");
    }
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{name}: {text:?}");
}

#[test]
fn figures_are_well_formed_whatever_the_names() {
    let mut hostile = fixture::large(FULL);
    for run in &mut hostile.runs {
        run.variant = "a<b & \"c\" 'd' fill=\"#FE0501\" \u{7} </svg>".into();
        run.intervals[2].label = "<script>\u{0}&".into();
    }
    for results in [fixture::small(), fixture::large(FULL), fixture::crowded(), hostile] {
        for figure in figures(&results).unwrap() {
            assert_well_formed(figure.name, &figure.svg);
            assert!(!figure.svg.contains("\"#FE"), "{}: a sentinel is left", figure.name);
        }
    }
}

#[test]
fn a_figure_without_data_is_not_drawn() {
    let all = ["f1-latency-ecdf.svg", "f2-hops.svg", "f4-success-over-time.svg", "f5-replicas.svg"];
    assert_eq!(names(&fixture::large(FULL)), all);
    assert_eq!(names(&fixture::large(BARE)), all[..3]);
    assert_eq!(names(&Results::default()), [""; 0]);
    let mut failing = fixture::large(BARE);
    for o in &mut failing.runs[0].operations {
        o.outcome = "timeout";
    }
    assert_eq!(names(&failing), all[2..3]);
}

#[test]
fn figures_say_how_many_observations_they_show() {
    for figure in figures(&fixture::large(FULL)).unwrap() {
        assert!(figure.svg.contains("n = ") && figure.svg.contains("3 seeds"), "{}", figure.name);
    }
    for figure in figures(&fixture::large(BARE)).unwrap() {
        assert!(figure.svg.contains("1 seed"), "{}", figure.name);
    }
}

#[test]
fn the_order_of_the_rows_changes_no_byte() {
    let first = figures(&fixture::large(FULL)).unwrap();
    let second = figures(&fixture::permuted(fixture::large(FULL))).unwrap();
    assert!(first == second);
}

#[test]
fn no_text_leaves_the_figure() {
    for figure in figures(&fixture::crowded()).unwrap() {
        for line in figure.svg.lines().filter(|l| l.starts_with("<text")) {
            let number = |key: &str| -> f64 {
                let from = line.find(key).unwrap() + key.len();
                line[from..].split('"').next().unwrap().parse().unwrap()
            };
            let (x, y) = (number(" x=\""), number(" y=\""));
            assert!((0.0..=900.0).contains(&x) && y > 0.0, "{}: {line}", figure.name);
        }
    }
}

#[test]
fn files_are_named_in_their_folder() {
    let dir = tempfile::tempdir().unwrap();
    for file in write_figures(&fixture::large(BARE), dir.path()).unwrap() {
        let written = fs::read(dir.path().join(&file.name)).unwrap();
        assert_eq!(written.len() as u64, file.bytes);
        assert!(file.name.starts_with("figures/f"));
    }
}
