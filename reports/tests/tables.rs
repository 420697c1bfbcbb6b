//! Every table, read by eye once and kept.

mod fixture;

use std::fs;

use dhtlab_reports::columns::Columns;
use dhtlab_reports::model::Results;
use dhtlab_reports::scope::Scope;
use dhtlab_reports::tables::{write_header, write_rows, write_tables};

const NAMES: [&str; 10] = [
    "runs.csv",
    "metrics.csv",
    "timeseries.csv",
    "hist.csv",
    "lookups.csv",
    "node_load.csv",
    "replicas.csv",
    "messages.csv",
    "intervals.csv",
    "digests.csv",
];

#[test]
fn tables_are_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(&fixture::small(), dir.path()).unwrap();
    for name in NAMES {
        let text = fs::read_to_string(dir.path().join(name)).unwrap();
        // Both runs hold the same rows but for runs.csv: the first is enough to read.
        let kept: Vec<&str> =
            text.lines().filter(|l| name == "runs.csv" || !l.starts_with("bbbb")).collect();
        insta::assert_snapshot!(name, kept.join("\n"));
    }
}

/// The columns and rows that range queries and learning add; the tables above have none of them.
#[test]
fn ranges_add_columns_and_rows() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(&fixture::ranged::small_ranged(), dir.path()).unwrap();
    for name in ["metrics.csv", "timeseries.csv", "hist.csv", "lookups.csv", "messages.csv"] {
        let ranged = fs::read_to_string(dir.path().join(name)).unwrap();
        let rows: Vec<&str> = ranged.lines().filter(|l| !l.starts_with("bbbb")).collect();
        insta::assert_snapshot!(format!("ranged_{name}"), rows.join("\n"));
    }
    // A run without ranges in the same scenario has the columns too, empty.
    let lookups = fs::read_to_string(dir.path().join("lookups.csv")).unwrap();
    assert!(lookups.lines().any(|l| l.starts_with("bbbb") && l.ends_with(",,,,,")));
}

#[test]
fn the_order_of_the_rows_changes_no_byte() {
    let mut other = fixture::permuted(fixture::small());
    other.runs.reverse();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = write_tables(&fixture::small(), dirs[0].path()).unwrap();
    let second = write_tables(&other, dirs[1].path()).unwrap();
    assert_eq!(first, second);
    assert_eq!(first.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), NAMES);
    for file in first {
        let read = |dir: usize| fs::read(dirs[dir].path().join(&file.name)).unwrap();
        assert!(read(0) == read(1), "{} differs", file.name);
        assert_eq!(read(0).len() as u64, file.bytes);
        assert!(!read(0).contains(&b'\r'));
    }
}

/// Runs that are written one by one, under columns that were decided before, make the same tables.
#[test]
fn shares_of_runs_join_to_the_whole_table() {
    let mut all = fixture::ranged::small_ranged();
    all.runs[0].point.insert("protocol.k".to_owned(), "8".to_owned());
    all.runs[1].params.insert("only_here".to_owned(), "1".to_owned());
    let params = all.runs.iter().flat_map(|run| run.params.keys().cloned()).collect();
    let scope = Scope { ranges: true, batches: false, ordered: true };
    let columns = Columns { scope, params, axes: vec!["protocol.k".to_owned()] };
    all.columns = Some(columns.clone());
    let dir = tempfile::tempdir().unwrap();
    write_tables(&all, dir.path()).unwrap();
    for name in NAMES {
        let mut joined = Vec::new();
        write_header(&columns, name, &mut joined).unwrap();
        let mut runs = all.runs.clone();
        runs.sort_by(|a, b| a.run_id.cmp(&b.run_id));
        for run in runs {
            let one = Results { runs: vec![run], ..all.clone() };
            write_rows(&one, name, &mut joined).unwrap();
        }
        let whole = fs::read(dir.path().join(name)).unwrap();
        assert!(whole == joined, "{name} differs");
    }
    let runs = fs::read_to_string(dir.path().join("runs.csv")).unwrap();
    assert!(
        runs.lines().next().unwrap().contains(",nodes,hops_theory,sweep.protocol.k,param."),
        "{runs}"
    );
}

#[test]
fn every_row_is_as_wide_as_its_header() {
    let dir = tempfile::tempdir().unwrap();
    for results in [
        fixture::small(),
        fixture::ranged::small_ranged(),
        fixture::large(fixture::FULL),
        Results::default(),
    ] {
        for file in write_tables(&results, dir.path()).unwrap() {
            // The reader refuses rows of unequal width.
            let mut reader = csv::Reader::from_path(dir.path().join(&file.name)).unwrap();
            assert!(reader.records().all(|row| row.is_ok()), "{}", file.name);
        }
    }
}

/// Bytes of messages.csv over the node time are what metrics.csv says.
#[test]
fn traffic_agrees_between_tables() {
    let results = fixture::large(fixture::FULL);
    let run = &results.runs[0];
    let stat = dhtlab_reports::metrics::Stat::Mean;
    let said =
        dhtlab_reports::metrics::value(run, "net.bytes_per_node_s", "measure", stat).unwrap();
    let bytes: u64 = run.traffic.iter().filter(|t| t.t_start_s >= 1200.0).map(|t| t.bytes).sum();
    let live: Vec<f64> = run
        .samples
        .iter()
        .filter(|s| s.metric == "live_nodes" && (1200.0..7200.0).contains(&s.t_s))
        .map(|s| s.value * 300.0)
        .collect();
    let bytes = f64::from(u32::try_from(bytes).unwrap());
    assert!((said.value.unwrap() - bytes / live.iter().sum::<f64>()).abs() < 1e-9);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let mut full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = dhtlab_reports::tables::runs::write(&fixture::small(), &mut full).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn a_table_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("metrics.csv")).unwrap();
    fs::write(dir.path().join("metrics.csv/occupied"), "").unwrap();
    let error = write_tables(&fixture::small(), dir.path()).unwrap_err();
    assert!(error.to_string().contains("metrics.csv"), "{error}");
}
