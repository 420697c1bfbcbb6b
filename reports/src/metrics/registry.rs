//! The list of metrics. Names are public: scripts and scenarios depend on them.

mod batch;
mod network;
mod operation;

use super::{Direction, MetricInfo, Source, Stat};
use crate::model::Operation;

const fn share(
    name: &'static str,
    op: &'static str,
    judge: fn(&Operation) -> Option<bool>,
    doc: &'static str,
) -> MetricInfo {
    MetricInfo {
        name,
        unit: "ratio",
        doc,
        direction: Direction::HigherIsBetter,
        default_stat: Stat::Ratio,
        source: Source::OpShare(op, judge),
    }
}

const fn lower(
    name: &'static str,
    unit: &'static str,
    default_stat: Stat,
    source: Source,
    doc: &'static str,
) -> MetricInfo {
    MetricInfo { name, unit, doc, direction: Direction::LowerIsBetter, default_stat, source }
}

const fn higher(
    name: &'static str,
    unit: &'static str,
    default_stat: Stat,
    source: Source,
    doc: &'static str,
) -> MetricInfo {
    MetricInfo { name, unit, doc, direction: Direction::HigherIsBetter, default_stat, source }
}

/// The parts of the list, in the order of their names.
const PARTS: [&[MetricInfo]; 21] = [
    operation::DELETE,
    operation::GET,
    batch::GET_MANY,
    operation::GET_PROVIDERS,
    network::JOIN,
    network::KEYS,
    network::LEARNING,
    network::LIVE_NODES,
    network::LOAD,
    operation::LOOKUP,
    network::MIGRATION,
    network::MODEL,
    network::NET,
    network::OVERLAY,
    operation::PROVIDE,
    operation::PUT,
    batch::PUT_MANY,
    operation::RANGE,
    network::RECOVERY,
    network::STORE,
    network::TABLE,
];

const LEN: usize = {
    let mut len = 0;
    let mut part = 0;
    while part < PARTS.len() {
        len += PARTS[part].len();
        part += 1;
    }
    len
};

const fn joined() -> [MetricInfo; LEN] {
    let mut all = [PARTS[0][0]; LEN];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut nth = 0;
        while nth < PARTS[part].len() {
            all[at] = PARTS[part][nth];
            at += 1;
            nth += 1;
        }
        part += 1;
    }
    all
}

static ALL: [MetricInfo; LEN] = joined();

/// Every metric, by name.
pub static METRICS: &[MetricInfo] = &ALL;
