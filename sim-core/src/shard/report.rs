//! What handlers emitted, told to the observer; and what a shard tells about its nodes.

use super::{Shard, Slot};
use crate::digest::Digest;
use crate::node::NodeIx;
use crate::observe::{Found, Observer};
use crate::protocol::Protocol;
use crate::sink::{Emitted, Shared};
use crate::time::Time;

impl<P: Protocol, O: Observer> Shard<P, O> {
    /// Hands what the last handler emitted to the observer.
    pub(super) fn report(&mut self, shared: &Shared<'_, P>) {
        for step in self.sink.steps.drain(..) {
            self.observer.stepped(&shared.sight(), step);
        }
        let (mut used, mut named, mut listed) = (0, 0, 0);
        for emitted in self.sink.emitted.drain(..) {
            match emitted {
                Emitted::Op { record, found, names, entries } => {
                    let result = Found {
                        nodes: &self.sink.found[used..used + found],
                        names: &self.sink.names[named..named + names],
                        entries: &self.sink.entries[listed..listed + entries],
                    };
                    self.observer.finished(&shared.sight(), &record, result);
                    used += found;
                    named += names;
                    listed += entries;
                }
                Emitted::Join(record) => self.observer.joined(&shared.sight(), &record),
            }
        }
        self.sink.found.clear();
        self.sink.names.clear();
        self.sink.entries.clear();
    }

    /// Is `node` up now?
    pub(crate) fn is_up(&self, node: NodeIx) -> bool {
        self.sink.hot[self.sink.local(node)].up_since < Time::NEVER
    }

    /// The state of `node`, if it is up.
    pub(crate) fn state(&self, node: NodeIx) -> Option<&P> {
        match &self.slots[self.sink.local(node)] {
            Slot::Up(state) => Some(state),
            Slot::Empty | Slot::Down(_) => None,
        }
    }

    /// Time that `node` has been up until `now`, in nanoseconds.
    pub(crate) fn uptime(&self, node: NodeIx, now: Time) -> u64 {
        let local = self.sink.local(node);
        let since = self.sink.hot[local].up_since;
        self.uptime[local] + if since < Time::NEVER { now.since(since).as_nanos() } else { 0 }
    }

    /// The digest over the own nodes.
    pub(crate) fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        for (local, hot) in self.sink.hot.iter().enumerate() {
            digest.add(self.node(local), hot.chain);
        }
        digest
    }
}
