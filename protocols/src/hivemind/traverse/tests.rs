//! The search against a literal one made of sets and heaps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use dhtlab_core::author::{Distance, mix_pair};
use proptest::prelude::*;

use super::*;

/// The rules word by word: two heaps and two sets a key, and nothing that is clever.
struct Literal {
    targets: Vec<Key>,
    keys: Vec<Key>,
    shape: Shape,
    candidates: Vec<BinaryHeap<Reverse<(Distance, NodeIx)>>>,
    near: Vec<BTreeSet<(Distance, NodeIx)>>,
    known: Vec<BTreeSet<NodeIx>>,
    visited: Vec<BTreeSet<NodeIx>>,
    active: Vec<u32>,
    unfinished: BTreeSet<usize>,
    slots: Vec<Option<(NodeIx, Vec<usize>)>>,
    ended: Vec<(usize, Vec<NodeIx>)>,
}

impl Literal {
    fn new(targets: &[Key], seeds: &[NodeIx], me: NodeIx, shape: Shape, keys: &[Key]) -> Self {
        let mut model = Self {
            targets: targets.to_vec(),
            keys: keys.to_vec(),
            shape,
            candidates: vec![BinaryHeap::new(); targets.len()],
            near: vec![BTreeSet::new(); targets.len()],
            known: vec![BTreeSet::from([me]); targets.len()],
            visited: vec![BTreeSet::from([me]); targets.len()],
            active: vec![0; targets.len()],
            unfinished: (0..targets.len()).collect(),
            slots: vec![None; shape.workers],
            ended: Vec::new(),
        };
        for query in 0..targets.len() {
            for seed in seeds {
                let entry = (model.away(query, *seed), *seed);
                if model.known[query].insert(*seed) {
                    model.candidates[query].push(Reverse(entry));
                    model.near[query].insert(entry);
                }
            }
            while model.near[query].len() > shape.beam {
                model.near[query].pop_last();
            }
        }
        model
    }

    fn away(&self, query: usize, node: NodeIx) -> Distance {
        self.keys[node.index()].distance(self.targets[query])
    }

    fn bound(&self, query: usize) -> Option<Distance> {
        let near = &self.near[query];
        (near.len() >= self.shape.beam).then(|| near.last().expect("full").0)
    }

    fn least(&self, query: usize) -> Option<Distance> {
        let least = self.candidates[query].peek()?.0.0;
        self.bound(query).is_none_or(|bound| least <= bound).then_some(least)
    }

    fn step(&mut self) -> Step {
        loop {
            if self.unfinished.is_empty() {
                return Step::Over;
            }
            let Some(slot) = self.slots.iter().position(Option::is_none) else {
                return Step::Blocked;
            };
            let rank = |query: &usize| match self.least(*query) {
                Some(least) => (self.active[*query], least, self.targets[*query]),
                None => (u32::MAX, Distance::from_words([u64::MAX; 4]), self.targets[*query]),
            };
            let query = self.unfinished.iter().copied().min_by_key(rank).expect("some");
            if self.least(query).is_none() {
                if self.active.iter().any(|active| *active > 0) {
                    return Step::Blocked;
                }
                for query in self.unfinished.clone() {
                    self.finish(query);
                }
                return Step::Over;
            }
            let Reverse((_, peer)) = self.candidates[query].pop().expect("has one");
            if self.visited[query].contains(&peer) {
                continue;
            }
            let place = self.keys[peer.index()];
            let mut others: Vec<usize> = self
                .unfinished
                .iter()
                .copied()
                .filter(|other| *other != query && !self.visited[*other].contains(&peer))
                .collect();
            others.sort_by_key(|other| (place.distance(self.targets[*other]), *other));
            others.truncate(self.shape.batch - 1);
            others.insert(0, query);
            for query in &others {
                self.active[*query] += 1;
                self.visited[*query].insert(peer);
            }
            self.slots[slot] = Some((peer, others));
            return Step::Ask { slot: u32::try_from(slot).expect("few"), peer };
        }
    }

    fn answer(&mut self, slot: u32, heard: Option<Vec<(bool, Vec<NodeIx>)>>) {
        let (_, batch) = self.slots[slot as usize].take().expect("under way");
        for (query, (stop, peers)) in batch.iter().copied().zip(heard.into_iter().flatten()) {
            if stop && self.unfinished.contains(&query) {
                self.finish(query);
            }
            if !self.unfinished.contains(&query) {
                continue;
            }
            for peer in peers {
                let entry = (self.away(query, peer), peer);
                if !self.known[query].insert(peer)
                    || self.bound(query).is_some_and(|bound| entry.0 > bound)
                {
                    continue;
                }
                self.candidates[query].push(Reverse(entry));
                self.near[query].insert(entry);
                if self.near[query].len() > self.shape.beam {
                    self.near[query].pop_last();
                }
            }
        }
        for query in batch {
            self.active[query] -= 1;
        }
    }

    fn finish(&mut self, query: usize) {
        assert!(self.unfinished.remove(&query), "ended twice");
        let near = self.near[query].iter().map(|(_, node)| *node).collect();
        self.ended.push((query, near));
    }
}

/// A network that answers from what was drawn for it.
#[derive(Debug)]
struct Network {
    keys: Vec<Key>,
    salt: u64,
    /// How many others a peer knows.
    degree: u64,
    dead_percent: u64,
    stop_percent: u64,
}

impl Network {
    fn drawn(&self, purpose: u64, a: usize, b: usize) -> u64 {
        mix_pair(self.salt ^ purpose << 56, a as u64, b as u64) % 100
    }

    /// What `peer` says about `target`: `None` if it is dead.
    fn answer(&self, peer: NodeIx, query: usize, target: Key) -> (bool, Vec<NodeIx>) {
        let mut peers: Vec<NodeIx> = (0..self.keys.len())
            .filter(|other| self.drawn(1, peer.index(), *other) < self.degree)
            .map(NodeIx::from_usize)
            .collect();
        peers.sort_by_key(|node| self.keys[node.index()].distance(target));
        peers.truncate(5);
        (self.drawn(2, peer.index(), query) < self.stop_percent, peers)
    }

    fn is_dead(&self, peer: NodeIx) -> bool {
        self.drawn(3, peer.index(), 0) < self.dead_percent
    }
}

/// What a search did: whom it asked for what, and how each key ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Trace {
    asks: Vec<(u32, NodeIx, Vec<u32>)>,
    ended: Vec<(usize, Vec<NodeIx>)>,
    flying_max: usize,
}

fn drive(search: &mut Traversal, network: &Network, targets: &[Key], order: &[usize]) -> Trace {
    let mut trace = Trace::default();
    let mut flying: Vec<(u32, NodeIx)> = Vec::new();
    for turn in 0.. {
        while let Step::Ask { slot, peer } = search.next(&network.keys) {
            trace.asks.push((slot, peer, search.batch(slot).to_vec()));
            flying.push((slot, peer));
        }
        for query in search.finished() {
            let near = search.near(query).iter().map(|place| place.node).collect();
            trace.ended.push((query as usize, near));
        }
        trace.flying_max = trace.flying_max.max(flying.len());
        if search.unfinished == 0 || flying.is_empty() {
            break;
        }
        let (slot, peer) = flying.remove(order[turn % order.len()] % flying.len());
        if network.is_dead(peer) {
            search.fail(slot);
            continue;
        }
        for (index, query) in search.batch(slot).to_vec().into_iter().enumerate() {
            let query = query as usize;
            let (stop, peers) = network.answer(peer, query, targets[query]);
            search.hear(slot, index, stop, peers, &network.keys);
        }
        search.close(slot);
    }
    trace
}

fn drive_literal(model: &mut Literal, network: &Network, order: &[usize]) -> Trace {
    let mut trace = Trace::default();
    let mut flying: Vec<(u32, NodeIx)> = Vec::new();
    for turn in 0.. {
        while let Step::Ask { slot, peer } = model.step() {
            let (_, batch) = model.slots[slot as usize].clone().expect("asked");
            let batch = batch.into_iter().map(|query| u32::try_from(query).expect("few"));
            trace.asks.push((slot, peer, batch.collect()));
            flying.push((slot, peer));
        }
        trace.flying_max = trace.flying_max.max(flying.len());
        if model.unfinished.is_empty() || flying.is_empty() {
            break;
        }
        let (slot, peer) = flying.remove(order[turn % order.len()] % flying.len());
        let (_, batch) = model.slots[slot as usize].clone().expect("asked");
        let heard = (!network.is_dead(peer)).then(|| {
            let answer = |query: &usize| network.answer(peer, *query, model.targets[*query]);
            batch.iter().map(answer).collect()
        });
        model.answer(slot, heard);
    }
    trace.ended.clone_from(&model.ended);
    trace
}

/// The search of one key as the documentation of hivemind tells it.
fn reference(network: &Network, target: Key, seeds: &[NodeIx], beam: usize) -> Vec<NodeIx> {
    let away = |node: NodeIx| (network.keys[node.index()].distance(target), node);
    let me = NodeIx::new(0);
    let mut seen: BTreeSet<NodeIx> = seeds.iter().copied().chain([me]).collect();
    let mut candidates: BTreeSet<_> = seeds.iter().map(|node| away(*node)).collect();
    let mut near: BTreeSet<_> = candidates.iter().take(beam).copied().collect();
    while let Some(first) = candidates.pop_first() {
        if near.len() >= beam && near.last().is_some_and(|last| first > *last) {
            break;
        }
        let peers = network.answer(first.1, 0, target).1;
        for peer in peers.into_iter().filter(|_| !network.is_dead(first.1)) {
            if seen.insert(peer) {
                candidates.insert(away(peer));
                near.insert(away(peer));
                if near.len() > beam {
                    near.pop_last();
                }
            }
        }
    }
    near.into_iter().map(|(_, node)| node).collect()
}

/// Keys that often share their leading bits, so that ties occur.
fn key() -> impl Strategy<Value = Key> {
    (0_u64..24, 0_u64..3, any::<u64>())
        .prop_map(|(high, low, rest)| Key::from_words([high << 59 | low, rest, 0, 0]))
}

prop_compose! {
    fn network()(
        keys in prop::collection::btree_set(key(), 2..60),
        salt: u64,
        degree in 3_u64..60,
        dead_percent in prop_oneof![Just(0_u64), 0_u64..60],
        stop_percent in prop_oneof![Just(0_u64), 0_u64..40],
    ) -> Network {
        let mut keys: Vec<Key> = keys.into_iter().collect();
        keys.sort_by_key(|key| mix_pair(salt, key.words()[0], key.words()[1]));
        Network { keys, salt, degree, dead_percent, stop_percent }
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    (1_usize..8, 1_usize..6, 1_usize..6).prop_map(|(beam, workers, batch)| Shape {
        beam,
        workers,
        batch,
        dead_stay: true,
    })
}

proptest! {
    /// The rows do what the heaps and sets of the literal search do: the same peers asked for the same
    /// keys by the same workers in the same order, and the same ends. I8: nobody is asked for a key
    /// twice, nor oneself; each key ends once, sorted and within the beam; the bounds on requests hold.
    #[test]
    fn it_asks_as_the_literal_search_does(
        network in network(),
        targets in prop::collection::btree_set(key(), 1..80),
        seeds in prop::collection::btree_set(1_usize..60, 0..12),
        order in prop::collection::vec(0_usize..8, 16),
        shape in shape(),
    ) {
        let targets: Vec<Key> = targets.into_iter().collect();
        let seeds: Vec<NodeIx> = seeds
            .into_iter()
            .filter(|seed| *seed < network.keys.len())
            .map(NodeIx::from_usize)
            .collect();
        let me = NodeIx::new(0);
        let mut search = Traversal::new(&targets, &seeds, me, shape, &network.keys);
        let mut model = Literal::new(&targets, &seeds, me, shape, &network.keys);
        let trace = drive(&mut search, &network, &targets, &order);
        prop_assert_eq!(&trace, &drive_literal(&mut model, &network, &order));

        let mut asked = BTreeSet::new();
        for (_, peer, batch) in &trace.asks {
            prop_assert!(*peer != me && (1..=shape.batch).contains(&batch.len()));
            for query in batch {
                prop_assert!(asked.insert((*peer, *query)), "asked twice");
            }
        }
        prop_assert!(trace.flying_max <= shape.workers);
        let ends: BTreeMap<_, _> = trace.ended.iter().cloned().collect();
        prop_assert_eq!(ends.len(), targets.len());
        prop_assert_eq!(trace.ended.len(), targets.len());
        for (query, near) in ends {
            let away = |node: &NodeIx| network.keys[node.index()].distance(targets[query]);
            prop_assert!(near.len() <= shape.beam && near.is_sorted_by_key(away));
            prop_assert_eq!(near.iter().collect::<BTreeSet<_>>().len(), near.len());
        }
    }

    /// One key, one worker, everybody answering or silent for good: what it finds is what the search of
    /// one key finds.
    #[test]
    fn one_worker_finds_what_the_search_of_one_key_finds(
        network in network(),
        target in key(),
        seed in 1_usize..60,
        beam in 1_usize..8,
    ) {
        let network = Network { stop_percent: 0, ..network };
        let seeds = [NodeIx::from_usize(1 + seed % (network.keys.len() - 1))];
        let shape = Shape { beam, workers: 1, batch: 1, dead_stay: true };
        let mut search = Traversal::new(&[target], &seeds, NodeIx::new(0), shape, &network.keys);
        let trace = drive(&mut search, &network, &[target], &[0]);
        prop_assert_eq!(&trace.ended[0].1, &reference(&network, target, &seeds, beam));
    }

    /// Where the dead lose their places, none of those that were asked is among the nearest of a key
    /// that ended after; and who is, was asked, unless a stop came first.
    #[test]
    fn the_dead_lose_their_places_when_told_so(
        network in network(),
        targets in prop::collection::btree_set(key(), 1..20),
        order in prop::collection::vec(0_usize..8, 16),
        shape in shape(),
    ) {
        let network = Network { stop_percent: 0, ..network };
        let shape = Shape { dead_stay: false, ..shape };
        let targets: Vec<Key> = targets.into_iter().collect();
        let seeds: Vec<NodeIx> = (1..network.keys.len().min(6)).map(NodeIx::from_usize).collect();
        let mut search = Traversal::new(&targets, &seeds, NodeIx::new(0), shape, &network.keys);
        let trace = drive(&mut search, &network, &targets, &order);
        prop_assert_eq!(trace.ended.len(), targets.len());
        let asked: BTreeSet<(NodeIx, usize)> = trace
            .asks
            .iter()
            .flat_map(|(_, peer, batch)| batch.iter().map(|query| (*peer, *query as usize)))
            .collect();
        for (query, near) in &trace.ended {
            for node in near {
                prop_assert!(!network.is_dead(*node), "a dead one keeps its place");
                prop_assert!(asked.contains(&(*node, *query)), "one that was never asked");
            }
        }
    }
}
