//! Kinds and lengths of messages.

use super::message::{Answer, Ask, Item, Message, Tell};
use super::params::{Params, SizeModel};

/// The names of the kinds of messages.
pub(super) const KINDS: &[&str] = &[
    "find_next",
    "closer",
    "owner",
    "get_state",
    "state",
    "ping",
    "done",
    "join",
    "admitted",
    "refused",
    "put",
    "get",
    "delete",
    "not_mine",
    "value",
    "range_scan",
    "items",
    "transfer",
    "forward",
    "model_version",
    "notify",
    "leave",
    "routed",
    "sweep",
    "swept",
    "heartbeat",
    "summary_request",
    "summary",
    "prepare",
    "prepared",
    "activate",
    "model_fetch",
    "model",
    "move",
];

/// Version 1, type 1, flags 2, number of the request 8, source 8, destination 8, version of the model
/// 4, length 4, padding 4.
const HEADER: usize = 40;
/// UDP and IPv4.
const DATAGRAM: usize = 28;
/// Identifier, address and port.
const PEER: usize = 14;

/// The first kind of lessons.
pub(crate) const FIRST_LESSON: u8 = 25;

/// Which kind a message is.
pub(super) fn kind(message: &Message) -> u8 {
    match message {
        Message::Ask { ask, .. } => match ask {
            Ask::Next { .. } => 0,
            Ask::State => 3,
            Ask::Ping | Ask::Own { .. } => 5,
            Ask::Join(_) => 7,
            Ask::Put { .. } => 10,
            Ask::Get { .. } => 11,
            Ask::Delete { .. } => 12,
            Ask::Scan { .. } => 15,
            Ask::Transfer { .. } => 17,
            Ask::Forward(_) => 18,
            Ask::Lesson(lesson) => FIRST_LESSON + lesson.kind(),
        },
        Message::Answer { answer, .. } => match answer {
            Answer::Closer(_) => 1,
            Answer::Owner { .. } => 2,
            Answer::State { .. } => 4,
            Answer::Done => 6,
            Answer::Admitted { .. } => 8,
            Answer::Refused => 9,
            Answer::NotMine(_) => 13,
            Answer::Value(_) => 14,
            Answer::Items { .. } => 16,
            Answer::Model(_) => 19,
            Answer::Lesson(lesson) => FIRST_LESSON + lesson.kind(),
        },
        Message::Tell { tell, .. } => match tell {
            Tell::Notify(_) => 20,
            Tell::Leave { .. } => 21,
            Tell::Routed { .. } => 22,
            Tell::Sweep { .. } => 23,
            Tell::Swept { .. } => 24,
            Tell::Lesson(lesson) => FIRST_LESSON + lesson.kind(),
        },
    }
}

/// Content of a message: identifiers in it, as p2psim counts them, peers, and all other bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// Bare identifiers of eight bytes.
    pub(crate) ids: usize,
    /// Identifiers with an address.
    pub(crate) peers: usize,
    /// Everything else, in bytes.
    pub(crate) bytes: usize,
}

const fn content(ids: usize, peers: usize, bytes: usize) -> Content {
    Content { ids, peers, bytes }
}

/// The length of a record: name 8, length 4, value.
fn item_bytes((_, value): &Item) -> usize {
    12 + value.bytes as usize
}

pub(crate) fn items_bytes(items: &[Item]) -> usize {
    items.iter().map(item_bytes).sum()
}

fn of_ask(ask: &Ask) -> Content {
    match ask {
        // Target, virtual node, number wanted.
        Ask::Next { dead, .. } => content(2 + dead.len(), 0, 1),
        Ask::State | Ask::Ping => content(1, 0, 0),
        Ask::Own { .. } => content(2, 0, 0),
        Ask::Join(_) => content(0, 1, 0),
        Ask::Put { item, .. } => content(0, 0, item_bytes(item)),
        Ask::Get { .. } | Ask::Delete { .. } => content(0, 0, 8),
        Ask::Scan { .. } => content(0, 0, 28),
        Ask::Transfer { items, done, .. } => {
            content(if done.is_some() { 2 } else { 0 }, 0, 4 + items_bytes(items))
        }
        // Target, origin, operation, hops.
        Ask::Forward(_) => content(1, 1, 2),
        Ask::Lesson(lesson) => lesson.content(),
    }
}

fn of_answer(answer: &Answer) -> Content {
    match answer {
        Answer::Closer(list) => content(0, list.len(), 1),
        Answer::Owner { owners, .. } => content(0, 1 + owners.len(), 1),
        Answer::State { successors, .. } => content(0, 1 + successors.len(), 0),
        Answer::Done | Answer::Refused => content(0, 0, 1),
        Answer::Admitted { successors, .. } => content(0, 1 + successors.len(), 4),
        Answer::NotMine(_) => content(0, 1, 1),
        Answer::Value(value) => content(0, 0, 1 + value.map_or(0, |value| value.bytes as usize)),
        Answer::Items { items, successors, .. } => {
            content(2, successors.len(), 4 + items_bytes(items))
        }
        Answer::Model(_) => content(0, 0, 4),
        Answer::Lesson(lesson) => lesson.content(),
    }
}

fn of_tell(tell: &Tell) -> Content {
    match tell {
        Tell::Notify(_) => content(1, 1, 0),
        Tell::Leave { successors, .. } => content(0, 2 + successors.len(), 0),
        // The owner with its successors, its stretch, hops.
        Tell::Routed { owners, .. } => content(2, owners.len(), 1),
        Tell::Sweep { .. } => content(3, 1, 0),
        Tell::Swept { items, .. } => content(2, 0, 4 + items_bytes(items)),
        Tell::Lesson(lesson) => lesson.content(),
    }
}

/// The length of `message` in bytes.
pub(super) fn len(params: &Params, message: &Message) -> u32 {
    let content = match message {
        Message::Ask { ask, .. } => of_ask(ask),
        Message::Answer { answer, .. } => of_answer(answer),
        Message::Tell { tell, .. } => of_tell(tell),
    };
    let bytes = match params.size_model {
        SizeModel::Full => {
            DATAGRAM + HEADER + 8 * content.ids + PEER * content.peers + content.bytes
        }
        SizeModel::P2psim => 20 + 4 * (content.ids + content.peers) + content.bytes,
    };
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::{Key, NodeIx, Value};

    use super::*;
    use crate::chord::params::LookupEnd;
    use crate::chord::peer::Peer;
    use crate::chord::presets::Preset;

    fn bytes(message: &Message) -> usize {
        let params = Preset::find("dhtlab").unwrap().params();
        len(&params, message) as usize - DATAGRAM
    }

    /// The column "bytes" of the table, for r = 16.
    #[test]
    fn lengths_are_those_of_the_table() {
        let peer = Peer::new(1, NodeIx::new(1), 0);
        let list = || vec![peer; 16].into_boxed_slice();
        let ask = |ask| bytes(&Message::Ask { rpc: 0, vnode: 0, ask });
        let answer = |answer| bytes(&Message::Answer { rpc: 0, answer });
        let tell = |tell| bytes(&Message::Tell { vnode: 0, tell });
        let item = (Key::named(1), Value { version: 1, bytes: 100 });
        let next =
            |dead: usize| Ask::Next { target: 0, dead: vec![0; dead].into(), end: LookupEnd::List };
        assert_eq!((ask(next(0)), ask(next(3))), (57, 57 + 24));
        assert_eq!(answer(Answer::Closer([peer; 3].into())), 83);
        assert_eq!(answer(Answer::Owner { before: peer, owners: list() }), 279);
        assert_eq!((ask(Ask::State), ask(Ask::Ping)), (48, 48));
        let state = Answer::State { predecessor: Some(peer), successors: list() };
        assert_eq!(answer(state), 278);
        assert_eq!(tell(Tell::Notify(peer)), 62);
        assert_eq!(ask(Ask::Join(peer)), 54);
        assert_eq!(answer(Answer::Admitted { successors: list(), version: 0 }), 282);
        assert_eq!(ask(Ask::Put { item, version: 0, anyway: false }), 52 + 100);
        assert_eq!(ask(Ask::Get { key: item.0, version: 0, anyway: false }), 48);
        assert_eq!(answer(Answer::Value(Some(item.1))), 41 + 100);
        assert_eq!(ask(Ask::Scan { lo: 0, hi: 0, limit: 0, version: 0 }), 68);
        let items = Answer::Items {
            claim: (0, 0),
            settled: true,
            items: [item; 2].into(),
            successors: list(),
        };
        assert_eq!(answer(items), 284 + 2 * 112);
    }
}
