//! The world of a run: everything drawn before any protocol starts, and the same for all of them.

use crate::key::Key;
use crate::link::Links;
use crate::node::NodeIx;
use crate::op::Command;
use crate::protocol::Role;
use crate::seed::Seed;
use crate::session::Sessions;
use crate::time::Time;

/// An operation the workload asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// When.
    pub at: Time,
    /// Of whom.
    pub node: NodeIx,
    /// What.
    pub command: Command,
}

/// Keys, places, sessions, roles, bootstrap nodes and workload.
#[derive(Clone, Debug)]
pub struct World {
    /// The seed all of it was drawn from.
    pub seed: Seed,
    /// The key of each identity.
    pub keys: Vec<Key>,
    /// The leading 64 bits of each key.
    pub prefixes: Vec<u64>,
    /// How each identity takes part.
    pub roles: Vec<Role>,
    /// The links between them.
    pub links: Links,
    /// When each is up.
    pub sessions: Sessions,
    /// The addresses a fresh installation ships with.
    pub bootstrap: Vec<NodeIx>,
    /// Operations in order of time; the index is the [`OpId`](crate::op::OpId).
    pub operations: Vec<Operation>,
}

impl World {
    /// How many identities there are, over the whole run.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Are there no identities at all?
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key of `node`.
    pub fn key(&self, node: NodeIx) -> Key {
        self.keys[node.index()]
    }

    /// The leading 64 bits of the key of `node`.
    pub fn key_prefix(&self, node: NodeIx) -> u64 {
        self.prefixes[node.index()]
    }

    /// How `node` takes part.
    pub fn role(&self, node: NodeIx) -> Role {
        self.roles[node.index()]
    }
}
