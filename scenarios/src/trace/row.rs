//! The rows of a trace: requests with their answers, and messages that want none.

use dhtlab_core::node::NodeIx;
use dhtlab_core::step::{Act, Arrival, Letter, Step, Way};
use dhtlab_core::time::{Span, Time};

/// A request with what came of it, or a message that wants no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// When it was sent first.
    pub sent_at: Time,
    /// By whom.
    pub from: NodeIx,
    /// To whom.
    pub to: NodeIx,
    /// The kind of message.
    pub kind: &'static str,
    /// Does it want an answer?
    pub is_request: bool,
    /// How often it was sent.
    pub tries: u32,
    /// 1: the sender knew the receiver from its own table; else one more than who named it. For a message
    /// that another node hands on, one more than what it hands on.
    pub hop: u32,
    /// Who named the receiver first to this sender; `None`: it was known before.
    pub named_by: Option<NodeIx>,
    /// Requests of this sender that were under way then, this one included; those that were never answered
    /// are left out.
    pub open: usize,
    /// What became of it.
    pub end: End,
    number: Option<u32>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// An answer came.
    Answered {
        /// When.
        at: Time,
        /// Its kind.
        kind: &'static str,
        /// The contacts it named.
        names: Vec<NodeIx>,
    },
    /// It arrived and wants no answer, or got none so far.
    Handled,
    /// Its answer did not come through.
    AnswerLost,
    /// The link lost it.
    Lost,
    /// A fault did not let it through.
    Refused,
    /// A fault stopped it on its way.
    Stopped,
    /// Nobody was there.
    Nobody,
    /// It was on its way when the run was stopped.
    Underway,
}

impl Row {
    /// From sending to answer.
    pub fn rtt(&self) -> Option<Span> {
        match &self.end {
            End::Answered { at, .. } => Some(at.since(self.sent_at)),
            _ => None,
        }
    }

    /// Does it only open a connection?
    pub fn is_dial(&self) -> bool {
        self.kind == "dial"
    }

    /// Is it the exchange number `number` of `asker` with `asked`?
    fn is(&self, asker: NodeIx, asked: NodeIx, number: u32) -> bool {
        self.from == asker && self.to == asked && self.number == Some(number)
    }
}

/// The rows of the operation that `origin` was given, from all `steps` that it caused, in order of time.
pub fn rows(steps: &[Step], origin: NodeIx) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for step in steps {
        match &step.act {
            Act::Sent { to, message, way } => sent(&mut rows, step, *to, message, *way),
            Act::Arrived { from, message, end, .. } => {
                arrived(&mut rows, step, *from, message, *end);
            }
            _ => {}
        }
    }
    for at in 0..rows.len() {
        let (hop, named_by) = depth(&rows[..at], &rows[at], origin);
        (rows[at].hop, rows[at].named_by) = (hop, named_by);
        rows[at].open = open(&rows, at);
    }
    rows
}

fn sent(rows: &mut Vec<Row>, step: &Step, to: NodeIx, message: &Letter, way: Way) {
    let from = step.node;
    let end = match way {
        Way::Arrives(_) => End::Underway,
        Way::Lost => End::Lost,
        Way::Refused => End::Refused,
    };
    match message.exchange {
        Some(exchange) if exchange.is_answer => {
            let asked = rows.iter_mut().rev().find(|row| row.is(to, from, exchange.number));
            if let Some(row) = asked
                && !matches!(way, Way::Arrives(_))
                && row.rtt().is_none()
            {
                row.end = End::AnswerLost;
            }
        }
        exchange => {
            let again = exchange.and_then(|exchange| {
                let same =
                    |row: &&mut Row| row.is(from, to, exchange.number) && row.kind == message.kind;
                rows.iter_mut().rev().find(same).filter(|row| row.rtt().is_none())
            });
            if let Some(row) = again {
                row.tries += 1;
                row.end = end;
                return;
            }
            rows.push(Row {
                sent_at: step.at,
                from,
                to,
                kind: message.kind,
                is_request: exchange.is_some(),
                tries: 1,
                hop: 1,
                named_by: None,
                open: 1,
                end,
                number: exchange.map(|exchange| exchange.number),
            });
        }
    }
}

fn arrived(rows: &mut [Row], step: &Step, from: NodeIx, message: &Letter, end: Arrival) {
    let answer = message.exchange.filter(|exchange| exchange.is_answer);
    let mut backwards = rows.iter_mut().rev();
    if let Some(exchange) = answer {
        let asked = backwards.find(|row| row.is(step.node, from, exchange.number));
        if let Some(row) = asked.filter(|row| row.rtt().is_none()) {
            row.end = if end == Arrival::Handled {
                End::Answered { at: step.at, kind: message.kind, names: message.names.clone() }
            } else {
                End::AnswerLost
            };
        }
        return;
    }
    let number = message.exchange.map(|exchange| exchange.number);
    let is_it = |row: &&mut Row| {
        let same = row.from == from && row.to == step.node && row.kind == message.kind;
        same && row.number == number && matches!(row.end, End::Underway)
    };
    if let Some(row) = backwards.find(is_it) {
        row.end = match end {
            Arrival::Handled => End::Handled,
            Arrival::Nobody => End::Nobody,
            Arrival::Stopped => End::Stopped,
        };
    }
}

/// How deep `row` is, and who named its receiver to its sender, by what came `before`.
fn depth(before: &[Row], row: &Row, origin: NodeIx) -> (u32, Option<NodeIx>) {
    let mut namers: Vec<(Time, &Row)> = Vec::new();
    for other in before.iter().filter(|other| other.from == row.from) {
        if let End::Answered { at, names, .. } = &other.end
            && *at <= row.sent_at
            && names.contains(&row.to)
        {
            namers.push((*at, other));
        }
    }
    // A peer asked before is as deep as then.
    let earlier = before.iter().find(|other| other.from == row.from && other.to == row.to);
    if let Some(earlier) = earlier {
        return (earlier.hop, earlier.named_by);
    }
    if let Some((_, namer)) = namers.into_iter().min_by_key(|(at, _)| *at) {
        return (namer.hop + 1, Some(namer.to));
    }
    if row.from == origin {
        return (1, None);
    }
    // Handed on: one more than what brought it here.
    let brought = before.iter().rev().find(|other| other.to == row.from);
    (brought.map_or(1, |other| other.hop + 1), None)
}

/// Requests of the same sender under way when row `at` was sent.
fn open(rows: &[Row], at: usize) -> usize {
    let row = &rows[at];
    let under_way = |other: &&Row| {
        let answered = matches!(&other.end, End::Answered { at, .. } if *at > row.sent_at);
        other.from == row.from && answered
    };
    rows[..at].iter().filter(under_way).count() + 1
}
