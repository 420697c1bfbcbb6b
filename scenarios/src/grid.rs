//! The points of a sweep: each a plan of its own, read from the document with the point's values in it, by
//! the same readers as what is written there.

use indexmap::IndexMap;

use crate::diag::{Diagnostic, Severity, Sink};
use crate::experiment::{self, Cell};
use crate::plan::{Plan, sweep};
use crate::registry::Registry;
use crate::schema::{Entry, Item, Table, Value, set};

/// One point of a sweep; the only one, where nothing is swept.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Path and value of each axis, in their order; text without its quotes.
    pub values: IndexMap<String, String>,
    /// What runs at this point.
    pub plan: Plan,
}

/// After so many findings the rest of the grid is not looked at.
const FINDINGS_MAX: usize = 20;

/// What points are read from.
pub(crate) struct Source<'a> {
    /// The document, changes included.
    pub(crate) root: &'a Table,
    /// Reads one document.
    pub(crate) read: &'a dyn Fn(&Table, &Sink) -> Plan,
    /// The protocols there are.
    pub(crate) registry: &'a Registry,
    /// Where findings go.
    pub(crate) sink: &'a Sink,
    /// What was found in the scenario itself, which is not to be said again.
    pub(crate) known: Vec<Diagnostic>,
}

/// Every point of `plan`'s sweep, the last axis fastest.
pub(crate) fn points(plan: &Plan, source: &Source<'_>) -> Vec<Point> {
    let swept = source.root.get("sweep").map(|item| &item.value);
    let axes: Vec<(&Entry, &[Item])> = match swept {
        Some(Value::Table(table)) => table.entries.iter().filter_map(values_of).collect(),
        _ => Vec::new(),
    };
    if axes.is_empty() {
        return vec![Point { values: IndexMap::new(), plan: plan.clone() }];
    }
    let single = without_sweep(source.root, plan);
    let count: usize = axes.iter().map(|(_, items)| items.len()).product();
    let mut points = Vec::new();
    let mut said: Vec<Diagnostic> = source.known.clone();
    for number in 0..count {
        let chosen = choose(&axes, number);
        let (found, point) = read_point(&single, &chosen, source);
        for one in found.into_iter().filter(|one| !said.contains(one)).collect::<Vec<_>>() {
            said.push(one.clone());
            let shown = Box::new(one);
            let several = axes.len() > 1;
            source.sink.report(if several { shown.help(first_at(&chosen)) } else { shown });
        }
        points.extend(point);
        if said.len() >= source.known.len() + FINDINGS_MAX {
            break;
        }
    }
    if points.len() == count {
        refuse_equals(plan, &points, &axes, source);
    }
    points
}

fn values_of(entry: &Entry) -> Option<(&Entry, &[Item])> {
    match &entry.item.value {
        Value::Array(items) => Some((entry, items)),
        _ => None,
    }
}

/// The document without its sweep. Entries are called at every point what they are called without one: a
/// name that was made of parameters must not change with them.
fn without_sweep(root: &Table, plan: &Plan) -> Table {
    let mut single = root.clone();
    single.entries.retain(|entry| entry.name != "sweep");
    for entry in single.entries.iter_mut().filter(|entry| entry.name == "protocol") {
        let Value::Array(entries) = &mut entry.item.value else { continue };
        for (item, protocol) in entries.iter_mut().zip(&plan.protocols) {
            let place = item.place;
            if let Value::Table(table) = &mut item.value {
                let label = Value::Text(protocol.label.clone());
                table.put("label", place, Item { value: label, place });
            }
        }
    }
    single
}

/// The value of each axis at the point with this number.
fn choose<'a>(axes: &[(&'a Entry, &'a [Item])], number: usize) -> Vec<(&'a Entry, &'a Item)> {
    let mut left = number;
    let mut chosen: Vec<_> = axes
        .iter()
        .rev()
        .map(|(entry, items)| {
            let item = &items[left % items.len()];
            left /= items.len();
            (*entry, item)
        })
        .collect();
    chosen.reverse();
    chosen
}

/// What is wrong at a point, and the point when nothing is.
fn read_point(
    single: &Table,
    chosen: &[(&Entry, &Item)],
    source: &Source<'_>,
) -> (Vec<Diagnostic>, Option<Point>) {
    let trial = Sink::default();
    let mut root = single.clone();
    let mut values = IndexMap::new();
    for (entry, item) in chosen {
        let (path, place) = (sweep::path(&entry.name), entry.name_place);
        let put = set::apply_item(&mut root, &path, place, (*item).clone(), source.registry);
        trial.keep(put);
        values.insert(path, sweep::shown(&item.value));
    }
    if trial.failed() {
        return (trial.into_sorted(), None);
    }
    let plan = (source.read)(&root, &trial);
    let found = trial.into_sorted();
    let failed = found.iter().any(|one| one.severity == Severity::Error);
    (found, (!failed).then_some(Point { values, plan }))
}

fn first_at(chosen: &[(&Entry, &Item)]) -> String {
    let value = |(entry, item): &(&Entry, &Item)| {
        format!("{}={}", sweep::path(&entry.name), sweep::shown(&item.value))
    };
    let values: Vec<String> = chosen.iter().map(value).collect();
    format!("first at the point {} of [sweep]", values.join(", "))
}

/// Two points that come to the same run are a mistake: the values of an axis are the same in other words,
/// or one axis is set by another.
fn refuse_equals(plan: &Plan, points: &[Point], axes: &[(&Entry, &[Item])], source: &Source<'_>) {
    let mut seen: Vec<(String, Cell)> = experiment::cells(plan, points, source.registry)
        .into_iter()
        .map(|cell| (experiment::alone(&points[cell.point].plan, cell.entry).resolved(), cell))
        .collect();
    seen.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(pair) = seen.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let [(_, one), (_, other)] = pair else { return };
        let (one, other) = (one.point.min(other.point), one.point.max(other.point));
        let label = |point: usize| experiment::say(&points[point].values);
        let message = format!("two points are the same run: {} and {}", label(one), label(other));
        let differs = choose(axes, one).into_iter().zip(choose(axes, other));
        let mut places = differs.filter(|(a, b)| a.1 != b.1).map(|(_, b)| b.1.place);
        let place = places.next().unwrap_or_default();
        source.sink.report(
            Diagnostic::error("E014", message)
                .at(place, "this changes nothing")
                .help("leave one out"),
        );
    }
}
