//! What travels between nodes.

use std::sync::Arc;

use dhtlab_core::author::{Key, NodeIx, Time, Value};

use super::record::Dictionary;

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
}

/// The answer to a find request.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// For each key of the request, the record under it and until when it is valid.
    pub records: Box<[Option<(super::record::Stored, Time)>]>,
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
