//! Metrics, tables and the summary of stores and reads of many records, against values computed by hand.

mod fixture;

use dhtlab_reports::metrics::{self, Stat};
use dhtlab_reports::model::{Batch, Operation, Results, Run};
use dhtlab_reports::summary::Style;
use dhtlab_reports::tables::{lookups, timeseries};
use fixture::operation;

/// A store of so many of eight items.
fn store(lookup_id: u64, done: u32) -> Operation {
    let batch = Batch { items: 8, done, ..Batch::default() };
    let outcome = if done == 8 { "ok" } else { "incomplete" };
    Operation { outcome, batch: Some(batch), ..operation(lookup_id, "put_many", 20.0) }
}

/// A read of 32 keys that found ten entries.
fn read(lookup_id: u64, recall: Option<f64>, ghosts: f64, missing: Option<f64>) -> Operation {
    let batch = Batch {
        items: 32,
        done: 30,
        entries: Some(10),
        recall,
        ghost_ratio: Some(ghosts),
        missing_keys_ratio: missing,
    };
    Operation { batch: Some(batch), ..operation(lookup_id, "get_many", 25.0) }
}

/// What was never answered.
fn unanswered(op: Operation, outcome: &'static str) -> Operation {
    let items = op.batch.map_or(0, |batch| batch.items);
    let batch = Some(Batch { items, ..Batch::default() });
    Operation { outcome, latency_ms: None, batch, ..op }
}

fn run() -> Run {
    let mut run = fixture::small_run("aaaaaaaaaaaa", "hivemind", 1);
    run.operations.extend([
        store(20, 8),
        store(21, 6),
        unanswered(store(22, 8), "timeout"),
        read(30, Some(1.0), 0.0, Some(0.0)),
        read(31, Some(0.5), 0.25, Some(0.125)),
        // Nothing was due: neither a recall nor keys that could be missing.
        read(32, None, 1.0, None),
        unanswered(read(33, None, 0.0, None), "origin_left"),
    ]);
    run
}

fn value(metric: &str, stat: Stat) -> (Option<f64>, u64) {
    let found = metrics::value(&run(), metric, "measure", stat);
    let found = found.unwrap_or_else(|| panic!("{metric} {stat}"));
    (found.value, found.n)
}

#[test]
fn stores_count_whole_and_by_item() {
    assert_eq!(value("put_many.success_ratio", Stat::Ratio), (Some(1.0 / 3.0), 3));
    assert_eq!(value("put_many.items_ratio", Stat::Mean), (Some(1.75 / 3.0), 3));
    assert_eq!(value("put_many.latency_ms", Stat::P50), (Some(125.5), 1));
    assert_eq!(value("put_many.rpcs", Stat::Mean), (Some(6.0), 3));
    assert_eq!(value("put_many.messages", Stat::Sum), (Some(33.0), 3));
}

#[test]
fn a_read_without_an_answer_found_nothing_and_lacks_every_key() {
    assert_eq!(value("get_many.recall", Stat::Mean), (Some(1.5 / 3.0), 3));
    assert_eq!(value("get_many.missing_keys_ratio", Stat::Mean), (Some(1.125 / 3.0), 3));
    assert_eq!(value("get_many.ghost_ratio", Stat::Mean), (Some(1.25 / 3.0), 3));
    assert_eq!(value("get_many.success_ratio", Stat::Ratio), (Some(0.75), 4));
    assert_eq!(value("get_many.bytes", Stat::Mean), (Some(2_200.0), 4));
}

fn results(run: Run) -> Results {
    Results { scenario: "swarm".into(), runs: vec![run], ..Results::default() }
}

fn written(results: &Results) -> String {
    let mut bytes = Vec::new();
    lookups::write(results, &mut bytes).expect("writes into memory");
    String::from_utf8(bytes).expect("tables are text")
}

#[test]
fn columns_of_batches_stand_only_where_there_are_batches() {
    let plain = written(&results(fixture::small_run("aaaaaaaaaaaa", "hivemind", 1)));
    assert!(plain.lines().next().unwrap().ends_with("messages,recall_at_k"));
    let text = written(&results(run()));
    let mut lines = text.lines();
    let columns = "batch_items,batch_done,batch_entries,batch_recall,batch_ghost_ratio,batch_missing_keys_ratio";
    assert!(lines.next().unwrap().ends_with(&format!("recall_at_k,{columns}")));
    let row = |id: u64| {
        text.lines().find(|line| line.starts_with(&format!("aaaaaaaaaaaa,{id},"))).unwrap()
    };
    assert!(row(31).contains(",get_many,") && row(31).ends_with(",32,30,10,0.5,0.25,0.125"));
    assert!(row(21).contains(",put_many,") && row(21).ends_with(",8,6,,,,"));
    assert!(row(1).ends_with(",,,,,,"));
}

#[test]
fn recall_and_ghosts_are_followed_over_time() {
    let mut bytes = Vec::new();
    timeseries::write(&results(run()), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let row = |metric: &str| text.lines().find(|line| line.contains(metric)).unwrap_or_default();
    assert!(row("get_many.recall").ends_with(",get_many.recall,,0.75,ratio,2"), "{text}");
    assert!(row("get_many.ghost_ratio").contains("0.41666"), "{text}");
}

#[test]
fn the_summary_has_a_table_of_batches() {
    let text = fixture::summary(&results(run())).text(Style::Plain);
    assert!(text.contains("3 stores of batches, 4 reads of batches"), "{text}");
    assert!(text.contains("ghosts") && text.contains("58.33") && text.contains("50.00"), "{text}");
    let plain = fixture::small_run("aaaaaaaaaaaa", "hivemind", 1);
    let text = fixture::summary(&results(plain)).text(Style::Plain);
    assert!(!text.contains("ghosts") && !text.contains("batches"), "{text}");
}
