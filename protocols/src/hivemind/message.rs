//! What travels between nodes, how it hashes and how long it is on the wire.

use std::sync::Arc;

use dhtlab_core::author::{Exchange, Key, Message as CoreMessage, NodeIx, Time, Value, mix};

use super::params::Params;
use super::record::{Dictionary, Stored};
use super::size;

/// A request. The sender's id travels with it, unless the sender is a client.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Are you there? With `validate`: ping me back before you answer.
    Ping {
        /// Is the receiver to ping back?
        validate: bool,
    },
    /// Keep these.
    Store(Arc<[StoreItem]>),
    /// What do you have under these keys, and who is near them?
    Find(Arc<[Key]>),
}

/// One record of a store request.
#[derive(Clone, Debug)]
pub struct StoreItem {
    /// The key.
    pub key: Key,
    /// What is stored there.
    pub content: Content,
    /// Until when it is valid, by wall clock.
    pub expires: Time,
    /// Into the receiver's cache instead of its storage?
    pub in_cache: bool,
}

/// What a store request stores under a key.
#[derive(Clone, Debug)]
pub enum Content {
    /// The value.
    Plain(Value),
    /// The value below a subkey.
    Sub(u64, Value),
    /// A whole dictionary.
    Dictionary(Dictionary),
}

/// The answer to a request. The sender's id travels with it, unless the sender is a client.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Here I am.
    Pong {
        /// What my clock shows.
        clock: Time,
        /// Could I reach you? Meaningful only after a validated ping.
        available: bool,
    },
    /// Whether each record of the request was taken.
    Stored(Box<[bool]>),
    /// For each key of the request, what I have and who is near.
    Found(Box<Findings>),
    /// The request was refused: it has too many keys, or its answer would be too long.
    Failed,
}

/// The answer to a find request.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// For each key of the request, the record under it and until when it is valid.
    pub records: Box<[Option<(Stored, Time)>]>,
    /// The nearest contacts for each key, one list after the other, nearest first.
    pub peers: Box<[NodeIx]>,
    /// How many contacts each list has.
    pub each: u32,
}

/// What travels between nodes.
#[derive(Clone, Debug)]
pub enum Message {
    /// A request.
    Ask {
        /// Its number, repeated by the answer.
        rpc: u32,
        /// May the receiver keep the sender as a contact? Clients do not say who they are.
        known: bool,
        /// What is asked.
        ask: Ask,
    },
    /// The answer to a request.
    Answer {
        /// The number of the request.
        rpc: u32,
        /// May the receiver keep the sender as a contact?
        known: bool,
        /// What is answered.
        answer: Answer,
    },
}

const _: () = assert!(size_of::<Message>() <= 32, "a message outgrew its slot");

impl Ask {
    /// How many results a full answer has.
    pub(super) fn count(&self) -> u32 {
        let count = match self {
            Self::Ping { .. } => 0,
            Self::Store(items) => items.len(),
            Self::Find(keys) => keys.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// Folds words into a hash, in order.
fn fold(words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(0x6869_7665_6d69, |hash, word| mix(hash.rotate_left(7) ^ word))
}

fn key(key: Key) -> u64 {
    fold(key.words())
}

fn value(value: Value) -> u64 {
    fold([value.version, u64::from(value.bytes)])
}

fn stored(stored: &Stored) -> u64 {
    match stored {
        Stored::Plain(content) => value(*content),
        Stored::Dictionary(content) => content.digest().rotate_left(1),
    }
}

fn item(item: &StoreItem) -> u64 {
    let content = match &item.content {
        Content::Plain(content) => value(*content),
        Content::Sub(subkey, content) => fold([*subkey, value(*content)]),
        Content::Dictionary(content) => content.digest().rotate_left(1),
    };
    fold([key(item.key), content, item.expires.as_nanos(), u64::from(item.in_cache)])
}

fn ask_digest(ask: &Ask) -> u64 {
    match ask {
        Ask::Ping { validate } => u64::from(*validate),
        Ask::Store(items) => fold(items.iter().map(item)),
        Ask::Find(keys) => fold(keys.iter().map(|of| key(*of))),
    }
}

fn answer_digest(answer: &Answer) -> u64 {
    match answer {
        Answer::Pong { clock, available } => fold([clock.as_nanos(), u64::from(*available)]),
        Answer::Stored(taken) => fold(taken.iter().map(|taken| u64::from(*taken))),
        Answer::Found(findings) => {
            let records = findings.records.iter().map(|record| match record {
                Some((content, expires)) => fold([stored(content), expires.as_nanos()]),
                None => 0,
            });
            let peers = findings.peers.iter().map(|peer| u64::from(peer.get()));
            fold(records.chain(peers).chain([u64::from(findings.each)]))
        }
        Answer::Failed => 0,
    }
}

impl CoreMessage for Message {
    const KINDS: &'static [&'static str] =
        &["ping", "pong", "store", "stored", "find", "found", "failed"];

    fn exchange(&self) -> Option<Exchange> {
        Some(match self {
            Self::Ask { rpc, .. } => Exchange { number: *rpc, is_answer: false },
            Self::Answer { rpc, .. } => Exchange { number: *rpc, is_answer: true },
        })
    }

    fn names(&self, visit: &mut dyn FnMut(NodeIx)) {
        if let Self::Answer { answer: Answer::Found(findings), .. } = self {
            findings.peers.iter().for_each(|peer| visit(*peer));
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Ask { ask: Ask::Ping { .. }, .. } => 0,
            Self::Answer { answer: Answer::Pong { .. }, .. } => 1,
            Self::Ask { ask: Ask::Store(_), .. } => 2,
            Self::Answer { answer: Answer::Stored(_), .. } => 3,
            Self::Ask { ask: Ask::Find(_), .. } => 4,
            Self::Answer { answer: Answer::Found(_), .. } => 5,
            Self::Answer { answer: Answer::Failed, .. } => 6,
        }
    }

    fn digest(&self) -> u64 {
        let (rpc, known, content) = match self {
            Self::Ask { rpc, known, ask } => (*rpc, *known, ask_digest(ask)),
            Self::Answer { rpc, known, answer } => (*rpc, *known, answer_digest(answer)),
        };
        let number = u64::from(rpc) << 1 | u64::from(known);
        mix(number ^ content.rotate_left(8) ^ u64::from(self.kind()) << 56)
    }
}

/// The length of `message` on the wire in bytes.
pub(crate) fn wire_len(params: &Params, message: &Message) -> u32 {
    size::len(params, message)
}
