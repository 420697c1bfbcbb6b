//! Where on the ring a record is kept.

use dhtlab_core::author::Key;

use super::params::{Params, Placement};
use crate::learned_chord::Model;

/// The place of `key` under the rule of `params`, by `model` where one is learned.
pub(super) fn position(params: &Params, model: Option<&Model>, key: Key) -> u64 {
    match params.placement {
        Placement::Sha => key.prefix(),
        Placement::Scaled => key.name(),
        Placement::Exact => {
            params.given.exact.as_ref().map_or(key.name(), |model| model.position(key.name()))
        }
        Placement::Dlht => {
            params.given.dlht.as_ref().map_or(key.name(), |hash| hash.position(key.name()))
        }
        Placement::Learned => model.map_or(key.name(), |model| model.position(key.name())),
    }
}
