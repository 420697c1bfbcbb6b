//! Hashes of a world, so that two runs can show that they had the same one.

use crate::op::Command;
use crate::protocol::Role;
use crate::world::World;

/// One hash for each part of a world, to tell which part differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldHashes {
    /// Keys, in order of node numbers.
    pub keys: [u8; 32],
    /// Roles, bootstrap nodes and who knows which, clocks and groups.
    pub roles: [u8; 32],
    /// Everything that decides a delay or a loss.
    pub links: [u8; 32],
    /// Session traces.
    pub sessions: [u8; 32],
    /// Operations.
    pub operations: [u8; 32],
}

impl World {
    /// The hash of the whole world: equal exactly when all parts are.
    pub fn hash(&self) -> [u8; 32] {
        let WorldHashes { keys, roles, links, sessions, operations } = self.hashes();
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"dhtlab world v1");
        hasher.update(&self.seed.0.to_le_bytes());
        for part in [keys, roles, links, sessions, operations] {
            hasher.update(&part);
        }
        *hasher.finalize().as_bytes()
    }

    /// The hashes of the parts.
    pub fn hashes(&self) -> WorldHashes {
        let part = |absorb: &dyn Fn(&mut blake3::Hasher)| {
            let mut hasher = blake3::Hasher::new();
            absorb(&mut hasher);
            *hasher.finalize().as_bytes()
        };
        WorldHashes {
            keys: part(&|hasher| {
                for word in self.keys.iter().flat_map(|key| key.words()) {
                    hasher.update(&word.to_be_bytes());
                }
            }),
            roles: part(&|hasher| {
                for role in &self.roles {
                    hasher.update(&[u8::from(*role == Role::Client)]);
                }
                for node in &self.bootstrap {
                    hasher.update(&node.get().to_le_bytes());
                }
                // Nothing where all installations are alike: such worlds keep their hash.
                for doors in &self.doors {
                    hasher.update(&(doors.len() as u64).to_le_bytes());
                    for node in doors {
                        hasher.update(&node.get().to_le_bytes());
                    }
                }
                for error in &self.clock_errors {
                    hasher.update(&error.to_le_bytes());
                }
                hasher.update(self.groups.numbers());
            }),
            links: part(&|hasher| self.links.absorb(hasher)),
            sessions: part(&|hasher| self.absorb_sessions(hasher)),
            operations: part(&|hasher| {
                self.absorb_operations(hasher);
                self.absorb_items(hasher);
            }),
        }
    }

    fn absorb_items(&self, hasher: &mut blake3::Hasher) {
        for item in &self.items {
            for word in item.key.words() {
                hasher.update(&word.to_be_bytes());
            }
            hasher.update(&[u8::from(item.subkey.is_some())]);
            for number in [
                item.subkey.unwrap_or(0),
                item.value.version,
                u64::from(item.value.bytes),
                item.lifetime.as_nanos(),
            ] {
                hasher.update(&number.to_le_bytes());
            }
        }
    }

    fn absorb_sessions(&self, hasher: &mut blake3::Hasher) {
        for node in 0..self.sessions.len() {
            let sessions = self.sessions.of(crate::node::NodeIx::from_usize(node));
            hasher.update(&(sessions.len() as u64).to_le_bytes());
            for session in sessions {
                hasher.update(&session.up.as_nanos().to_le_bytes());
                hasher.update(&session.down.as_nanos().to_le_bytes());
                hasher.update(&[u8::from(session.graceful)]);
            }
        }
    }

    fn absorb_operations(&self, hasher: &mut blake3::Hasher) {
        for operation in &self.operations {
            hasher.update(&operation.at.as_nanos().to_le_bytes());
            hasher.update(&operation.node.get().to_le_bytes());
            hasher.update(operation.command.kind().name().as_bytes());
            for word in operation.command.key().words() {
                hasher.update(&word.to_be_bytes());
            }
            if let Command::Put { value, .. } = operation.command {
                hasher.update(&value.version.to_le_bytes());
                hasher.update(&value.bytes.to_le_bytes());
            }
            if let Command::PutMany { items } | Command::GetMany { items, .. } = operation.command {
                hasher.update(&items.len().to_le_bytes());
            }
            if let Command::GetMany { latest, .. } = operation.command {
                hasher.update(&[u8::from(latest)]);
            }
            if let Command::Range { hi, limit, .. } = operation.command {
                hasher.update(&hi.to_le_bytes());
                hasher.update(&limit.to_le_bytes());
            }
        }
    }
}
