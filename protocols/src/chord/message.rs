//! What travels between nodes, how it hashes and how long it is on the wire.

use std::sync::Arc;

use arrayvec::ArrayVec;
use dhtlab_core::author::{Exchange, Key, Message as CoreMessage, NodeIx, Value, mix};

use super::params::{CANDIDATES_MAX, LookupEnd, Params};
use super::peer::Peer;
use super::wire;
use crate::learned_chord::lesson::Lesson;

/// A record.
pub type Item = (Key, Value);

/// The next peers a lookup may ask, the one closest to the target first.
pub type Candidates = ArrayVec<Peer, CANDIDATES_MAX>;

/// A request to one virtual node; it is answered by an [`Answer`].
#[derive(Clone, Debug)]
pub enum Ask {
    /// Who owns `target`, or who is closer to it?
    Next {
        /// A place on the ring.
        target: u64,
        /// Identifiers of peers that did not answer this lookup.
        dead: Box<[u64]>,
        /// When the lookup has found the owner.
        end: LookupEnd,
    },
    /// What are your predecessor and your successors?
    State,
    /// Are you there?
    Ping,
    /// Are you there, and is this place yours?
    Own {
        /// A place on the ring.
        target: u64,
        /// Whom you take for its owner is silent: are you there?
        anyway: bool,
    },
    /// I sit between you and your successor: admit me.
    Join(Peer),
    /// Keep this record.
    Put {
        /// The record.
        item: Item,
        /// The version of the asker's model.
        version: u32,
        /// Keep it even if the place of the key is not yours: who comes before you is silent.
        anyway: bool,
    },
    /// What is kept under this key?
    Get {
        /// The key.
        key: Key,
        /// The version of the asker's model.
        version: u32,
        /// Answer even if the place of the key is not yours.
        anyway: bool,
    },
    /// Remove what is kept under this key.
    Delete {
        /// The key.
        key: Key,
        /// The version of the asker's model.
        version: u32,
        /// Do so even if the place of the key is not yours: who comes before you is silent.
        anyway: bool,
    },
    /// Which of these names do you hold?
    Scan {
        /// The smallest name.
        lo: u64,
        /// The largest.
        hi: u64,
        /// The most that are wanted.
        limit: u32,
        /// The version of the model by which the asker came.
        version: u32,
    },
    /// These records are yours now, or you hold a copy of them.
    Transfer {
        /// The records.
        items: Arc<[Item]>,
        /// What the receiver is to do with them.
        why: Why,
        /// The first and the last place of the stretch that is complete with this message, if it is.
        done: Option<(u64, u64)>,
    },
    /// Carry this lookup on.
    Forward(Route),
    /// Something about the learned model.
    Lesson(Box<Lesson>),
}

/// Why records are transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The receiver owns them.
    Owner,
    /// The receiver holds copies for the sender.
    Replica,
    /// These versions were removed.
    Gone,
}

/// A recursive lookup on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// A place on the ring.
    pub target: u64,
    /// Who wants to know.
    pub origin: NodeIx,
    /// The origin's number of the lookup.
    pub serial: u32,
    /// Contacts so far, this one included.
    pub hops: u8,
    /// The receiver is the owner as far as the sender knows.
    pub last: bool,
}

/// The answer to an [`Ask`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// These are closer to the target.
    Closer(Candidates),
    /// The owner is the first of these, unless it is silent; then the next.
    Owner {
        /// The virtual node right before the owner.
        before: Peer,
        /// Its successors from the owner on.
        owners: Box<[Peer]>,
    },
    /// Predecessor and successors.
    State {
        /// The predecessor, if one is known.
        predecessor: Option<Peer>,
        /// The successors in order.
        successors: Box<[Peer]>,
    },
    /// Done, or: here I am.
    Done,
    /// The asker is admitted behind the virtual node asked.
    Admitted {
        /// The successors of the virtual node asked.
        successors: Box<[Peer]>,
        /// The version of its model.
        version: u32,
    },
    /// Not possible now: not a member yet, or somebody sits in between.
    Refused,
    /// The place belongs to somebody before the virtual node asked.
    NotMine(Option<Peer>),
    /// What is kept under the key.
    Value(Option<Value>),
    /// The records held within the names asked for.
    Items {
        /// The stretch `(from, to]` of the ring that the answer speaks for.
        claim: (u64, u64),
        /// Does the virtual node hold all that belongs to its stretch, as far as it knows?
        settled: bool,
        /// The records, by name.
        items: Arc<[Item]>,
        /// The successors in order.
        successors: Box<[Peer]>,
    },
    /// The models differ: mine has this version.
    Model(u32),
    /// Something about the learned model.
    Lesson(Box<Lesson>),
}

/// What is said without waiting for an answer.
#[derive(Clone, Debug)]
pub enum Tell {
    /// I may be your predecessor.
    Notify(Peer),
    /// I leave; these are my neighbours.
    Leave {
        /// Who leaves.
        who: Peer,
        /// Its predecessor.
        predecessor: Option<Peer>,
        /// Its successors.
        successors: Box<[Peer]>,
    },
    /// A recursive lookup arrived.
    Routed {
        /// The origin's number of the lookup.
        serial: u32,
        /// Contacts on the way.
        hops: u8,
        /// The owner, then its successors.
        owners: Box<[Peer]>,
        /// Where the owner's stretch begins.
        from: u64,
    },
    /// Everybody: who holds these names answers `origin`.
    Sweep {
        /// Who wants to know.
        origin: NodeIx,
        /// The origin's number of the query.
        serial: u32,
        /// The names wanted.
        names: (u64, u64),
        /// Pass it on as far as this identifier.
        until: u64,
    },
    /// What a virtual node holds of a sweep's names.
    Swept {
        /// The origin's number of the query.
        serial: u32,
        /// The stretch that this speaks for.
        claim: (u64, u64),
        /// The records.
        items: Arc<[Item]>,
    },
    /// Something about the learned model.
    Lesson(Box<Lesson>),
}

/// What travels between nodes.
#[derive(Clone, Debug)]
pub enum Message {
    /// A request to virtual node `vnode` of the receiver.
    Ask {
        /// Its number, repeated by the answer.
        rpc: u32,
        /// Which virtual node is meant.
        vnode: u16,
        /// What is asked.
        ask: Ask,
    },
    /// The answer to a request.
    Answer {
        /// The number of the request.
        rpc: u32,
        /// What is answered.
        answer: Answer,
    },
    /// A statement to virtual node `vnode` of the receiver.
    Tell {
        /// Which virtual node is meant.
        vnode: u16,
        /// What is said.
        tell: Tell,
    },
}

const _: () = assert!(size_of::<Message>() <= 88, "a message outgrew its slot");

/// Folds words into a hash, in order.
pub(crate) fn fold(words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(0x6368_6f72_6421, |hash, word| mix(hash.rotate_left(7) ^ word))
}

fn peers(list: &[Peer]) -> u64 {
    fold(list.iter().map(|peer| peer.digest()))
}

fn peer(peer: Option<Peer>) -> u64 {
    peer.map_or(0, Peer::digest)
}

fn items(list: &[Item]) -> u64 {
    fold(list.iter().flat_map(|(key, value)| [key.prefix(), key.name(), value.version]))
}

fn ask_digest(ask: &Ask) -> u64 {
    match ask {
        Ask::Next { target, dead, end } => fold([*target, *end as u64, fold(dead.iter().copied())]),
        Ask::State | Ask::Ping => 0,
        Ask::Own { target, anyway } => fold([*target, u64::from(*anyway)]),
        Ask::Join(who) => who.digest(),
        Ask::Put { item, version, anyway } => {
            fold([items(&[*item]), u64::from(*version), u64::from(*anyway)])
        }
        Ask::Get { key, version, anyway } | Ask::Delete { key, version, anyway } => {
            fold([key.prefix(), key.name(), u64::from(*version), u64::from(*anyway)])
        }
        Ask::Scan { lo, hi, limit, version } => {
            fold([*lo, *hi, u64::from(*limit), u64::from(*version)])
        }
        Ask::Transfer { items: list, why, done } => {
            let (from, to) = done.unwrap_or_default();
            fold([items(list), *why as u64, u64::from(done.is_some()), from, to])
        }
        Ask::Forward(route) => fold([
            route.target,
            u64::from(route.origin.get()) << 32 | u64::from(route.serial),
            u64::from(route.hops) << 1 | u64::from(route.last),
        ]),
        Ask::Lesson(lesson) => lesson.digest(),
    }
}

fn answer_digest(answer: &Answer) -> u64 {
    match answer {
        Answer::Closer(list) => peers(list),
        Answer::Owner { before, owners } => fold([before.digest(), peers(owners)]),
        Answer::State { predecessor, successors } => fold([peer(*predecessor), peers(successors)]),
        Answer::Done | Answer::Refused => 0,
        Answer::Admitted { successors, version } => fold([peers(successors), u64::from(*version)]),
        Answer::NotMine(before) => peer(*before),
        Answer::Value(value) => value.map_or(0, |value| mix(value.version)),
        Answer::Items { claim, settled, items: list, successors } => {
            fold([claim.0, claim.1, u64::from(*settled), items(list), peers(successors)])
        }
        Answer::Model(version) => u64::from(*version),
        Answer::Lesson(lesson) => lesson.digest(),
    }
}

fn tell_digest(tell: &Tell) -> u64 {
    match tell {
        Tell::Notify(who) => who.digest(),
        Tell::Leave { who, predecessor, successors } => {
            fold([who.digest(), peer(*predecessor), peers(successors)])
        }
        Tell::Routed { serial, hops, owners, from } => {
            fold([u64::from(*serial) << 8 | u64::from(*hops), peers(owners), *from])
        }
        Tell::Sweep { origin, serial, names, until } => {
            fold([u64::from(origin.get()) << 32 | u64::from(*serial), names.0, names.1, *until])
        }
        Tell::Swept { serial, claim, items: list } => {
            fold([u64::from(*serial), claim.0, claim.1, items(list)])
        }
        Tell::Lesson(lesson) => lesson.digest(),
    }
}

impl CoreMessage for Message {
    const KINDS: &'static [&'static str] = wire::KINDS;

    fn exchange(&self) -> Option<Exchange> {
        match self {
            Self::Ask { rpc, .. } => Some(Exchange { number: *rpc, is_answer: false }),
            Self::Answer { rpc, .. } => Some(Exchange { number: *rpc, is_answer: true }),
            Self::Tell { .. } => None,
        }
    }

    fn names(&self, visit: &mut dyn FnMut(NodeIx)) {
        let mut all = |list: &[Peer]| list.iter().for_each(|peer| visit(peer.host));
        match self {
            Self::Answer { answer: Answer::Closer(list), .. } => all(list),
            Self::Answer { answer: Answer::Owner { owners, .. }, .. }
            | Self::Tell { tell: Tell::Routed { owners, .. }, .. } => all(owners),
            Self::Answer { answer: Answer::NotMine(Some(before)), .. } => all(&[*before]),
            Self::Answer { answer: Answer::Items { successors, .. }, .. } => all(successors),
            _ => {}
        }
    }

    fn kind(&self) -> u8 {
        wire::kind(self)
    }

    fn digest(&self) -> u64 {
        let (number, content) = match self {
            Self::Ask { rpc, vnode, ask } => {
                (u64::from(*rpc) << 16 | u64::from(*vnode), ask_digest(ask))
            }
            Self::Answer { rpc, answer } => (u64::from(*rpc) << 16, answer_digest(answer)),
            Self::Tell { vnode, tell } => (u64::from(*vnode), tell_digest(tell)),
        };
        mix(number ^ content.rotate_left(8) ^ u64::from(self.kind()))
    }
}

/// The length of `message` on the wire in bytes.
pub(crate) fn wire_len(params: &Params, message: &Message) -> u32 {
    wire::len(params, message)
}
