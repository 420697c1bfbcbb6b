//! The walk of the protocol, [`Lookup`], driven over frozen tables with round trips of one unit.

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::lookup::{Lookup, Step, WalkRules};

use super::warm::Tables;

/// What a walk did.
#[derive(Clone, Debug)]
pub(crate) struct Walked {
    /// The results, closest first, with their depths.
    pub(crate) results: Vec<(NodeIx, u8)>,
    pub(crate) requests: u32,
    pub(crate) answers: u32,
    /// Its length in round trips.
    pub(crate) round_trips: u32,
}

/// How nodes answer, and how walks go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) rules: WalkRules,
    /// Contacts in an answer.
    pub(crate) reply: usize,
    /// Contacts a walk starts with.
    pub(crate) seeds: usize,
}

/// Walks from `asker` to `target`. Answers that arrive together are handled in the order of their
/// senders, as the engine does.
pub(crate) fn walk(tables: &Tables, manner: &Manner, asker: NodeIx, target: Key) -> Walked {
    let second = Span::from_secs(1);
    let seeds = tables.known(asker, target, manner.seeds);
    let mut walk = Lookup::new(target, manner.rules, &seeds, &tables.keys);
    let (mut now, mut asked) = (Time::ZERO, Vec::new());
    let (mut requests, mut answers, mut round_trips) = (0, 0, 0);
    let mut poll = |walk: &mut Lookup, now, asked: &mut Vec<NodeIx>| loop {
        match walk.poll(now) {
            Step::Ask(peer) => {
                requests += 1;
                asked.push(peer);
            }
            Step::Wait | Step::WaitAtCapacity => return false,
            Step::Finished => return true,
        }
    };
    let mut over = poll(&mut walk, now, &mut asked);
    while !over {
        now += second;
        round_trips += 1;
        let mut answering = std::mem::take(&mut asked);
        answering.sort_unstable();
        for peer in answering {
            let known = tables.of_node(peer).iter().copied().filter(|node| *node != asker);
            let closer = tables.closest(target, manner.reply, known);
            answers += u32::from(walk.on_answer(peer, &closer, &tables.keys));
            over = poll(&mut walk, now, &mut asked);
            if over {
                break;
            }
        }
    }
    let found = walk.results();
    let results = found.iter().map(|node| (*node, walk.depth(*node, &tables.keys))).collect();
    Walked { results, requests, answers, round_trips }
}
