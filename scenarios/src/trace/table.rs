//! A trace as text of at most a hundred columns, and as data.

use std::fmt::Write as _;

use dhtlab_core::node::NodeIx;
use dhtlab_core::time::{Span, Time};
use serde_json::{Value, json};

use super::Trace;
use super::row::{End, Row};

/// The widest line.
pub const WIDTH: usize = 100;

/// The heads of the columns, and whether their cells stand at the right.
const COLUMNS: [(&str, bool); 10] = [
    ("at_ms", true),
    ("from", false),
    ("to", false),
    ("message", false),
    ("near", true),
    ("rtt_ms", true),
    ("hop", true),
    ("open", true),
    ("named by", false),
    ("what came of it", false),
];

/// The whole trace as text; `title` says which operation it is.
pub fn text(trace: &Trace, title: &str) -> String {
    let operation = &trace.operation;
    let mut text = format!("{title}: {}\n", operation.outcome);
    let end = match operation.latency_ms {
        Some(ms) => format!("ended after {ms} ms"),
        None => "its node left, or nothing came, before it ended".to_owned(),
    };
    let region = &operation.origin_region;
    let region = if region.is_empty() { String::new() } else { format!(" ({region})") };
    let _ =
        writeln!(text, "  issued at {} s at {}{region}; {end}", operation.t_start_s, trace.origin);
    let _ = writeln!(
        text,
        "  hops {}; RPCs sent {}, timed out {}; at most {} under way at once",
        operation.hops,
        operation.rpcs_sent,
        operation.rpcs_timed_out,
        trace.most_open()
    );
    let _ = writeln!(text, "  {}", trace.measure.meaning());
    if let Some(note) = note(trace) {
        let _ = writeln!(text, "  {note}");
    }
    if trace.rows.is_empty() {
        text.push_str("  no message was sent\n");
        return text;
    }
    text.push('\n');
    text + &table(trace)
}

/// Where the table and the count of RPCs differ, why.
fn note(trace: &Trace) -> Option<String> {
    let (listed, counted) = (trace.requests(), trace.operation.rpcs_sent);
    if listed < counted {
        let rest = counted - listed;
        return Some(format!(
            "{rest} of the RPCs sent nothing: they waited for a slot, or for another's connection"
        ));
    }
    (listed > counted).then(|| {
        format!("{} requests below are help on the way and count as no RPC", listed - counted)
    })
}

fn table(trace: &Trace) -> String {
    let head: Vec<String> = COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut lines = vec![head];
    lines.extend(trace.rows.iter().map(|row| cells(trace, row)));
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in &lines {
        let mut written = String::new();
        for ((cell, width), (_, right)) in line.iter().zip(&widths).zip(COLUMNS) {
            let _ = if right {
                write!(written, "{cell:>width$}  ")
            } else {
                write!(written, "{cell:width$}  ")
            };
        }
        let cut: String = written.trim_end().chars().take(WIDTH).collect();
        text.push_str(&cut);
        text.push('\n');
    }
    text
}

fn cells(trace: &Trace, row: &Row) -> Vec<String> {
    let tries = if row.tries > 1 { format!(" x{}", row.tries) } else { String::new() };
    let named = row.named_by.map_or(String::new(), |node| node.to_string());
    vec![
        format!("{:.1}", millis(row.sent_at.since(trace.issued_at))),
        row.from.to_string(),
        row.to.to_string(),
        format!("{}{tries}", row.kind),
        trace.measure.of(row.to),
        row.rtt().map_or(String::new(), |rtt| format!("{:.1}", millis(rtt))),
        row.hop.to_string(),
        row.open.to_string(),
        if named.is_empty() && row.hop == 1 { "own table".to_owned() } else { named },
        outcome(row, trace.ended_at()),
    ]
}

fn outcome(row: &Row, ended: Option<Time>) -> String {
    match &row.end {
        End::Answered { at, kind, names } => {
            let late = if ended.is_some_and(|end| *at > end) { ", too late" } else { "" };
            let named = match names.len() {
                0 => String::new(),
                count => format!(" of {count}"),
            };
            format!("{kind}{named}{late}")
        }
        End::Handled if row.is_request => "no answer".to_owned(),
        End::Handled => "arrived".to_owned(),
        End::AnswerLost => "answer lost".to_owned(),
        End::Lost => "lost".to_owned(),
        End::Refused => "refused by a fault".to_owned(),
        End::Stopped => "stopped by a fault".to_owned(),
        End::Nobody => "nobody there".to_owned(),
        End::Underway => "under way".to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "output only")]
fn millis(span: Span) -> f64 {
    span.as_nanos() as f64 / 1e6
}

/// The trace as data.
pub fn document(trace: &Trace) -> Value {
    let operation = &trace.operation;
    json!({
        "lookup_id": operation.lookup_id,
        "op": operation.op,
        "origin": trace.origin.get(),
        "origin_region": operation.origin_region,
        "t_start_s": operation.t_start_s,
        "latency_ms": operation.latency_ms,
        "hops": operation.hops,
        "rpcs_sent": operation.rpcs_sent,
        "rpcs_timed_out": operation.rpcs_timed_out,
        "outcome": operation.outcome,
        "requests_listed": trace.requests(),
        "most_under_way": trace.most_open(),
        "near": trace.measure.meaning(),
        "messages": trace.rows.iter().map(|row| row_document(trace, row)).collect::<Vec<_>>(),
    })
}

fn row_document(trace: &Trace, row: &Row) -> Value {
    let names: Vec<u32> = match &row.end {
        End::Answered { names, .. } => names.iter().map(|node| node.get()).collect(),
        _ => Vec::new(),
    };
    json!({
        "at_ms": millis(row.sent_at.since(trace.issued_at)),
        "from": row.from.get(),
        "to": row.to.get(),
        "message": row.kind,
        "tries": row.tries,
        "near": trace.measure.of(row.to),
        "rtt_ms": row.rtt().map(millis),
        "hop": row.hop,
        "open": row.open,
        "named_by": row.named_by.map(NodeIx::get),
        "result": outcome(row, trace.ended_at()),
        "names": names,
    })
}
