//! Which replicas an owner keeps and what they were told, as a state machine without I/O.
//!
//! The caller names the targets with [`Replicas::keep`], begins a round with [`Replicas::begin`],
//! sends what [`Replicas::part`] gives and reports [`Replicas::acknowledged`] or [`Replicas::failed`].
//! A round that fails is begun anew at the next opportunity with all that it was to bring.

use std::sync::Arc;

use dhtlab_core::author::Time;

use super::message::{Item, Why};
use super::peer::Peer;
use super::store::{Slot, Store};

/// A holder of copies.
#[derive(Clone, Debug)]
struct Replica {
    peer: Peer,
    /// When the last acknowledged round began; `None` before the first.
    since: Option<Time>,
    round: Option<Round>,
}

/// A round that is under way.
#[derive(Clone, Debug)]
struct Round {
    began: Time,
    stretch: (u64, u64),
    /// What is still to be sent, the next last.
    left: Vec<Slot>,
}

/// A message of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) items: Arc<[Item]>,
    pub(super) why: Why,
    /// With the last message: the stretch that is vouched for.
    pub(super) done: Option<(u64, u64)>,
}

/// The replicas of one virtual node.
#[derive(Clone, Debug, Default)]
pub(super) struct Replicas {
    list: Vec<Replica>,
}

impl Replicas {
    /// These are the replicas from here on; those that are new have nothing yet.
    pub(super) fn keep(&mut self, targets: &[Peer]) {
        self.list.retain(|replica| targets.contains(&replica.peer));
        for peer in targets {
            if !self.list.iter().any(|replica| replica.peer == *peer) {
                self.list.push(Replica { peer: *peer, since: None, round: None });
            }
        }
    }

    /// Begins a round with each replica that is in none; says with whom.
    pub(super) fn begin(&mut self, store: &Store, stretch: (u64, u64), now: Time) -> Vec<Peer> {
        let idle = self.list.iter_mut().filter(|replica| replica.round.is_none());
        idle.map(|replica| {
            let mut left = store.changed(stretch, replica.since);
            left.reverse();
            replica.round = Some(Round { began: now, stretch, left });
            replica.peer
        })
        .collect()
    }

    /// The next message to `peer`, with up to `most` records. `None` when no round is under way.
    pub(super) fn part(&mut self, store: &Store, peer: Peer, most: usize) -> Option<Part> {
        let replica = self.list.iter_mut().find(|replica| replica.peer == peer)?;
        let round = replica.round.as_mut()?;
        let mut items: Vec<Item> = Vec::new();
        let mut why = Why::Replica;
        while let Some(slot) = round.left.last() {
            // What was moved away meanwhile is not for this round.
            if let Some(held) = store.held(slot).filter(|held| !held.copy) {
                let kind = if held.gone { Why::Gone } else { Why::Replica };
                if items.len() == most || !(items.is_empty() || kind == why) {
                    break;
                }
                why = kind;
                items.push((slot.1, held.value));
            }
            round.left.pop();
        }
        let done = round.left.is_empty().then_some(round.stretch);
        Some(Part { items: items.into(), why, done })
    }

    /// `peer` has the last message of its round. True when there is more to send.
    pub(super) fn acknowledged(&mut self, peer: Peer) -> bool {
        let Some(replica) = self.list.iter_mut().find(|replica| replica.peer == peer) else {
            return false;
        };
        match &replica.round {
            Some(round) if round.left.is_empty() => {
                replica.since = Some(round.began);
                replica.round = None;
                false
            }
            Some(_) => true,
            None => false,
        }
    }

    /// `peer` did not answer: its round is over without effect.
    pub(super) fn failed(&mut self, peer: Peer) {
        for replica in self.list.iter_mut().filter(|replica| replica.peer == peer) {
            replica.round = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::{Key, NodeIx, Span, Value};

    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn store(count: u64) -> Store {
        let mut store = Store::default();
        for place in 1..=count {
            store.put(place, (Key::named(place), Value { version: 1, bytes: 1 }), at(0));
        }
        store
    }

    fn round(replicas: &mut Replicas, store: &Store, peer: Peer, now: Time) -> Vec<(Why, usize)> {
        assert_eq!(replicas.begin(store, (0, 50), now), [peer]);
        let mut sent = Vec::new();
        while let Some(part) = replicas.part(store, peer, 2) {
            sent.push((part.why, part.items.len()));
            let more = replicas.acknowledged(peer);
            assert_eq!(part.done.is_none(), more);
            if !more {
                break;
            }
        }
        sent
    }

    #[test]
    fn a_new_replica_gets_everything_and_later_only_what_changed() {
        let peer = Peer::new(9, NodeIx::new(1), 0);
        let (mut store, mut replicas) = (store(5), Replicas::default());
        replicas.keep(&[peer]);
        let copy = Why::Replica;
        let all = [(copy, 2), (copy, 2), (copy, 1)];
        assert_eq!(round(&mut replicas, &store, peer, at(10)), all);
        assert_eq!(round(&mut replicas, &store, peer, at(20)), [(copy, 0)], "only vouches");
        store.put(3, (Key::named(3), Value { version: 2, bytes: 1 }), at(25));
        store.erase(4, Key::named(4), false, at(25));
        let news = [(copy, 1), (Why::Gone, 1)];
        assert_eq!(round(&mut replicas, &store, peer, at(30)), news);
        replicas.keep(&[]);
        replicas.keep(&[peer]);
        let anew = [(copy, 2), (copy, 2)];
        assert_eq!(round(&mut replicas, &store, peer, at(40)), anew, "it was dropped meanwhile");
    }

    #[test]
    fn a_round_that_fails_counts_for_nothing() {
        let peer = Peer::new(9, NodeIx::new(1), 0);
        let (store, mut replicas) = (store(5), Replicas::default());
        replicas.keep(&[peer]);
        replicas.begin(&store, (0, 50), at(10));
        assert!(replicas.part(&store, peer, 4).is_some_and(|part| part.done.is_none()));
        assert_eq!(replicas.begin(&store, (0, 50), at(15)), [], "one round at a time");
        replicas.failed(peer);
        assert_eq!(round(&mut replicas, &store, peer, at(20)).len(), 3);
    }
}
