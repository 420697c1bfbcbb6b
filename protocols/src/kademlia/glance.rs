//! Looks at memory ahead of time, for speed alone: see `Protocol::glance`.

use super::message::Message;
use super::node::Kademlia;
use super::query::Phase;

impl Kademlia {
    /// Reads a word of each place that `message` will need, `depth` pointers away from the node.
    pub(super) fn look(&self, depth: u32, from: u64, message: &Message) -> u64 {
        match depth {
            // The cache lines of the node itself.
            0 => self.table.len() as u64 ^ self.queries.len() as u64 ^ u64::from(self.next_serial),
            // What it points to.
            1 => {
                let query = self.queries.first().map_or(0, |query| u64::from(query.serial));
                let rpc = self.rpcs.next_deadline().as_nanos();
                let side = self.table.side.as_ref().map_or(0, |side| side.pending.len() as u64);
                query ^ rpc ^ self.connections.glance() ^ side
            }
            // What that points to.
            _ => {
                let walk = self.queries.first().map_or(0, |query| match &query.phase {
                    Phase::Walk(walk) => walk.glance(),
                    Phase::Store(_) => 0,
                });
                let side = self.table.side.as_ref().map_or(0, |side| side.glance());
                let target = match message {
                    Message::Find { key, .. } => self.bucket_word(key.prefix()),
                    _ => 0,
                };
                walk ^ side ^ target ^ self.bucket_word(from)
            }
        }
    }

    /// A word of each cache line of the bucket that a key with this prefix falls into.
    fn bucket_word(&self, prefix: u64) -> u64 {
        let bucket = self.table.bucket(self.table.first_bucket(prefix));
        let ends = bucket.iter().step_by(16).chain(bucket.last());
        ends.fold(0, |word, node| word ^ u64::from(node.get()))
    }
}
