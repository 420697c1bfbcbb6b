//! What travels between nodes, how it hashes and how long it is on the wire.

use dhtlab_core::author::{Exchange, Key, Message as CoreMessage, NodeIx, Span, Value, mix};

use super::contacts::Contacts;
use super::params::Params;

/// A record on its way: the content and how long it may still live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The content.
    pub value: Value,
    /// Who published it; `None` when that is not said.
    pub publisher: Option<NodeIx>,
    /// The rest of its life; [`Span::MAX`] when it does not end.
    pub ttl: Span,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Contacts close to the key.
    Node,
    /// The record under the key, and contacts.
    Value,
    /// Providers of the key, and contacts.
    Providers,
}

/// What travels between nodes.
///
/// Requests carry a number that the reply repeats, and whether the sender answers requests itself.
#[derive(Clone, Debug)]
pub enum Message {
    /// A round trip of opening a connection, numbered from 1.
    Dial {
        /// Which round trip.
        step: u8,
        /// Does the dialler answer requests?
        server: bool,
        /// Does it only want to know whether the other one is there?
        probe: bool,
    },
    /// The answer to a dial step.
    Accept {
        /// Which round trip.
        step: u8,
    },
    /// The sender closed the connection.
    Close,
    /// Are you there?
    Ping {
        /// Number of the request.
        rpc: u32,
        /// Does the sender answer requests?
        server: bool,
    },
    /// I am.
    Pong {
        /// Number of the request.
        rpc: u32,
    },
    /// Asks for contacts, a record or providers.
    Find {
        /// Number of the request.
        rpc: u32,
        /// What is wanted.
        ask: Ask,
        /// Does the sender answer requests?
        server: bool,
        /// The key that is wanted.
        key: Key,
    },
    /// Contacts close to the key.
    Nodes {
        /// Number of the request.
        rpc: u32,
        /// The closest contacts the sender knows.
        closer: Contacts,
    },
    /// A record, if the sender has it, and contacts.
    Value {
        /// Number of the request.
        rpc: u32,
        /// The record.
        record: Option<Box<Parcel>>,
        /// The closest contacts the sender knows.
        closer: Contacts,
    },
    /// Providers and contacts.
    Providers {
        /// Number of the request.
        rpc: u32,
        /// The providers the sender knows; `None` for nobody.
        providers: Option<Box<Contacts>>,
        /// The closest contacts the sender knows.
        closer: Contacts,
    },
    /// Keep this record.
    Put {
        /// Number of the request.
        rpc: u32,
        /// Does the sender answer requests?
        server: bool,
        /// The key of the record.
        key: Key,
        /// The record.
        record: Box<Parcel>,
    },
    /// The record is kept; repeats it.
    PutAck {
        /// Number of the request.
        rpc: u32,
        /// Length of the value.
        bytes: u32,
    },
    /// The sender provides this key. Nobody answers.
    AddProvider {
        /// The key.
        key: Key,
        /// Who provides it.
        provider: NodeIx,
    },
    /// The request failed at the receiver: no room, or too large an answer.
    Reset {
        /// Number of the request.
        rpc: u32,
    },
}

const _: () = assert!(size_of::<Message>() <= 152, "a message outgrew its slot");

/// Bytes of a record besides its value in a PUT.
const RECORD_BYTES: u32 = 128;
/// Bytes of a record besides its value in an answer.
const ECHO_BYTES: u32 = 80;
/// Bytes of an `ADD_PROVIDER` with two addresses.
const ADD_PROVIDER_BYTES: u32 = 190;
/// Bytes of a ping or a reset.
const BARE_BYTES: u32 = 4;

impl CoreMessage for Message {
    const KINDS: &'static [&'static str] = &[
        "dial",
        "accept",
        "close",
        "ping",
        "pong",
        "find_node",
        "nodes",
        "get_value",
        "value",
        "get_providers",
        "providers",
        "put_value",
        "put_ack",
        "add_provider",
        "reset",
    ];

    fn exchange(&self) -> Option<Exchange> {
        let (number, is_answer) = match self {
            Self::Ping { rpc, .. } | Self::Find { rpc, .. } | Self::Put { rpc, .. } => {
                (*rpc, false)
            }
            Self::Pong { rpc }
            | Self::Nodes { rpc, .. }
            | Self::Value { rpc, .. }
            | Self::Providers { rpc, .. }
            | Self::PutAck { rpc, .. }
            | Self::Reset { rpc } => (*rpc, true),
            // Dials are numbered from the other end, apart from requests.
            Self::Dial { step, .. } => (u32::MAX - u32::from(*step), false),
            Self::Accept { step } => (u32::MAX - u32::from(*step), true),
            Self::Close | Self::AddProvider { .. } => return None,
        };
        Some(Exchange { number, is_answer })
    }

    fn names(&self, visit: &mut dyn FnMut(NodeIx)) {
        if let Self::Nodes { closer, .. }
        | Self::Value { closer, .. }
        | Self::Providers { closer, .. } = self
        {
            closer.iter().for_each(|node| visit(*node));
        }
        if let Self::Providers { providers: Some(found), .. } = self {
            found.iter().for_each(|node| visit(*node));
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Dial { .. } => 0,
            Self::Accept { .. } => 1,
            Self::Close => 2,
            Self::Ping { .. } => 3,
            Self::Pong { .. } => 4,
            Self::Find { ask: Ask::Node, .. } => 5,
            Self::Nodes { .. } => 6,
            Self::Find { ask: Ask::Value, .. } => 7,
            Self::Value { .. } => 8,
            Self::Find { ask: Ask::Providers, .. } => 9,
            Self::Providers { .. } => 10,
            Self::Put { .. } => 11,
            Self::PutAck { .. } => 12,
            Self::AddProvider { .. } => 13,
            Self::Reset { .. } => 14,
        }
    }

    fn digest(&self) -> u64 {
        let hash = Fold(u64::from(self.kind()));
        match self {
            Self::Dial { step, server, probe } => {
                hash.pair(u32::from(*step), u32::from(*server) << 1 | u32::from(*probe))
            }
            Self::Accept { step } => hash.word(u64::from(*step)),
            Self::Close => hash,
            Self::Ping { rpc, server } => hash.pair(*rpc, u32::from(*server)),
            Self::Find { rpc, server, key, .. } => hash.pair(*rpc, u32::from(*server)).key(*key),
            Self::Pong { rpc } | Self::Reset { rpc } => hash.word(u64::from(*rpc)),
            Self::Nodes { rpc, closer } => hash.word(u64::from(*rpc)).list(closer),
            Self::Value { rpc, record, closer } => {
                let hash = hash.word(u64::from(*rpc)).list(closer);
                if let Some(parcel) = record { hash.parcel(parcel) } else { hash }
            }
            Self::Providers { rpc, providers, closer } => {
                let hash = hash.word(u64::from(*rpc)).list(closer);
                if let Some(list) = providers { hash.list(list) } else { hash }
            }
            Self::Put { rpc, server, key, record } => {
                hash.pair(*rpc, u32::from(*server)).key(*key).parcel(record)
            }
            Self::PutAck { rpc, bytes } => hash.pair(*rpc, *bytes),
            Self::AddProvider { key, provider } => hash.key(*key).word(u64::from(provider.get())),
        }
        .end()
    }
}

/// Multiply and exclusive-or, one word at a time: a chain of about four cycles a word.
#[derive(Clone, Copy)]
struct Fold(u64);

impl Fold {
    const fn word(self, word: u64) -> Self {
        let product = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(product ^ (product >> 29))
    }

    fn pair(self, high: u32, low: u32) -> Self {
        self.word(u64::from(high) << 32 | u64::from(low))
    }

    fn key(self, key: Key) -> Self {
        key.words().into_iter().fold(self, Self::word)
    }

    fn list(self, nodes: &[NodeIx]) -> Self {
        let (pairs, rest) = nodes.as_chunks::<2>();
        let hash = pairs.iter().fold(self, |hash, [a, b]| hash.pair(a.get(), b.get()));
        let tail = rest.first().map_or(0, |node| u64::from(node.get()));
        hash.word(tail).word(nodes.len() as u64)
    }

    fn parcel(self, parcel: &Parcel) -> Self {
        let publisher = parcel.publisher.map_or(u64::MAX, |node| u64::from(node.get()));
        self.word(parcel.value.version)
            .word(u64::from(parcel.value.bytes))
            .word(publisher)
            .word(parcel.ttl.as_nanos())
    }

    const fn end(self) -> u64 {
        mix(self.0)
    }
}

/// The length on the wire: protobuf bodies as the sources compute them, framing shared evenly by
/// the two directions.
pub(super) fn wire_len(p: &Params, message: &Message) -> u32 {
    let framing = p.rpc_overhead / 2;
    let contacts =
        |list: &[NodeIx]| p.contact_bytes * u32::try_from(list.len()).unwrap_or(u32::MAX);
    match message {
        Message::Dial { .. } | Message::Accept { .. } | Message::Close => {
            p.connect_overhead / (2 * p.dial_round_trips.max(1))
        }
        Message::Ping { .. } | Message::Pong { .. } | Message::Reset { .. } => framing + BARE_BYTES,
        Message::Find { .. } => framing + p.request_bytes,
        Message::Nodes { closer, .. } => framing + p.reply_bytes + contacts(closer),
        Message::Value { record, closer, .. } => {
            let value = record.as_ref().map_or(0, |parcel| parcel.value.bytes + ECHO_BYTES);
            framing + p.reply_bytes + contacts(closer) + value
        }
        Message::Providers { providers, closer, .. } => {
            let found = providers.as_ref().map_or(0, |list| contacts(list));
            framing + p.reply_bytes + contacts(closer) + found
        }
        Message::Put { record, .. } => framing + RECORD_BYTES + record.value.bytes,
        Message::PutAck { bytes, .. } => framing + ECHO_BYTES + bytes,
        Message::AddProvider { .. } => framing + ADD_PROVIDER_BYTES,
    }
}

/// Does `message` fit into the largest packet? Framing does not count.
pub(super) fn fits(p: &Params, message: &Message) -> bool {
    wire_len(p, message).saturating_sub(p.rpc_overhead / 2) <= p.max_packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kademlia::presets::Preset;

    #[test]
    fn a_reply_with_twenty_contacts_is_about_three_kilobytes() {
        let params = Preset::find("rust-libp2p-0.49").unwrap().params();
        let closer = (0..20).map(NodeIx::new).collect();
        let reply = Message::Nodes { rpc: 1, closer };
        assert_eq!(wire_len(&params, &reply), 175 + 4 + 20 * 153);
        let dial = Message::Dial { step: 1, server: true, probe: false };
        assert_eq!(wire_len(&params, &dial), 625);
    }

    #[test]
    fn every_part_of_a_message_changes_its_digest() {
        let list = |nodes: &[u32]| nodes.iter().copied().map(NodeIx::new).collect::<Contacts>();
        let nodes = |rpc, ids: &[u32]| Message::Nodes { rpc, closer: list(ids) };
        let find = |ask, key| Message::Find { rpc: 1, ask, server: true, key };
        let digests = [
            nodes(1, &[1, 2, 3]),
            nodes(2, &[1, 2, 3]),
            nodes(1, &[1, 2]),
            nodes(1, &[1, 2, 0]),
            nodes(1, &[2, 1, 3]),
            find(Ask::Node, Key::MIN),
            find(Ask::Value, Key::MIN),
            find(Ask::Node, Key::MAX),
            Message::Pong { rpc: 1 },
            Message::Reset { rpc: 1 },
            Message::Close,
        ]
        .map(|message| message.digest());
        for (i, digest) in digests.iter().enumerate() {
            assert!(!digests[..i].contains(digest), "{i}");
        }
    }
}
