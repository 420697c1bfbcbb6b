//! Comparisons of records made by hand: every way in which data may be thin has a defined result.

mod samples;

use dhtlab_reports::compare::{Choice, CompareError, Comparison, Method, Row, Verdict};
use dhtlab_reports::plot::{self, Theme};
use dhtlab_reports::recorded::{Recorded, RecordedRun};
use dhtlab_reports::summary::{Style, WIDTH};
use samples::{full, number, recorded, two_sided, whole};

fn near(a: Option<f64>, b: f64) {
    assert!(a.is_some_and(|a| (a - b).abs() < 1e-9), "{a:?} against {b}");
}

fn only(recorded: &Recorded) -> Row {
    let mut rows = Comparison::of(recorded).rows;
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// Thirty seeds that differ a little, the other lower by 0.31.
fn thirty() -> Vec<(f64, f64)> {
    let noise = |seed: u32| f64::from(seed * 7 % 11) / 50.0;
    (0..30).map(|s| (2.5 + noise(s), 2.5 + noise(s) - 0.31 + noise(s + 3) - noise(s + 5))).collect()
}

#[test]
fn a_verdict_in_words() {
    let row = only(&whole("lookup.hops", "mean", &thirty()));
    assert_eq!(
        (row.verdict, row.method, row.n_pairs),
        (Verdict::Better, Some(Method::PairedT), 30)
    );
    insta::assert_snapshot!(row.say(), @"better: chord has lower lookup.hops than kademlia by 0.304 ms [0.266, 0.342] (12 %), n = 30 pairs");
    let row = only(&whole("lookup.success_ratio", "ratio", &thirty()));
    assert_eq!(row.verdict, Verdict::Worse);
    let row = only(&whole("table.entries", "mean", &thirty()));
    assert_eq!(row.verdict, Verdict::Lower);
    let row = only(&whole("nobody.knows", "mean", &thirty()));
    assert_eq!(row.verdict, Verdict::Lower);
    let same: Vec<(f64, f64)> =
        thirty().iter().map(|(base, other)| (*base, other + 0.31)).collect();
    let row = only(&whole("lookup.hops", "mean", &same));
    assert_eq!(row.verdict, Verdict::NoDetectableDifference);
    insta::assert_snapshot!(row.say(), @"no detectable difference: lookup.hops of chord minus that of kademlia is 0.006 ms [-0.032, 0.044] (0.23 %), n = 30 pairs");
}

/// Small, but sure: it keeps its name and its interval, and the size is for the reader to judge.
#[test]
fn a_tiny_difference_is_named() {
    let tiny: Vec<(f64, f64)> =
        (1..=30).map(|s| (f64::from(s), f64::from(s) * 1.0001 + f64::from(s % 3) * 1e-5)).collect();
    let row = only(&whole("lookup.latency_ms", "p50_all", &tiny));
    assert_eq!(row.verdict, Verdict::Worse);
    insta::assert_snapshot!(row.say(), @"worse: chord has higher lookup.latency_ms p50_all than kademlia by 0.00156 ms [0.00123, 0.00189] (0.010 %), n = 30 pairs");
}

#[test]
fn equal_in_every_seed() {
    let row = only(&whole("lookup.success_ratio", "ratio", &[(1.0, 1.0); 30]));
    assert_eq!(row.verdict, Verdict::NoDetectableDifference);
    assert_eq!((row.interval, row.p), (Some((0.0, 0.0)), Some(1.0)));
    insta::assert_snapshot!(row.say(), @"no detectable difference: lookup.success_ratio of chord minus that of kademlia is 0.00 ms [0.00, 0.00] (0.0 %), n = 30 pairs");
}

#[test]
fn one_seed_decides_nothing() {
    let row = only(&whole("lookup.hops", "mean", &[(2.0, 3.0)]));
    assert_eq!((row.verdict, row.interval, row.p), (Verdict::Undecided, None, None));
    near(row.mean_diff, 1.0);
    insta::assert_snapshot!(row.say(), @"undecided: lookup.hops of chord minus that of kademlia is 1.00 ms (no interval) (50 %), n = 1 pair");
}

/// A percentile among failures is worse than any number: signs are counted, means are not made up.
#[test]
fn a_percentile_among_failures_is_worse_than_any_number() {
    let pairs: Vec<_> = (1..=12)
        .map(|s| (Some(f64::from(s)), if s <= 10 { None } else { Some(f64::from(s) - 0.5) }))
        .collect();
    let row = only(&two_sided("lookup.latency_ms", "p99_all", &pairs));
    assert_eq!((row.method, row.verdict), (Some(Method::Sign), Verdict::Worse));
    assert_eq!((row.missing_base, row.missing_other), (0, 10));
    assert_eq!((row.higher_in, row.lower_in), (10, 2));
    assert_eq!((row.mean_other, row.mean_diff, row.interval), (None, None, None));
    near(row.mean_base, 6.5);
    // 2 (1 + 12 + 66) / 4096.
    near(row.p, 2.0 * 79.0 / 4096.0);
    insta::assert_snapshot!(row.say(), @"worse: lookup.latency_ms p99_all of chord against kademlia is higher in 10 of 12 pairs; no number in 0 of 12 runs of the base and 10 of 12 of the other: worse than any number");

    // Where more is better, what has no number is below any.
    let row = only(&two_sided("lookup.recall_at_k", "mean", &pairs));
    assert_eq!((row.verdict, row.lower_in), (Verdict::Worse, 12));
    // Where neither is better, nobody can say.
    assert_eq!(only(&two_sided("table.entries", "mean", &pairs)).verdict, Verdict::Undecided);
}

#[test]
fn all_values_missing() {
    let row = only(&two_sided("lookup.latency_ms", "p99_all", &[(None, None); 9]));
    assert_eq!((row.verdict, row.missing_base, row.missing_other), (Verdict::NoData, 9, 9));
    let row = only(&two_sided("lookup.latency_ms", "p99_all", &[(Some(3.0), None); 9]));
    assert_eq!(row.verdict, Verdict::Worse);
}

#[test]
fn a_metric_that_one_entry_does_not_have() {
    let mut records = whole("lookup.hops", "mean", &thirty());
    for run in records.runs.iter_mut().filter(|run| run.entry == 1) {
        run.metrics.push(number("range.recall", "mean", Some(1.0)));
    }
    let comparison = Comparison::of(&records);
    let row = comparison.rows.iter().find(|row| *row.metric == *"range.recall").unwrap();
    assert_eq!((row.verdict, row.n_pairs, row.unobserved), (Verdict::NoData, 0, 30));
    assert!(comparison.text(Style::Plain).contains("no number to compare: range.recall"));
    // It asks no question, so it costs the others nothing.
    let hops = comparison.rows.iter().find(|row| *row.metric == *"lookup.hops").unwrap();
    assert_eq!(hops.p, hops.p_holm);
}

#[test]
fn seeds_without_a_partner_are_left_out_and_said() {
    let mut records = whole("lookup.hops", "mean", &thirty());
    records.runs.retain(|run| run.entry == 1 || run.seed <= 20);
    let comparison = Comparison::of(&records);
    assert_eq!((comparison.rows[0].n_pairs, comparison.rows[0].n_base), (20, 20));
    let said = &comparison.notices[0];
    assert!(said.contains("10 and 0 runs without a partner"), "{said}");
}

#[test]
fn runs_that_did_not_end_are_left_out_and_said() {
    let mut records = whole("lookup.hops", "mean", &thirty());
    records.runs[3].status = "interrupted".to_owned();
    let comparison = Comparison::of(&records);
    assert_eq!(comparison.rows[0].n_pairs, 29);
    assert!(
        comparison.notices[0].contains("seed 4 is left out: interrupted"),
        "{:?}",
        comparison.notices
    );
}

fn moved(recorded: &Recorded, world: &str, entry: u32) -> Recorded {
    let runs = recorded.runs.iter().filter(|run| run.entry == entry);
    let runs = runs.map(|run| RecordedRun { world_id: world.to_owned(), entry: 1, ..run.clone() });
    Recorded { scenario: recorded.scenario.clone(), runs: runs.collect() }
}

#[test]
fn folders_pair_where_worlds_agree_and_are_samples_where_not() {
    let both = whole("lookup.hops", "mean", &thirty());
    let folders =
        |world| [("a".to_owned(), moved(&both, "w", 1)), ("b".to_owned(), moved(&both, world, 2))];
    let paired = Comparison::across(&folders("w")).unwrap();
    assert_eq!(paired.rows[0].method, Some(Method::PairedT));
    assert_eq!(paired.rows[0].interval, Comparison::of(&both).rows[0].interval);
    assert_eq!((&*paired.rows[0].base, &*paired.rows[0].other), ("a: kademlia", "b: chord"));
    let mut unlike = folders("v");
    unlike[1].1.scenario = "other".to_owned();
    unlike[1].1.runs.truncate(25);
    let welch = Comparison::across(&unlike).unwrap();
    let row = &welch.rows[0];
    assert_eq!(row.method, Some(Method::Welch));
    assert_eq!((row.n_pairs, row.n_base, row.n_other), (0, 30, 25));
    assert!(
        welch.notices[0].contains("different scenarios: made-up, other"),
        "{:?}",
        welch.notices
    );
    assert!(welch.notices[1].contains("independent samples (Welch's t)"), "{:?}", welch.notices);
    let mut failing = folders("v");
    failing[1].1.runs[0].metrics[0].value = None;
    let ranks = Comparison::across(&failing).unwrap();
    assert_eq!(ranks.rows[0].method, Some(Method::RankSum));
    assert_eq!((ranks.rows[0].missing_other, ranks.rows[0].mean_diff), (1, None));
}

#[test]
fn points_of_a_sweep_are_compared_one_by_one() {
    let mut records = recorded(Vec::new());
    for (nth, k) in ["8", "20"].iter().enumerate() {
        let shift = 5.0 * f64::from(u32::try_from(nth).unwrap());
        let pairs: Vec<(f64, f64)> = thirty().iter().map(|(b, o)| (b + shift, o + shift)).collect();
        for mut run in whole("lookup.hops", "mean", &pairs).runs {
            run.point.insert("protocol.k".to_owned(), (*k).to_owned());
            records.runs.push(run);
        }
    }
    let comparison = Comparison::of(&records);
    let points: Vec<&str> = comparison.rows.iter().map(|row| &*row.point).collect();
    assert_eq!(points, ["protocol.k=8", "protocol.k=20"]);
    assert!(comparison.rows.iter().all(|row| row.n_pairs == 30));
    assert!(comparison.text(Style::Plain).contains("[2] chord at protocol.k=20: better in 1"));
}

#[test]
fn what_cannot_be_compared_says_why_and_the_way_out() {
    let both = whole("lookup.hops", "mean", &thirty());
    let folder = |recorded: Recorded| vec![("a".to_owned(), recorded)];
    let chosen = |recorded: &Recorded, choice: Choice| {
        Comparison::chosen(&folder(recorded.clone()), &choice).unwrap_err()
    };
    let alone = Comparison::across(&folder(moved(&both, "w", 1))).unwrap_err();
    assert!(matches!(&alone, CompareError::Alone { label } if label == "kademlia"), "{alone}");
    let none = Comparison::across(&folder(recorded(Vec::new()))).unwrap_err();
    assert!(none.to_string().contains("a holds no complete run"), "{none}");
    assert!(matches!(Comparison::across(&[]), Err(CompareError::Empty { .. })));
    let base = chosen(&both, Choice { base: Some(3), ..Choice::default() });
    assert_eq!(
        base.to_string(),
        "there is no entry number 3; the entries are 1: kademlia, 2: chord"
    );
    assert!(matches!(
        chosen(&both, Choice { base: Some(0), ..Choice::default() }),
        CompareError::NoBase { .. }
    ));
    let metric = chosen(&both, Choice { metrics: vec!["hops".to_owned()], ..Choice::default() });
    assert_eq!(metric.to_string(), "no run has a metric `hops`; there are lookup.hops");
    let phase = chosen(&both, Choice { phase: Some("censor".to_owned()), ..Choice::default() });
    assert_eq!(phase.to_string(), "no run has a phase `censor`; there are measure");
    let swept = |recorded: &Recorded, k: &str| {
        let mut recorded = recorded.clone();
        for run in &mut recorded.runs {
            run.point.insert("protocol.k".to_owned(), k.to_owned());
        }
        recorded
    };
    let folders = [
        ("a".to_owned(), swept(&moved(&both, "w", 1), "8")),
        ("b".to_owned(), swept(&moved(&both, "w", 2), "20")),
    ];
    assert!(matches!(Comparison::across(&folders), Err(CompareError::NothingInCommon { .. })));
}

#[test]
fn another_base_turns_the_sign() {
    let folder = [("a".to_owned(), whole("lookup.hops", "mean", &thirty()))];
    let turned =
        Comparison::chosen(&folder, &Choice { base: Some(2), ..Choice::default() }).unwrap();
    let straight = Comparison::across(&folder).unwrap();
    near(turned.rows[0].mean_diff, -straight.rows[0].mean_diff.unwrap());
    assert_eq!(turned.rows[0].verdict, Verdict::Worse);
}

#[test]
fn the_text_is_aligned_and_narrow() {
    let text = Comparison::of(&full()).text(Style::Plain);
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
    insta::assert_snapshot!("compare_text", text);
}

#[test]
fn the_table_has_the_public_columns_first_and_stable_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let comparison = Comparison::of(&full());
    let file = comparison.write_csv(dir.path()).unwrap();
    assert_eq!((file.name.as_str(), comparison.rows.len()), ("compare.csv", 18));
    let text = std::fs::read_to_string(dir.path().join("compare.csv")).unwrap();
    assert!(text.starts_with(
        "scenario,metric,phase,base,other,n_pairs,mean_base,mean_other,mean_diff,ci_lo,ci_hi,rel_diff,\
        stat,unit,p,p_holm,method,verdict,missing,"
    ));
    let mut turned = full();
    turned.runs.reverse();
    let second = tempfile::tempdir().unwrap();
    Comparison::of(&turned).write_csv(second.path()).unwrap();
    assert_eq!(std::fs::read_to_string(second.path().join("compare.csv")).unwrap(), text);
}

#[test]
fn it_is_a_document() {
    let comparison = Comparison::of(&whole("lookup.hops", "mean", &thirty()));
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["rows"][0]["verdict"], "better");
    assert_eq!(json["rows"][0]["family"], "key");
    assert_eq!(json["rows"][0]["method"], "paired-t");
    assert_eq!(json["base"], 1);
}

#[test]
fn the_figure_holds_every_row_that_has_a_difference() {
    let figure = plot::comparison(&Comparison::of(&full()), Theme::Default).unwrap().unwrap();
    assert_eq!(figure.name, "f10-paired-differences.svg");
    for part in ["lookup.hops", "higher in 9 of 12 pairs", "worse", "n = 12 pairs", "hivemind"] {
        assert!(figure.svg.contains(part), "{part}");
    }
    // Values that are equal and zero have no relative difference, and nothing to show.
    let zero = Comparison::of(&whole("lookup.timeouts", "mean", &[(0.0, 0.0); 5]));
    assert_eq!(plot::comparison(&zero, Theme::Default).unwrap(), None);
}
