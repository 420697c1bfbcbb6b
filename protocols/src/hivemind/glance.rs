//! Looks at memory ahead of time, for speed alone: see `Protocol::glance`.

use dhtlab_core::author::{Key, NodeIx};

use super::bucket::Bucket;
use super::call::Purpose;
use super::message::{Answer, Ask, Message};
use super::node::Hivemind;

impl Hivemind {
    /// Reads a word of each place that `message` from a peer whose key begins with `from` will need,
    /// `depth` pointers away from the node.
    pub(super) fn look(&self, depth: u32, from: u64, message: &Message) -> u64 {
        match depth {
            0 => self.own_words() ^ message_word(message),
            1 => self.table.glance() ^ self.calls.glance() ^ self.jobs.glance(),
            2 => {
                let from = self.table.bucket_near(from).members().len() as u64;
                from ^ self.asked_words(message, |bucket| bucket.members().len() as u64)
            }
            _ => {
                let from = self.table.bucket_near(from).glance();
                let asked = self.asked_words(message, |bucket| every(bucket.members()));
                from ^ asked ^ self.job_word(message)
            }
        }
    }

    /// The cache lines of the node itself.
    fn own_words(&self) -> u64 {
        let (calls, waiting) = self.requests();
        let table = self.table.bucket_count() as u64;
        table ^ calls as u64 ^ waiting as u64 ^ self.alarm.as_nanos() ^ u64::from(self.jobs.next())
    }

    /// A word of the buckets of the keys that are asked for.
    fn asked_words(&self, message: &Message, word: impl Fn(&Bucket) -> u64) -> u64 {
        let Message::Ask { ask: Ask::Find(keys), .. } = message else { return 0 };
        let near = |key: &Key| word(self.table.bucket_near(key.prefix()));
        keys.iter().fold(0, |word, key| word ^ near(key))
    }

    /// A word of the job that an answer is for.
    fn job_word(&self, message: &Message) -> u64 {
        let Message::Answer { rpc, .. } = message else { return 0 };
        match self.calls.purpose(*rpc) {
            Some(Purpose::Find(token)) => self.jobs.glance_at(token.job, token.part),
            _ => 0,
        }
    }
}

/// A word of what a message points to.
fn message_word(message: &Message) -> u64 {
    match message {
        Message::Ask { ask: Ask::Find(keys), .. } => keys.first().map_or(0, |key| key.prefix()),
        Message::Ask { ask: Ask::Store(items), .. } => {
            items.first().map_or(0, |item| item.key.prefix())
        }
        Message::Answer { answer: Answer::Found(findings), .. } => every(&findings.peers),
        _ => 0,
    }
}

/// A word of each cache line of a list.
pub(super) fn every(nodes: &[NodeIx]) -> u64 {
    let lines = nodes.iter().step_by(16).chain(nodes.last());
    lines.fold(0, |word, node| word ^ u64::from(node.get()))
}
