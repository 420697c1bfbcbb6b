//! Figures are well-formed, stable, and say what they must.

mod fixture;

use std::fs;

use dhtlab_reports::model::Results;
use dhtlab_reports::plot::{self, Figure, FigureData, Theme};
use dhtlab_reports::report::{self, About};
use dhtlab_reports::tables::write_tables;
use fixture::{FULL, Scene, figures};

const BARE: Scene =
    Scene { entries: 1, seeds: 1, phases: false, storage: false, joins: false, overlay: false };

const THEMES: [Theme; 3] = [Theme::Default, Theme::Narrow, Theme::Paper];

/// The figures in every theme.
fn in_all_themes(results: &Results) -> Vec<Figure> {
    let recorded = fixture::recorded(results);
    THEMES
        .into_iter()
        .flat_map(|theme| plot::figures(&recorded, None, theme).expect("drawn"))
        .collect()
}

fn names(results: &Results) -> Vec<&'static str> {
    figures(results).iter().map(|f| f.name).collect()
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
    let mut ranged = fixture::ranged::ranged(3, 2);
    for run in &mut ranged.runs {
        run.variant = format!("{} <&> \u{7} </svg>", run.variant);
    }
    for results in [
        fixture::small(),
        fixture::ranged::small_ranged(),
        fixture::ranged::ranged(8, 3),
        fixture::large(FULL),
        fixture::crowded(),
        ranged,
        hostile,
    ] {
        for figure in in_all_themes(&results) {
            assert_well_formed(figure.name, &figure.svg);
            assert!(!figure.svg.contains("\"#FE"), "{}: a sentinel is left", figure.name);
            assert!(!figure.svg.contains("NaN") && !figure.svg.contains("inf,"), "{}", figure.name);
        }
    }
}

#[test]
fn a_figure_without_data_is_not_drawn() {
    let [ecdf, hops, success, replicas, lorenz, purposes, recovery, ranges] = [
        "f1-latency-ecdf.svg",
        "f2-hops.svg",
        "f4-success-over-time.svg",
        "f5-replicas.svg",
        "f7-lorenz.svg",
        "f11-bytes-by-purpose.svg",
        "f12-recovery.svg",
        "range-cost.svg",
    ];
    assert_eq!(names(&fixture::large(FULL)), [ecdf, hops, success, replicas, purposes, recovery]);
    assert_eq!(names(&fixture::large(BARE)), [ecdf, hops, success, purposes]);
    let ranged = names(&fixture::ranged::ranged(2, 1));
    assert_eq!(ranged, [ecdf, hops, success, lorenz, purposes, ranges]);
    let all = [ecdf, hops, success, replicas, lorenz, purposes, recovery];
    assert_eq!(names(&fixture::small()), all);
    assert_eq!(names(&Results::default()), [""; 0]);
    let mut failing = fixture::large(BARE);
    for o in &mut failing.runs[0].operations {
        o.outcome = "timeout";
    }
    assert_eq!(names(&failing), [success, purposes]);
}

#[test]
fn figures_say_how_many_observations_they_show() {
    for figure in figures(&fixture::large(FULL)) {
        assert!(figure.svg.contains("n = ") && figure.svg.contains("3 seeds"), "{}", figure.name);
    }
    for figure in figures(&fixture::ranged::ranged(8, 3)) {
        assert!(figure.svg.contains("n = ") && figure.svg.contains("3 seeds"), "{}", figure.name);
    }
    for results in [fixture::large(BARE), fixture::ranged::ranged(2, 1)] {
        for figure in figures(&results) {
            assert!(figure.svg.contains("1 seed"), "{}", figure.name);
        }
    }
}

#[test]
fn the_order_of_the_rows_changes_no_byte() {
    let first = figures(&fixture::large(FULL));
    let second = figures(&fixture::permuted(fixture::large(FULL)));
    assert!(first == second);
    let first = figures(&fixture::ranged::ranged(8, 3));
    let second = figures(&fixture::permuted(fixture::ranged::ranged(8, 3)));
    assert!(first == second);
}

/// The number behind a key such as `width="`.
fn number(line: &str, key: &str) -> f64 {
    let from = line.find(key).expect("has the key") + key.len();
    line[from..].split('"').next().unwrap_or("").parse().expect("a number")
}

/// Width and height in the units of the drawing.
fn size(svg: &str) -> (f64, f64) {
    let (_, rest) = svg.split_once("viewBox=\"0 0 ").expect("a view");
    let (both, _) = rest.split_once('"').expect("a view");
    let (width, height) = both.split_once(' ').expect("two numbers");
    (width.parse().expect("a number"), height.parse().expect("a number"))
}

/// Texts with names far longer than the figure, and values of all sizes.
fn sprawling() -> Results {
    let mut results = fixture::ranged::ranged(8, 3);
    for run in &mut results.runs {
        run.variant = format!("{} {}", run.variant, "and more ".repeat(40));
        for o in run.operations.iter_mut().filter(|o| o.op == "range") {
            o.messages *= 1 + run.seed * 1_000_000;
        }
    }
    results
}

#[test]
fn no_text_leaves_the_figure() {
    for results in [fixture::crowded(), sprawling(), fixture::ranged::small_ranged()] {
        for figure in in_all_themes(&results) {
            let (width, height) = size(&figure.svg);
            let mut lines = figure.svg.lines();
            while let Some(line) = lines.find(|l| l.starts_with("<text")) {
                let (x, y) = (number(line, " x=\""), number(line, " y=\""));
                assert!((0.0..=width).contains(&x), "{}: {line}", figure.name);
                assert!(y > 0.0 && y < height, "{}: {line}", figure.name);
                let text = lines.next().unwrap_or("").replace("&quot;", "'").replace("&amp;", "+");
                // Half an em a character, which is on the narrow side.
                let long = f64::from(u32::try_from(text.chars().count()).unwrap())
                    * number(line, "font-size=\"")
                    * 0.5;
                let (before, after) = match line {
                    l if l.contains("rotate") => (0.0, 0.0),
                    l if l.contains("text-anchor=\"end\"") => (long, 0.0),
                    l if l.contains("text-anchor=\"middle\"") => (long / 2.0, long / 2.0),
                    _ => (0.0, long),
                };
                assert!(x - before >= 0.0 && x + after <= width, "{}: {line} {text}", figure.name);
            }
        }
    }
}

#[test]
fn an_entry_without_ranges_says_why_it_has_no_cost() {
    let drawn = figures(&fixture::ranged::ranged(8, 3));
    let ranges = &drawn.iter().find(|f| f.name == "range-cost.svg").unwrap().svg;
    assert!(ranges.contains("not supported") && ranges.contains("half or more failed"));
    let drawn = figures(&fixture::ranged::small_ranged());
    assert!(drawn.last().unwrap().svg.contains("none issued"));
}

#[test]
fn the_parts_of_a_bar_are_all_purposes() {
    let drawn = figures(&fixture::ranged::small_ranged());
    let purposes = &drawn.iter().find(|f| f.name == "f11-bytes-by-purpose.svg").unwrap().svg;
    for shown in ["lookup", "store", "maintenance", "learning", "migration"] {
        assert!(purposes.contains(&format!("\n{shown}\n")), "{shown}");
    }
    // Joins sent something only before what is measured. 44 messages of 150 bytes and 24 of 100.
    assert!(!purposes.contains("\njoin\n") && purposes.contains("\n112\n"));
}

#[test]
fn without_records_the_curve_is_of_messages() {
    let mut results = fixture::small();
    let lorenz = |results: &Results| {
        let drawn = figures(results);
        drawn.into_iter().find(|f| f.name == "f7-lorenz.svg").unwrap().svg
    };
    // Records 0 and 1 on the two servers that are up at the end.
    assert!(lorenz(&results).contains("Gini 0.500, max/mean 2.00"));
    results.runs.iter_mut().flat_map(|r| &mut r.node_load).for_each(|n| n.keys_stored = None);
    // As load.gini: rates 1/4 for 60 node seconds and 3/4 for 40.
    assert!(lorenz(&results).contains("Gini 0.267, max/mean 1.67"));
}

#[test]
fn a_figure_has_its_data_as_a_table() {
    for results in [fixture::large(FULL), fixture::small(), fixture::ranged::ranged(8, 3)] {
        for figure in figures(&results) {
            let FigureData { columns, rows } = &figure.data;
            assert!(!rows.is_empty() && rows.len() <= 300, "{}: {}", figure.name, rows.len());
            assert!(rows.iter().all(|row| row.len() == columns.len()), "{}", figure.name);
            assert!(figure.svg.contains("<desc>") && !figure.reading.is_empty());
            assert!(figure.count.starts_with("n = "), "{}: {}", figure.name, figure.count);
        }
    }
    let drawn = figures(&fixture::small());
    let rows = |name: &str| &drawn.iter().find(|f| f.name == name).unwrap().data.rows;
    // One of three lookups was answered, in 80.25 ms; from a bin, within 2.5 %.
    let latency = &rows("f1-latency-ecdf.svg")[0];
    assert_eq!(latency[0], "kademlia (default)");
    assert_eq!((&*latency[4], &*latency[5]), ("80.6", "never"));
    assert_eq!((&*latency[10], &*latency[11]), ("33.3", "3"));
    assert_eq!(rows("f2-hops.svg")[0][1..], ["1", "1", "100.0"]);
    let joins: Vec<&Vec<String>> =
        rows("f4-success-over-time.svg").iter().filter(|row| row[0] == "Joins").collect();
    assert_eq!(joins[0][1..], ["kademlia (default)", "0.0000", "10.000", "66.7", "3"]);
}

#[test]
fn of_a_long_sweep_the_first_are_drawn_and_said_to_be() {
    let mut results = fixture::large(BARE);
    let template = results.runs[0].clone();
    results.runs = (0..13_u64)
        .map(|nth| {
            let mut run = template.clone();
            run.run_id = format!("{nth:012x}");
            run.point.insert("network.nodes".to_owned(), format!("{}", 100 * nth));
            run
        })
        .collect();
    for figure in figures(&results).iter().filter(|figure| figure.name != "f3-hops-by-nodes.svg") {
        let said = "The first 12 of 13 entries and points are drawn.";
        assert!(figure.count.ends_with(said), "{}", figure.count);
        assert!(figure.svg.contains(said), "{}", figure.name);
        let named = figure.data.rows.iter().flatten().any(|cell| cell.contains("nodes=1100"));
        assert!(named, "{}: {:?}", figure.name, figure.data.rows);
    }
}

/// Two entries at two sizes with two lengths of sessions and two values of k: every figure of sweeps.
#[test]
fn a_sweep_is_drawn_along_its_axes() {
    let mut results = fixture::large(BARE);
    let template = results.runs[0].clone();
    let values = |bit: u32, nth: u32| nth >> bit & 1;
    let run = |nth: u32| {
        let mut run = template.clone();
        run.run_id = format!("{nth:012x}");
        run.entry = values(3, nth) + 1;
        run.protocol = ["kademlia", "chord"][values(3, nth) as usize].to_owned();
        for (bit, path, pair) in [
            (0, "protocol.k", ["8", "20"]),
            (1, "network.nodes", ["100", "1_000"]),
            (2, "churn.session.mean", ["5m", "2h"]),
        ] {
            run.point.insert(path.to_owned(), pair[values(bit, nth) as usize].to_owned());
        }
        run
    };
    results.runs = (0..16).map(run).collect();
    let drawn = figures(&results);
    let rows = |name: &str| {
        let figure = drawn.iter().find(|figure| figure.name == name);
        &figure.unwrap_or_else(|| panic!("{name} is not drawn")).data.rows
    };
    // Two marks for each of eight lines.
    assert_eq!(rows("f3-hops-by-nodes.svg").len(), 16);
    assert_eq!(rows("f3-hops-by-nodes.svg")[1][1], "1_000");
    assert_eq!(rows("f9-success-by-churn.svg").len(), 16);
    assert_eq!(rows("f6-cost-latency.svg").len(), 16);
    // Maps of k and nodes, for each entry and length of sessions.
    assert_eq!(rows("f8-heat-map.svg").len(), 16);
    assert!(rows("f8-heat-map.svg")[0][0].contains("churn.session.mean=5m"));
}

#[test]
fn a_report_writes_what_it_shows() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(&fixture::large(BARE), dir.path()).unwrap();
    let about = About { notices: vec!["mind this".to_owned()], ..About::default() };
    let report = report::build(dir.path(), &about, Theme::Default).unwrap();
    assert_eq!(report.summary.notices, about.notices);
    assert_eq!(report.recorded.runs.len(), 1);
    let mut written: Vec<String> = fs::read_dir(dir.path().join("figures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    let mut drawn: Vec<&str> = report.figures.iter().map(|figure| figure.name).collect();
    drawn.sort_unstable();
    assert_eq!(written, drawn);
    for figure in &report.figures {
        let path = dir.path().join("figures").join(figure.name);
        assert_eq!(fs::read_to_string(path).unwrap(), figure.svg);
    }
}

#[test]
fn a_report_of_broken_tables_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(&fixture::small(), dir.path()).unwrap();
    fs::write(dir.path().join("hist.csv"), "a,b\n1,2\n").unwrap();
    let error = report::build(dir.path(), &About::default(), Theme::Default).unwrap_err();
    assert!(error.to_string().contains("hist.csv, line 1"), "{error}");
    assert!(!dir.path().join("figures").exists());
}
