//! What hosts tell each other about the learned model.

use std::sync::Arc;

use super::Model;
use crate::chord::message::fold;
use crate::chord::wire::Content;

/// A message about the learned model.
#[derive(Clone, Debug)]
pub enum Lesson {
    /// I have this version, and I am ready for a new one.
    Heartbeat {
        /// Does the sender want the model trained again?
        ready: bool,
        /// The version of its model.
        version: u32,
    },
    /// Send me the model you use.
    Fetch,
    /// The model.
    Model(Arc<Model>),
}

impl Lesson {
    /// Its place among the kinds of lessons.
    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Heartbeat { .. } => 0,
            Self::Fetch => 6,
            Self::Model(_) => 7,
        }
    }

    /// A hash of the content.
    pub(crate) fn digest(&self) -> u64 {
        match self {
            Self::Heartbeat { ready, version } => fold([u64::from(*ready), u64::from(*version)]),
            Self::Fetch => 0,
            Self::Model(model) => model.digest(),
        }
    }

    /// What it is made of, for its length.
    pub(crate) fn content(&self) -> Content {
        let bytes = match self {
            Self::Heartbeat { .. } => 9,
            Self::Fetch => 4,
            Self::Model(model) => model.wire_bytes(),
        };
        Content { bytes, ..Content::default() }
    }
}
