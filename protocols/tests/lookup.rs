//! The walk: against the plainest machine that follows the same rules, and in a small network.

use std::collections::{BTreeMap, BTreeSet};

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::lookup::{Lookup, Mode, State, Step, WalkRules};
use dhtlab_protocols::kademlia::params::WalkPolicy;
use proptest::prelude::*;

const TIMEOUT: Span = Span::from_secs(10);

fn rules(alpha: u32, results: u32, strict: bool) -> WalkRules {
    WalkRules { policy: WalkPolicy::Libp2p, strict, alpha, results, peer_timeout: TIMEOUT }
}

fn key(n: u64) -> Key {
    Key::from_words([mix(n), mix(n ^ 1), 0, n])
}

/// The oracle: a map by distance that is searched in full, written from the description of
/// rust-libp2p's iterator.
struct Naive {
    target: Key,
    rules: WalkRules,
    without_progress: Option<u32>,
    finished: bool,
    peers: BTreeMap<Distance, (NodeIx, State, Time)>,
}

impl Naive {
    fn new(target: Key, rules: WalkRules, seeds: &[NodeIx], keys: &[Key]) -> Self {
        let seeds = seeds.iter().map(|node| {
            (keys[node.index()].distance(target), (*node, State::NotContacted, Time::ZERO))
        });
        Self { target, rules, without_progress: Some(0), finished: false, peers: seeds.collect() }
    }

    fn waiting(&self) -> u32 {
        let waiting = self.peers.values().filter(|peer| peer.1 == State::Waiting).count();
        u32::try_from(waiting).expect("few peers")
    }

    fn full(&self) -> bool {
        let stalled = self.rules.alpha.max(self.rules.results);
        self.waiting() >= if self.without_progress.is_some() { self.rules.alpha } else { stalled }
    }

    fn poll(&mut self, now: Time) -> Step {
        loop {
            let before = self.waiting();
            let step = if self.finished { Step::Finished } else { self.scan(now) };
            self.finished = step == Step::Finished;
            if step != Step::WaitAtCapacity || self.waiting() == before {
                return step;
            }
        }
    }

    fn scan(&mut self, now: Time) -> Step {
        let full = self.full();
        let mut counter = Some(0);
        for peer in self.peers.values_mut() {
            match peer.1 {
                State::Waiting if now >= peer.2 => peer.1 = State::Unresponsive,
                State::Waiting | State::NotContacted if full => return Step::WaitAtCapacity,
                State::Waiting => counter = None,
                State::Succeeded => {
                    counter = counter.map(|count| count + 1);
                    if counter.is_some_and(|count| count >= self.rules.results) {
                        return Step::Finished;
                    }
                }
                State::NotContacted => {
                    *peer = (peer.0, State::Waiting, now + TIMEOUT);
                    return Step::Ask(peer.0);
                }
                State::Unresponsive | State::Failed => {}
            }
        }
        if self.waiting() > 0 { Step::Wait } else { Step::Finished }
    }

    fn on_answer(&mut self, node: NodeIx, closer: &[NodeIx], keys: &[Key]) {
        let results = self.rules.results as usize;
        let Some(peer) = self.peers.get_mut(&keys[node.index()].distance(self.target)) else {
            return;
        };
        if !matches!(peer.1, State::Waiting | State::Unresponsive) {
            return;
        }
        peer.1 = State::Succeeded;
        let mut progress = self.peers.len() < results;
        let range =
            *self.peers.keys().nth(self.peers.len().min(results) - 1).expect("the peer itself");
        for node in closer {
            let distance = keys[node.index()].distance(self.target);
            let new = !self.peers.contains_key(&distance);
            self.peers.entry(distance).or_insert((*node, State::NotContacted, Time::ZERO));
            progress |= new && distance < range;
        }
        self.without_progress = match self.without_progress {
            _ if progress => Some(0),
            Some(count) if count + 1 < self.rules.alpha => Some(count + 1),
            _ => None,
        };
    }

    fn on_failure(&mut self, node: NodeIx, keys: &[Key]) {
        if let Some(peer) = self.peers.get_mut(&keys[node.index()].distance(self.target))
            && matches!(peer.1, State::Waiting | State::Unresponsive)
        {
            peer.1 = State::Failed;
        }
    }

    fn results(&self) -> Vec<NodeIx> {
        let answered = self.peers.values().filter(|peer| peer.1 == State::Succeeded);
        answered.map(|peer| peer.0).take(self.rules.results as usize).collect()
    }
}

/// What happens to a walk.
#[derive(Clone, Debug)]
enum Event {
    /// This one of those asked answers and names these.
    Answer(usize, Vec<u32>),
    /// This one of those asked fails.
    Fail(usize),
    /// Time passes.
    Wait(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0_usize..40, prop::collection::vec(0_u32..60, 0..12))
            .prop_map(|(who, names)| Event::Answer(who, names)),
        1 => (0_usize..40).prop_map(Event::Fail),
        2 => (0_u64..12).prop_map(Event::Wait),
    ];
    prop::collection::vec(event, 1..80)
}

/// Drives the walk and the oracle with the same events; the first difference is an error.
fn compare(
    seeds: &[NodeIx],
    events: &[Event],
    tested: WalkRules,
    model: WalkRules,
) -> Result<(), String> {
    let keys: Vec<Key> = (0..60).map(key).collect();
    let target = key(1_000);
    let mut walk = Lookup::new(target, tested, seeds, &keys);
    let mut naive = Naive::new(target, model, seeds, &keys);
    let mut now = Time::ZERO;
    let mut asked = Vec::new();
    for event in [Event::Wait(0)].iter().chain(events) {
        match event {
            Event::Wait(secs) => now += Span::from_secs(*secs),
            Event::Answer(who, names) if !asked.is_empty() => {
                let who = asked[who % asked.len()];
                let names: Vec<NodeIx> = names.iter().copied().map(NodeIx::new).collect();
                walk.on_answer(who, &names, &keys);
                naive.on_answer(who, &names, &keys);
            }
            Event::Fail(who) if !asked.is_empty() => {
                let who = asked[who % asked.len()];
                walk.on_failure(who, &keys);
                naive.on_failure(who, &keys);
            }
            _ => {}
        }
        loop {
            let (step, expected) = (walk.poll(now), naive.poll(now));
            if step != expected {
                return Err(format!("{event:?}: {step:?} instead of {expected:?}"));
            }
            let Step::Ask(node) = step else { break };
            let limit =
                if walk.mode() == Mode::Stalled { 20.max(tested.alpha) } else { tested.alpha };
            if asked.contains(&node) || walk.in_flight() > limit as usize {
                return Err(format!("asked {node} again, or one too many"));
            }
            asked.push(node);
        }
        if walk.results()[..] != naive.results() {
            return Err("other results".to_owned());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_walk_does_what_the_plain_machine_does(
        seeds in prop::collection::btree_set(0_u32..60, 1..20),
        events in events(), alpha in 1_u32..5, results in 1_u32..8,
    ) {
        let seeds: Vec<NodeIx> = seeds.into_iter().map(NodeIx::new).collect();
        let rules = rules(alpha, results, false);
        prop_assert_eq!(compare(&seeds, &events, rules, rules), Ok(()));
    }

    #[test]
    fn results_are_sorted_distinct_and_answered_and_a_walk_ends(
        seed in any::<u64>(), dead in 0_u32..40, strict in any::<bool>(), paper in any::<bool>(),
    ) {
        let mut net = Net::new(seed, 120, dead);
        let mut rules = rules(3, 20, strict);
        if paper { rules = WalkRules { policy: WalkPolicy::Paper, strict: true, ..rules }; }
        let mut walk = net.walk(rules);
        let results = walk.results();
        let distances: Vec<Distance> =
            results.iter().map(|node| net.keys[node.index()].distance(net.target)).collect();
        prop_assert!(distances.is_sorted_by(|a, b| a < b));
        prop_assert!(results.iter().all(|n| walk.state(*n, &net.keys) == Some(State::Succeeded)));
        prop_assert!(walk.depth_max() <= 8, "depth {}", walk.depth_max());
        prop_assert_eq!(walk.poll(Time::NEVER), Step::Finished);
    }

    #[test]
    fn dead_nodes_change_the_cost_and_never_the_result(
        seed in any::<u64>(), dead in 1_u32..12, strict in any::<bool>(),
    ) {
        let rules = rules(3, 20, strict);
        let mut net = Net::new(seed, 120, dead);
        let walk = net.walk(rules);
        // All live nodes are known to their neighbours: the truth is found.
        prop_assert_eq!(&walk.results()[..], &net.truth()[..]);
    }
}

/// A network in one vector: everybody knows everybody whose key shares a prefix, and 20 of each
/// farther bucket; the dead are known like the living.
struct Net {
    keys: Vec<Key>,
    dead: BTreeSet<NodeIx>,
    target: Key,
    asked: Vec<NodeIx>,
}

impl Net {
    fn new(seed: u64, live: u32, dead: u32) -> Self {
        let keys = (0..u64::from(live + dead)).map(|n| key(seed.wrapping_add(n * 7_919))).collect();
        let dead = (live..live + dead).map(NodeIx::new).collect();
        Self { keys, dead, target: key(seed ^ 0xabcd), asked: Vec::new() }
    }

    /// The closest of what `node` knows: one in three of all, and all that are nearer to the target
    /// than it, which is what full buckets around the target amount to.
    fn reply(&self, node: NodeIx) -> Vec<NodeIx> {
        let own = self.keys[node.index()];
        let mut all: Vec<NodeIx> = (0..self.keys.len())
            .map(NodeIx::from_usize)
            .filter(|other| *other != node && *other != NodeIx::new(0))
            .filter(|other| {
                let shared = self.keys[other.index()].common_prefix(own);
                shared >= 1
                    || mix(u64::from(node.get()) << 32 | u64::from(other.get())).is_multiple_of(3)
            })
            .collect();
        all.sort_by_key(|other| self.keys[other.index()].distance(self.target));
        // As many living as a table without the dead would name, and the dead among them.
        let mut living = 0;
        all.retain(|other| {
            living += u32::from(!self.dead.contains(other));
            living <= 20
        });
        all.truncate(32);
        all
    }

    /// Node 0 walks; each answer takes 100 ms, each dead node is silent.
    fn walk(&mut self, rules: WalkRules) -> Lookup {
        let seeds: Vec<NodeIx> = self.reply(NodeIx::new(0)).into_iter().take(20).collect();
        let mut walk = Lookup::new(self.target, rules, &seeds, &self.keys);
        let mut now = Time::ZERO;
        let mut answers: Vec<(Time, NodeIx)> = Vec::new();
        self.asked.clear();
        for _ in 0..10_000 {
            match walk.poll(now) {
                Step::Finished => return walk,
                Step::Ask(node) => {
                    assert!(!self.asked.contains(&node) && node != NodeIx::new(0), "asked twice");
                    self.asked.push(node);
                    if !self.dead.contains(&node) {
                        answers.push((now + Span::from_millis(100), node));
                    }
                }
                Step::Wait | Step::WaitAtCapacity => {
                    let answer = answers.first().map_or(Time::NEVER, |answer| answer.0);
                    now = answer.min(walk.next_deadline(now));
                    assert!(now < Time::NEVER, "a walk waits for nothing");
                    if answer == now {
                        let (_, node) = answers.remove(0);
                        let closer = self.reply(node);
                        walk.on_answer(node, &closer, &self.keys);
                    }
                }
            }
        }
        panic!("a walk without end");
    }

    fn truth(&self) -> Vec<NodeIx> {
        let mut all: Vec<NodeIx> = (1..self.keys.len())
            .map(NodeIx::from_usize)
            .filter(|node| !self.dead.contains(node))
            .collect();
        all.sort_by_key(|node| self.keys[node.index()].distance(self.target));
        all.truncate(20);
        all
    }
}

#[test]
fn a_walk_whose_number_of_results_is_off_by_one_is_found_out() {
    let seeds: Vec<NodeIx> = (0..10).map(NodeIx::new).collect();
    let events: Vec<Event> = (0..10).map(|who| Event::Answer(who, vec![])).collect();
    assert_eq!(compare(&seeds, &events, rules(3, 4, false), rules(3, 4, false)), Ok(()));
    assert!(compare(&seeds, &events, rules(3, 5, false), rules(3, 4, false)).is_err());
}

#[test]
fn a_walk_stalls_after_alpha_answers_without_progress_and_then_asks_all_at_once() {
    let keys: Vec<Key> = (0..60).map(key).collect();
    let seeds: Vec<NodeIx> = (0..30).map(NodeIx::new).collect();
    let mut walk = Lookup::new(key(1_000), rules(3, 20, false), &seeds, &keys);
    let mut asked = Vec::new();
    for round in 0..3_usize {
        while let Step::Ask(node) = walk.poll(Time::ZERO) {
            asked.push(node);
        }
        assert_eq!((walk.in_flight(), asked.len()), (3, 3 + round));
        assert_ne!(walk.mode(), Mode::Stalled);
        walk.on_answer(asked[round], &[], &keys);
    }
    assert_eq!(walk.mode(), Mode::Stalled);
    while let Step::Ask(node) = walk.poll(Time::ZERO) {
        asked.push(node);
    }
    assert_eq!(walk.in_flight(), 20);
}

#[test]
fn a_late_answer_counts_and_a_failed_peer_stays_failed() {
    let keys: Vec<Key> = (0..3).map(key).collect();
    let nodes = [0, 1].map(NodeIx::new);
    let mut walk = Lookup::new(key(1_000), rules(3, 20, false), &nodes, &keys);
    while let Step::Ask(_) = walk.poll(Time::ZERO) {}
    let later = Time::ZERO + TIMEOUT;
    assert!(walk.on_failure(nodes[1], &keys) && !walk.on_answer(nodes[1], &[], &keys));
    assert_eq!(walk.next_deadline(Time::ZERO), later);
    let mut other = walk.clone();
    assert_eq!(walk.poll(later), Step::Finished);
    // The time-out was noticed, but the walk goes on: a third one was heard of.
    other.add(&[NodeIx::new(2)], 1, &keys);
    assert_eq!(other.poll(later), Step::Ask(NodeIx::new(2)));
    assert_eq!(other.poll(later), Step::Wait);
    assert_eq!(other.state(nodes[0], &keys), Some(State::Unresponsive));
    assert!(other.on_answer(nodes[0], &[], &keys));
    assert_eq!(&other.results()[..], &nodes[..1]);
}
