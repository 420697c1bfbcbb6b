//! How the rows of each table are read. Cells come in the order of the writer's header.

use super::table::{Cells, Words};
use super::{BinRow, MessageRow, MetricRow, NodeRow, RecordedRun, ReplicaRow, SeriesRow};
use crate::model::Interval;
use crate::tables::{hist, intervals, messages, metric, node_load, replicas, timeseries};

/// A table with a column `run_id`, which comes first in its header.
pub(super) struct Kind {
    pub(super) file: &'static str,
    pub(super) columns: &'static [&'static str],
    /// Reads the cells after `run_id`, and puts the row to the run's others when there is such a run.
    pub(super) read: fn(&mut Cells<'_>, &mut Words, Option<&mut RecordedRun>),
}

/// All of them.
pub(super) const KINDS: [Kind; 7] = [
    Kind { file: "metrics.csv", columns: &metric::HEADER, read: read_metric },
    Kind { file: "timeseries.csv", columns: &timeseries::HEADER, read: read_series },
    Kind { file: "hist.csv", columns: &hist::HEADER, read: read_bin },
    Kind { file: "node_load.csv", columns: &node_load::HEADER, read: read_node },
    Kind { file: "replicas.csv", columns: &replicas::HEADER, read: read_replicas },
    Kind { file: "messages.csv", columns: &messages::HEADER, read: read_messages },
    Kind { file: "intervals.csv", columns: &intervals::HEADER, read: read_interval },
];

fn read_metric(c: &mut Cells<'_>, words: &mut Words, run: Option<&mut RecordedRun>) {
    let row = MetricRow {
        phase: words.get(c.name()),
        metric: words.get(c.name()),
        stat: words.get(c.name()),
        value: c.number_opt(),
        unit: words.get(c.text()),
        n: c.count(),
    };
    keep(c, run, |run| run.metrics.push(row));
}

fn read_series(c: &mut Cells<'_>, words: &mut Words, run: Option<&mut RecordedRun>) {
    let row = SeriesRow {
        t_start_s: c.time(),
        t_end_s: c.time(),
        metric: words.get(c.name()),
        group: words.get(c.text()),
        value: c.number_opt(),
        unit: words.get(c.text()),
        n: c.count(),
    };
    keep(c, run, |run| run.series.push(row));
}

fn read_bin(c: &mut Cells<'_>, words: &mut Words, run: Option<&mut RecordedRun>) {
    let row = BinRow {
        phase: words.get(c.name()),
        metric: words.get(c.name()),
        group: words.get(c.text()),
        bin_lo: c.number_opt(),
        bin_hi: c.number_opt(),
        count: c.count(),
        unit: words.get(c.text()),
    };
    keep(c, run, |run| run.bins.push(row));
}

fn read_node(c: &mut Cells<'_>, words: &mut Words, run: Option<&mut RecordedRun>) {
    let row = NodeRow {
        node: c.count(),
        role: words.get(c.text()),
        client: c.truth(),
        uptime_s: c.time(),
        msgs_in: c.count(),
        msgs_out: c.count(),
        bytes_in: c.count(),
        bytes_out: c.count(),
        keys_stored: c.count_opt(),
        table_entries: c.count_opt(),
        table_stale: c.count_opt(),
    };
    keep(c, run, |run| run.node_load.push(row));
}

fn read_replicas(c: &mut Cells<'_>, _: &mut Words, run: Option<&mut RecordedRun>) {
    let row = ReplicaRow { t_s: c.time(), replicas_live: c.count(), keys: c.count() };
    keep(c, run, |run| run.replicas.push(row));
}

fn read_messages(c: &mut Cells<'_>, words: &mut Words, run: Option<&mut RecordedRun>) {
    let row = MessageRow {
        phase: words.get(c.name()),
        msg_type: words.get(c.name()),
        purpose: words.get(c.name()),
        count: c.count(),
        bytes: c.count(),
    };
    keep(c, run, |run| run.messages.push(row));
}

fn read_interval(c: &mut Cells<'_>, _: &mut Words, run: Option<&mut RecordedRun>) {
    let row = Interval {
        kind: c.name().to_owned(),
        label: c.name().to_owned(),
        t_start_s: c.time(),
        t_end_s: c.time(),
    };
    keep(c, run, |run| run.intervals.push(row));
}

fn keep(cells: &Cells<'_>, run: Option<&mut RecordedRun>, push: impl FnOnce(&mut RecordedRun)) {
    if let Some(run) = run.filter(|_| cells.sound()) {
        push(run);
    }
}
