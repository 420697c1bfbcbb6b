//! How far a node is from the target of an operation.

use dhtlab_core::key::Key;
use dhtlab_core::node::NodeIx;
use dhtlab_core::op::{Command, OpId};
use dhtlab_core::ring::point_id;
use dhtlab_core::world::World;
use dhtlab_protocols::params::ParamValue;

use crate::plan::ProtocolPlan;
use crate::run::Judging;

/// Distances to one target.
#[derive(Clone, Debug)]
pub struct Measure {
    keys: Vec<Key>,
    how: How,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    /// By the leading bits that are the same.
    Bits(Key),
    /// By the way along the ring to this place, from the nearest of so many virtual nodes before it.
    Ring(u64, u16),
    /// There is no single target, or it is placed by a model.
    Unknown,
}

impl Measure {
    /// Distances to the target of `op`.
    pub fn new(world: &World, op: OpId, judging: Judging, protocol: &ProtocolPlan) -> Self {
        let command = world.operations[op.index()].command;
        let key = match command {
            Command::FindNode { target: key }
            | Command::Put { key, .. }
            | Command::Get { key }
            | Command::Delete { key }
            | Command::Provide { key }
            | Command::GetProviders { key } => Some(key),
            Command::Range { .. } | Command::PutMany { .. } | Command::GetMany { .. } => None,
        };
        let is_search = matches!(command, Command::FindNode { .. });
        let how = match (key, judging) {
            (None, _) => How::Unknown,
            (Some(key), Judging::Closest(_)) => How::Bits(key),
            (Some(key), Judging::Successor { points }) => match place(key, is_search, protocol) {
                Some(place) => How::Ring(place, points),
                None => How::Unknown,
            },
        };
        let keys = (0..world.len()).map(|node| world.key(NodeIx::from_usize(node))).collect();
        Self { keys, how }
    }

    /// The distance of `node`, for people: `12 bits`, or a share of the ring.
    pub fn of(&self, node: NodeIx) -> String {
        let key = self.keys[node.index()];
        match self.how {
            How::Bits(target) => format!("{} bits", key.common_prefix(target)),
            How::Ring(place, points) => {
                let away = |point| place.wrapping_sub(point_id(key.prefix(), point, 0));
                let nearest = (0..points.max(1)).map(away).min().unwrap_or(0);
                share_of_ring(nearest)
            }
            How::Unknown => "-".to_owned(),
        }
    }

    /// What the distances mean, in one sentence.
    pub fn meaning(&self) -> String {
        match self.how {
            How::Bits(target) => {
                let word = target.words()[0];
                format!(
                    "target {word:016x}...; near: leading bits that are the same as the target's"
                )
            }
            How::Ring(place, _) => {
                format!(
                    "place {place:016x}; near: the share of the ring from the node on to that place"
                )
            }
            How::Unknown => {
                "no distances: there is no single target, or a model places it".to_owned()
            }
        }
    }
}

/// Where the protocol places `key`, if that can be told without its model.
fn place(key: Key, is_search: bool, protocol: &ProtocolPlan) -> Option<u64> {
    match protocol.params.get("placement") {
        _ if is_search => Some(key.prefix()),
        Some(ParamValue::Choice(rule)) if rule == "sha" => Some(key.prefix()),
        Some(ParamValue::Choice(rule)) if rule == "scaled" => Some(key.name()),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "output only")]
fn share_of_ring(away: u64) -> String {
    format!("{:.3}%", away as f64 / 18_446_744_073_709_551_616.0 * 100.0)
}
