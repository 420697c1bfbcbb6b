//! A network of tables around one walk: who answers when, and what was seen of the walk meanwhile.

use std::collections::BTreeSet;

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::lookup::{Lookup, Mode, Step, WalkRules};
use dhtlab_protocols::kademlia::params::LIST_MAX;

/// What a peer does with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Answers after so long.
    Answers(Span),
    /// Says after so long that it cannot.
    Refuses(Span),
    /// Says nothing; the question is given up after so long.
    Silent(Span),
}

/// A network as one walk sees it.
#[derive(Clone, Debug)]
pub(crate) struct Net {
    pub(crate) keys: Vec<Key>,
    /// Whom each node knows. Node 0 walks.
    pub(crate) tables: Vec<Vec<NodeIx>>,
    pub(crate) manners: Vec<Manner>,
    /// How many contacts a reply carries.
    pub(crate) reply: usize,
    /// Every so manieth answer comes twice.
    pub(crate) echo: usize,
}

/// What was seen of a walk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    /// Whom it asked, in order, with the mode then and the number of questions in flight after it.
    pub(crate) asked: Vec<(NodeIx, Mode, usize)>,
    /// Each answer that counted, with what it named and the modes before and after.
    pub(crate) answers: Vec<Answer>,
    pub(crate) seeds: Vec<NodeIx>,
    pub(crate) heard: BTreeSet<NodeIx>,
    pub(crate) results: Vec<NodeIx>,
    pub(crate) took: Span,
    pub(crate) finished: bool,
    /// Answers that came again and were taken.
    pub(crate) echoes_taken: u32,
    pub(crate) echoes: u32,
    pub(crate) late: u32,
    pub(crate) failures: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) from: NodeIx,
    pub(crate) named: Vec<NodeIx>,
    pub(crate) before: Mode,
    pub(crate) after: Mode,
}

impl Net {
    /// `nodes` nodes whose tables hold up to `k` members of every bucket, as after a good refresh.
    pub(crate) fn refreshed(keys: Vec<Key>, k: usize, salt: u64) -> Self {
        let nodes: Vec<NodeIx> = (0..keys.len()).map(NodeIx::from_usize).collect();
        let table = |me: NodeIx| {
            let mut others: Vec<(u32, u64, NodeIx)> = nodes
                .iter()
                .filter(|node| **node != me)
                .map(|node| {
                    let bucket = keys[node.index()].common_prefix(keys[me.index()]);
                    (bucket, mix(salt ^ u64::from(me.get()) << 32 ^ u64::from(node.get())), *node)
                })
                .collect();
            others.sort_unstable();
            let buckets = others.chunk_by(|a, b| a.0 == b.0);
            buckets.flat_map(|bucket| bucket.iter().take(k).map(|(.., node)| *node)).collect()
        };
        let tables = nodes.iter().map(|me| table(*me)).collect();
        let manners = vec![Manner::Answers(Span::from_millis(100)); keys.len()];
        Self { keys, tables, manners, reply: 20, echo: usize::MAX }
    }

    /// The closest to `target` among those that `of` knows, but not `except`.
    pub(crate) fn closest(&self, of: NodeIx, target: Key, except: NodeIx) -> Vec<NodeIx> {
        let table = self.tables[of.index()].iter().copied();
        let mut known: Vec<NodeIx> = table.filter(|node| *node != except).collect();
        known.sort_by_key(|node| self.keys[node.index()].distance(target));
        known.truncate(self.reply.min(LIST_MAX));
        known
    }

    /// Walks from node 0 to `target`.
    pub(crate) fn walk(&self, target: Key, rules: WalkRules, limit: Span) -> Trace {
        let me = NodeIx::new(0);
        let seeds = self.closest(me, target, me);
        let mut walk = Lookup::new(target, rules, &seeds, &self.keys);
        let mut trace = Trace { heard: seeds.iter().copied().collect(), seeds, ..Trace::default() };
        // What is to happen: when, in which order, at whom.
        let mut events: BTreeSet<(Time, usize, NodeIx)> = BTreeSet::new();
        let mut now = Time::ZERO;
        loop {
            let mode = walk.mode();
            match walk.poll(now) {
                Step::Ask(peer) => {
                    trace.asked.push((peer, mode, walk.in_flight()));
                    let (Manner::Answers(after) | Manner::Refuses(after) | Manner::Silent(after)) =
                        self.manners[peer.index()];
                    events.insert((now + after, trace.asked.len(), peer));
                    continue;
                }
                Step::Finished => break trace.finished = true,
                Step::Wait | Step::WaitAtCapacity => {}
            }
            let deadline = walk.next_deadline(now);
            let next = events.first().map_or(Time::NEVER, |event| event.0).min(deadline);
            if next == Time::NEVER || next > Time::ZERO + limit {
                break;
            }
            now = next;
            while let Some(event) = events.first().copied().filter(|event| event.0 <= now) {
                events.remove(&event);
                self.happens(event.2, &mut walk, &mut trace);
            }
        }
        trace.took = now.since(Time::ZERO);
        trace.results = walk.results().to_vec();
        trace
    }

    /// What became of the question to `peer` reaches the walk.
    fn happens(&self, peer: NodeIx, walk: &mut Lookup, trace: &mut Trace) {
        use dhtlab_protocols::kademlia::lookup::State;
        let Manner::Answers(_) = self.manners[peer.index()] else {
            trace.failures += u32::from(walk.on_failure(peer, &self.keys));
            return;
        };
        let me = NodeIx::new(0);
        let named = self.closest(peer, walk.target(), me);
        let before = walk.mode();
        trace.late += u32::from(walk.state(peer, &self.keys) == Some(State::Unresponsive));
        if walk.on_answer(peer, &named, &self.keys) {
            trace.heard.extend(&named);
            trace.answers.push(Answer { from: peer, named, before, after: walk.mode() });
        }
        if trace.answers.len().is_multiple_of(self.echo) {
            // Again, and from somebody who was not asked.
            let stranger = NodeIx::from_usize(self.keys.len() - 1);
            let unasked = trace.asked.iter().all(|asked| asked.0 != stranger);
            let taken = walk.on_answer(peer, &[stranger], &self.keys)
                || unasked && walk.on_answer(stranger, &[peer], &self.keys);
            trace.echoes += 1;
            trace.echoes_taken += u32::from(taken);
        }
    }
}
