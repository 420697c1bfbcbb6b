//! What hosts tell each other about the learned model.

use std::sync::Arc;

use dhtlab_core::author::{Time, mix};

use super::fedavg::FedAvg;
use super::{Model, Summary};
use crate::chord::Peer;
use crate::chord::message::{Item, fold};
use crate::chord::wire::Content;

/// The version of a model and who built it; of two models the larger wins.
pub type Order = (u32, u64);

/// One attempt at a new model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Round {
    /// The version that is to be replaced.
    pub base: u32,
    /// The identifier of the host that coordinates.
    pub coordinator: u64,
    /// Its attempts so far; travels in the padding of the header.
    pub number: u32,
}

/// A part of the ring that somebody is to look after in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The round.
    pub round: Round,
    /// Who asks; the header names it.
    pub by: Peer,
    /// Where the part ends: all virtual nodes before this identifier.
    pub until: u64,
    /// How far from the coordinator; travels in the flags of the header.
    pub depth: u8,
}

/// What a part of the ring has to tell.
#[derive(Clone, Debug)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// Counts of keys by leaf, and a sample.
    Counts(Arc<Summary>),
    /// Fitted leaves.
    Leaves(Arc<FedAvg>),
    /// So many virtual nodes have the model.
    Prepared(u32),
}

/// How a host feels about its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It wants a new one.
    Ready,
    /// It does not.
    Content,
    /// It holds too few keys to have an opinion.
    Empty,
}

/// A message about the learned model.
#[derive(Clone, Debug)]
pub enum Lesson {
    /// I use this model, and feel so about it.
    Heartbeat {
        /// What the sender thinks.
        readiness: Readiness,
        /// Its model; the version travels in the header.
        order: Order,
    },
    /// Tell me what keys there are in a part of the ring.
    Collect(Errand),
    /// That is what keys there are.
    Summary {
        /// The round.
        round: Round,
        /// Who tells.
        by: Peer,
        /// What.
        told: Told,
    },
    /// Keep this model at hand.
    Prepare {
        /// Where.
        errand: Errand,
        /// Its name.
        order: Order,
        /// The model; without it, it is to be fetched from the sender.
        model: Option<Arc<Model>>,
    },
    /// It is at hand at so many virtual nodes.
    Prepared {
        /// The round.
        round: Round,
        /// Who tells.
        by: Peer,
        /// How many.
        count: u32,
    },
    /// Use it from then on.
    Activate {
        /// Where.
        errand: Errand,
        /// Its name.
        order: Order,
        /// When.
        at: Time,
    },
    /// Send me a model of this version or a later one.
    Fetch(u32),
    /// The model.
    Model(Arc<Model>),
    /// The sender's model, which is named, places these records at the receiver.
    Move {
        /// The sender's model; the version travels in the header.
        order: Order,
        /// The records.
        items: Arc<[Item]>,
    },
}

fn round_digest(round: &Round) -> u64 {
    fold([u64::from(round.base) << 32 | u64::from(round.number), round.coordinator])
}

fn errand_digest(errand: &Errand) -> u64 {
    let depth = u64::from(errand.depth);
    fold([round_digest(&errand.round), errand.by.digest(), errand.until, depth])
}

fn order_digest(order: Order) -> u64 {
    fold([u64::from(order.0), order.1])
}

impl Told {
    fn digest(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Counts(summary) => summary.digest(),
            Self::Leaves(fitted) => fold(
                fitted
                    .leaves()
                    .iter()
                    .flat_map(|leaf| [leaf.slope.to_bits(), leaf.intercept.to_bits(), leaf.keys]),
            ),
            Self::Prepared(count) => u64::from(*count),
        }
    }

    /// The bytes after the version of the base.
    fn bytes(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Counts(summary) => summary.wire_bytes() - super::summary::HEAD_BYTES,
            Self::Leaves(fitted) => fitted.wire_bytes(),
            Self::Prepared(_) => 4,
        }
    }
}

impl Lesson {
    /// Its place among the kinds of lessons.
    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Heartbeat { .. } => 0,
            Self::Collect(_) => 1,
            Self::Summary { .. } => 2,
            Self::Prepare { .. } => 3,
            Self::Prepared { .. } => 4,
            Self::Activate { .. } => 5,
            Self::Fetch(_) => 6,
            Self::Model(_) => 7,
            Self::Move { .. } => 8,
        }
    }

    /// A hash of the content.
    pub(crate) fn digest(&self) -> u64 {
        match self {
            Self::Heartbeat { readiness, order } => fold([*readiness as u64, order_digest(*order)]),
            Self::Collect(errand) => errand_digest(errand),
            Self::Summary { round, by, told } => {
                fold([round_digest(round), by.digest(), told.digest()])
            }
            Self::Prepare { errand, order, model } => {
                let model = model.as_ref().map_or(0, |model| model.digest());
                fold([errand_digest(errand), order_digest(*order), model])
            }
            Self::Prepared { round, by, count } => {
                fold([round_digest(round), by.digest(), u64::from(*count)])
            }
            Self::Activate { errand, order, at } => {
                fold([errand_digest(errand), order_digest(*order), at.as_nanos()])
            }
            Self::Fetch(version) => u64::from(*version),
            Self::Model(model) => model.digest(),
            Self::Move { order, items } => items.iter().fold(order_digest(*order), |sum, item| {
                mix(sum.rotate_left(1) ^ item.0.prefix() ^ item.0.name() ^ item.1.version)
            }),
        }
    }

    /// What it is made of, for its length. Version 4, coordinator 8, limit 8, time 8 where they are
    /// needed: what the table of the specification leaves out is counted all the same.
    pub(crate) fn content(&self) -> Content {
        let bytes = match self {
            Self::Heartbeat { .. } => 9,
            Self::Collect(_) => 20,
            Self::Summary { told, .. } => 12 + told.bytes(),
            Self::Prepare { model, .. } => 20 + model.as_ref().map_or(0, |m| m.wire_bytes()),
            Self::Prepared { .. } => 16,
            Self::Activate { .. } => 28,
            Self::Fetch(_) => 4,
            Self::Model(model) => 12 + model.wire_bytes(),
            Self::Move { items, .. } => 4 + crate::chord::wire::items_bytes(items),
        };
        Content { bytes, ..Content::default() }
    }
}
