//! What is written is read back; what is wrong with a folder is said with its place, all at once.

mod fixture;

use std::fs;
use std::path::Path;

use dhtlab_reports::model::Results;
use dhtlab_reports::recorded::{ReadError, Recorded, RecordedRun};
use dhtlab_reports::tables::write_tables;
use indexmap::IndexMap;

fn folder(results: &Results) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    write_tables(results, dir.path()).expect("tables are written");
    dir
}

fn small() -> tempfile::TempDir {
    folder(&fixture::small())
}

/// Changes one file of a sound folder, and reads.
fn broken(file: &str, change: impl FnOnce(String) -> String) -> ReadError {
    let dir = small();
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).expect("a table");
    fs::write(&path, change(text)).expect("a table");
    Recorded::read(dir.path()).expect_err("a fault")
}

fn said(error: &ReadError) -> Vec<String> {
    error.faults.iter().map(ToString::to_string).collect()
}

#[test]
fn everything_comes_back() {
    let results = fixture::small();
    let read = Recorded::read(small().path()).unwrap();
    assert_eq!(read.scenario, "small");
    let [kademlia, chord] = &read.runs[..] else { panic!("two runs") };
    assert_eq!((kademlia.entry, &*kademlia.run_id, &*chord.protocol), (1, "bbbbbbbbbbbb", "chord"));
    let run = &results.runs[0];
    let parts = (kademlia.seed, kademlia.nodes, kademlia.events, &kademlia.digest);
    assert_eq!(parts, (run.seed, run.nodes, run.events, &run.digest));
    assert_eq!(kademlia.params.get("k").map(String::as_str), Some("20"));
    // An empty cell is a parameter that this protocol does not have.
    assert_eq!(kademlia.params.get("successors"), None);
    assert_eq!(chord.params.get("successors").map(String::as_str), Some("8"));
    assert_eq!(kademlia.world_id, "abcdefabcdef");
    assert_eq!(kademlia.replicas.len(), 3);
    assert_eq!(kademlia.node_load.len(), 4);
    assert!(kademlia.node_load[3].client && kademlia.node_load[2].keys_stored.is_none());
    assert_eq!(kademlia.intervals.len(), 3);
    let all = dhtlab_reports::metrics::all(run);
    for metric in &all {
        let same = |row: &&dhtlab_reports::recorded::MetricRow| {
            *row.phase == *metric.phase
                && *row.metric == *metric.metric
                && *row.stat == *metric.stat.name()
        };
        // What only ordered rings show is left out of the table.
        let Some(row) = kademlia.metrics.iter().find(same) else { continue };
        assert_eq!((row.value, row.n), (metric.value, metric.n), "{metric:?}");
    }
    let lookups = |run: &RecordedRun| -> u64 {
        let rows = run.bins.iter().filter(|b| *b.metric == *"lookup.latency_ms");
        rows.filter(|b| *b.phase == *"measure").map(|b| b.count).sum()
    };
    assert_eq!(lookups(kademlia), 3, "one of them without a latency");
}

#[test]
fn runs_come_by_entry_point_and_seed() {
    let mut results = fixture::small();
    let template = results.runs[0].clone();
    let one = |entry: u32, k: &str, seed: u64| {
        let mut run = template.clone();
        run.run_id = format!("{entry:04}{k:0>4}{seed:04}");
        (run.entry, run.seed) = (entry, seed);
        run.point = IndexMap::from([("protocol.k".to_owned(), k.to_owned())]);
        run
    };
    results.runs =
        vec![one(2, "8", 1), one(1, "20", 1), one(1, "8", 10), one(1, "8", 2), one(1, "100", 1)];
    let dir = folder(&results);
    let header = fs::read_to_string(dir.path().join("runs.csv")).unwrap();
    assert!(header.contains(",nodes,hops_theory,sweep.protocol.k,param.alpha,"), "{header}");
    let read = Recorded::read(dir.path()).unwrap();
    let order: Vec<(u32, &str, u64)> =
        read.runs.iter().map(|r| (r.entry, r.point["protocol.k"].as_str(), r.seed)).collect();
    assert_eq!(order, [(1, "8", 2), (1, "8", 10), (1, "20", 1), (1, "100", 1), (2, "8", 1)]);
}

#[test]
fn no_runs_are_no_fault() {
    assert_eq!(Recorded::read(folder(&Results::default()).path()), Ok(Recorded::default()));
}

#[test]
fn columns_are_found_by_name() {
    let dir = small();
    let path = dir.path().join("metrics.csv");
    let text = fs::read_to_string(&path).unwrap();
    let whole = Recorded::read(dir.path()).unwrap();
    let moved = text.lines().map(|line| {
        let (head, n) = line.rsplit_once(',').unwrap();
        format!("{n},{},{head}\n", if n == "n" { "note" } else { "" })
    });
    fs::write(&path, moved.collect::<Vec<_>>().concat()).unwrap();
    assert_eq!(Recorded::read(dir.path()).unwrap(), whole);
}

#[test]
fn a_missing_table_is_named() {
    for file in ["runs.csv", "hist.csv", "lookups.csv"] {
        let dir = small();
        fs::remove_file(dir.path().join(file)).unwrap();
        let error = Recorded::read(dir.path()).unwrap_err();
        assert_eq!(error.faults.len(), 1, "{error}");
        assert_eq!(error.faults[0].file, file);
        assert!(said(&error)[0].starts_with(&format!("{file}: the file is missing, expected a")));
        assert!(!error.is_io() && !error.help().is_empty());
    }
}

#[test]
fn a_table_that_cannot_be_opened_is_an_error_of_the_system() {
    let dir = small();
    fs::remove_file(dir.path().join("hist.csv")).unwrap();
    fs::create_dir(dir.path().join("hist.csv")).unwrap();
    let error = Recorded::read(dir.path()).unwrap_err();
    assert!(error.is_io() && said(&error)[0].contains("hist.csv"), "{error}");
    let nowhere = Recorded::read(Path::new("/nonexistent")).unwrap_err();
    assert_eq!(nowhere.faults.len(), 9, "{nowhere}");
}

#[test]
fn a_last_line_without_an_end_is_cut_off() {
    for cut in [1, 4, 20] {
        let mut lines = 0;
        let error = broken("metrics.csv", |text| {
            lines = text.lines().count();
            text[..text.len() - cut].to_owned()
        });
        let place = format!("metrics.csv, line {lines}: the last line is cut off");
        assert!(said(&error)[0].starts_with(&place), "{cut}: {error}");
        assert_eq!(error.faults.len(), 1);
    }
    let header = broken("metrics.csv", |text| text[..text.find('\n').unwrap()].to_owned());
    assert!(said(&header)[0].contains("line 1: the header is cut off"), "{header}");
    let empty = broken("metrics.csv", |_| String::new());
    assert!(said(&empty)[0].contains("the file is empty"), "{empty}");
}

#[test]
fn a_row_with_too_few_cells_is_named() {
    let error = broken("replicas.csv", |text| text.replacen(",1\n", "\n", 1));
    assert_eq!(
        said(&error),
        ["replicas.csv, line 2: a row of 3 cells, expected 4 as in the header"]
    );
}

#[test]
fn a_foreign_table_is_told_by_its_header() {
    let error = broken("lookups.csv", |_| "a,b\n1,2\n".to_owned());
    assert!(said(&error)[0].starts_with("lookups.csv, line 1: the header lacks run_id, lookup_id"));
    let twice = broken("replicas.csv", |text| text.replace("keys\n", "keys,keys\n"));
    assert!(said(&twice)[0].contains("the column keys stands there twice"), "{twice}");
}

#[test]
fn a_cell_that_is_no_number_is_named() {
    let error = broken("replicas.csv", |text| {
        text.replacen(",20,2,1\n", ",soon,2,1\n", 1).replacen(",40,2,3\n", ",-1,NaN,3\n", 1)
    });
    assert_eq!(
        said(&error),
        [
            "replicas.csv, line 2, column t_s: `soon`, expected a time in seconds, 0 or more",
            "replicas.csv, line 4, column t_s: `-1`, expected a time in seconds, 0 or more",
            "replicas.csv, line 4, column replicas_live: `NaN`, expected a whole number",
        ]
    );
    let infinite = broken("metrics.csv", |text| text.replacen(",1,", ",inf,", 1));
    assert!(said(&infinite)[0].contains("column value: `inf`, expected a number"), "{infinite}");
}

#[test]
fn a_row_of_another_run_is_named() {
    let error = broken("intervals.csv", |text| text.replacen("aaaaaaaaaaaa", "cccccccccccc", 1));
    assert_eq!(
        said(&error),
        ["intervals.csv, line 2, column run_id: `cccccccccccc`, expected a run of runs.csv"]
    );
}

#[test]
fn a_run_stands_once_and_all_are_of_one_scenario() {
    let twice = broken("runs.csv", |text| text.replace("bbbbbbbbbbbb,", "aaaaaaaaaaaa,"));
    assert!(said(&twice)[0].contains("line 3, column run_id"), "{twice}");
    assert_eq!(twice.faults.len(), 1, "rows of unknown runs do not repeat it");
    let mixed = broken("runs.csv", |text| text.replacen(",small,", ",large,", 1));
    assert!(said(&mixed)[0].contains("column scenario: `small`, expected `large` as above"));
}

#[test]
fn all_faults_of_all_tables_are_said_up_to_a_number() {
    let dir = folder(&fixture::large(fixture::FULL));
    let spoil = |file: &str, from: &str, to: &str| {
        let path = dir.path().join(file);
        fs::write(&path, fs::read_to_string(&path).unwrap().replace(from, to)).unwrap();
    };
    spoil("replicas.csv", ",500\n", ",many\n");
    spoil("replicas.csv", ",1\n", ",one\n");
    spoil("messages.csv", ",Ping,", ",,");
    fs::write(dir.path().join("hist.csv"), [0xff, 0xfe, b'\n']).unwrap();
    let error = Recorded::read(dir.path()).unwrap_err();
    let of = |file: &str| error.faults.iter().filter(|fault| fault.file == file).count();
    assert_eq!((of("replicas.csv"), of("messages.csv"), of("hist.csv")), (5, 5, 1), "{error}");
    assert!(error.further.iter().any(|(file, more)| *file == "replicas.csv" && *more > 1));
    let text = error.to_string();
    assert!(text.contains("\n  replicas.csv: and "), "{text}");
    assert!(text.contains("hist.csv, line 1: it is not UTF-8 text"), "{text}");
}

#[test]
fn no_byte_cut_or_changed_is_a_panic() {
    let dir = small();
    for file in ["runs.csv", "hist.csv", "node_load.csv"] {
        let path = dir.path().join(file);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(37) {
            fs::write(&path, &whole[..at]).unwrap();
            let _ = Recorded::read(dir.path());
            for byte in [b'"', b',', b'\n', 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                fs::write(&path, &changed).unwrap();
                let _ = Recorded::read(dir.path());
            }
        }
        fs::write(&path, whole).unwrap();
    }
}
